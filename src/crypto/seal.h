/* One sealed message under one key of 32 bytes. The keyring does this with its own keys; whoever holds a key
 * that is sealed itself uses this.
 *
 * AES-256-GCM under a key of its own for each message, HMAC-SHA-256 of a random salt under the key given:
 * random nonces under one key would wear it out after 2^32 messages, so no number of messages wears this one
 * out. `bound` is authenticated with the message and must be the same when it is opened. */
#pragma once

#include "crypto/keyring.h"

#define SEAL_KEY_LEN 32

/* Writes clear.len + SEAL_OVERHEAD bytes: version byte, salt, nonce, ciphertext, tag. */
must_check int seal_bytes(const uint8_t key[SEAL_KEY_LEN], struct str bound, struct str clear, uint8_t *out);
/* -EBADMSG: not sealed so, whatever differs. */
must_check int seal_open(const uint8_t key[SEAL_KEY_LEN], struct str bound, struct str sealed,
                         struct secret *ret_clear);
