/* Secrets in memory, and the keys under which everything secret is sealed at rest. */
#pragma once

#include "base/arena.h"
#include "base/str.h"

/* Bytes that are wiped when released and kept out of core dumps and swap where the kernel allows it. */
struct secret {
        uint8_t *bytes;
        size_t len;
};
must_check int secret_new(struct secret *ret, size_t len); /* zeroed */
must_check int secret_copy(struct secret *ret, struct str bytes);
void secret_done(struct secret *secret);       /* wipes and frees; fine on {} */
bool secret_equal(struct str a, struct str b); /* time depends on the lengths only */
void secret_wipe(void *bytes, size_t len);

/* What a sealed thing is for: part of its key derivation, so that one kind never opens as another. */
enum seal_purpose { SEAL_RECORD, SEAL_TOKEN, SEAL_MESSAGE, SEAL_TLS };

struct keyring;

/* Reads the master key from a 0600 file, or makes it there. -EPERM: the file is readable by others. -EBADMSG:
 * not a key. */
must_check int keyring_open_file(const char *path, struct keyring **ret);
must_check int keyring_ephemeral(struct keyring **ret);
void keyring_free(struct keyring *keyring);

/* AES-256-GCM under a key derived (HKDF-SHA-256) from the master key and the purpose; `bound` is
 * authenticated with it and must be the same when it is opened (name the record that it stands in). Output:
 * version byte, nonce, ciphertext, tag. -EBADMSG when it was not sealed so. */
must_check int keyring_seal(const struct keyring *keyring, enum seal_purpose purpose, struct str bound,
                            struct str clear, struct arena *arena, struct str *ret_sealed);
must_check int keyring_open(const struct keyring *keyring, enum seal_purpose purpose, struct str bound,
                            struct str sealed, struct secret *ret_clear);
/* A pseudo-random function of a text: stable ids that nobody can forge. */
void keyring_mac(const struct keyring *keyring, enum seal_purpose purpose, struct str text, uint8_t ret[32]);
