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
void secret_done(struct secret *secret);                         /* wipes and frees; fine on {} */
static inline struct str secret_str(const struct secret *secret) /* to read it; owned by the secret */
{
        return (struct str){(const char *)secret->bytes, secret->len};
}
bool secret_equal(struct str a, struct str b); /* time depends on the lengths only */
void secret_wipe(void *bytes, size_t len);
/* What functions that have returned left on this thread's stack: registers that were saved there, and what a
 * library keeps in variables of its own. To be called where work with private keys ends. */
void secret_wipe_stack(void);

/* What a sealed thing is for: part of its key derivation, so that one kind never opens as another. */
enum seal_purpose { SEAL_RECORD, SEAL_TOKEN, SEAL_MESSAGE, SEAL_TLS };

struct keyring;

/* Reads the master key from a 0600 file, or makes it there, durably. -EPERM: the file is readable by others
 * or belongs to somebody else. -EBADMSG: not a key. Keyrings are for many threads at once. */
must_check int keyring_open_file(const char *path, struct keyring **ret);
must_check int keyring_ephemeral(struct keyring **ret);
/* A new master key, in the file too: from here on everything is sealed under it, and what the one before
 * sealed still opens. -EALREADY: there is such a one before already: keyring_forget() comes first. */
must_check int keyring_rotate(struct keyring *keyring);
/* Is there one before, also after a restart? Then what it sealed may not all be sealed anew. */
bool keyring_has_earlier(const struct keyring *keyring);
/* Forgets the one before, in the file too: what is sealed under it opens no more. */
must_check int keyring_forget(struct keyring *keyring);
/* Grows with each keyring_forget(): part of the name of whatever is kept of what was opened. */
uint64_t keyring_epoch(const struct keyring *keyring);
void keyring_free(struct keyring *keyring); /* NULL is fine */
static inline void keyring_freep(struct keyring **keyring)
{
        keyring_free(*keyring);
}

/* AES-256-GCM under a key derived (HKDF-SHA-256) from the master key, the purpose and a random salt, so that
 * no number of sealed things wears a key out; `bound` is authenticated with it and must be the same when it
 * is opened (name the record that it stands in). Output: version byte, salt, nonce, ciphertext, tag. -EBADMSG
 * when it was not sealed so. */
#define SEAL_OVERHEAD 45
must_check int keyring_seal(const struct keyring *keyring, enum seal_purpose purpose, struct str bound,
                            struct str clear, struct arena *arena, struct str *ret_sealed);
must_check int keyring_open(const struct keyring *keyring, enum seal_purpose purpose, struct str bound,
                            struct str sealed, struct secret *ret_clear);
/* A pseudo-random function of a text: ids that nobody can forge, stable until the master key is rotated. The
 * second is of the key before (-ENOENT: there is none). */
void keyring_mac(const struct keyring *keyring, enum seal_purpose purpose, struct str text, uint8_t ret[32]);
must_check int keyring_mac_earlier(const struct keyring *keyring, enum seal_purpose purpose, struct str text,
                                   uint8_t ret[32]);
