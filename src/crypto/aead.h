/* AES-256-GCM (NIST SP 800-38D) with the key and nonce of the caller, who never uses a nonce twice under one
 * key. seal.h chooses both by itself. */
#pragma once

#include "crypto/keyring.h"

#define AEAD_KEY_LEN   32
#define AEAD_NONCE_LEN 12
#define AEAD_TAG_LEN   16

/* Writes the ciphertext and behind it the tag: clear.len + AEAD_TAG_LEN bytes, not where clear stands.
 * `bound` is authenticated with it. -EMSGSIZE, -EINVAL: clear or bound is longer than 2 GiB. */
must_check int aead_seal(const uint8_t key[AEAD_KEY_LEN], const uint8_t nonce[AEAD_NONCE_LEN],
                         struct str bound, struct str clear, uint8_t *out);
/* -EBADMSG: not sealed so, whatever differs. */
must_check int aead_open(const uint8_t key[AEAD_KEY_LEN], const uint8_t nonce[AEAD_NONCE_LEN],
                         struct str bound, struct str sealed, struct secret *ret_clear);
