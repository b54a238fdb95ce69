#include "crypto/seal.h"

#include "base/ids.h"
#include "crypto/aead.h"
#include "crypto/hash.h"

/* Layout: version, salt, nonce, ciphertext, tag. */
#define VERSION  1
#define SALT_LEN 16
#define NONCE_AT (1 + SALT_LEN)
#define HEAD_LEN (NONCE_AT + AEAD_NONCE_LEN)

_Static_assert(HEAD_LEN + AEAD_TAG_LEN == SEAL_OVERHEAD, "the header says how much a seal adds");
_Static_assert(SHA256_LEN == AEAD_KEY_LEN, "a message key is a whole HMAC");

/* A key of its own for each message: see seal.h. */
static void derive(const uint8_t key[SEAL_KEY_LEN], const uint8_t *head, uint8_t message_key[AEAD_KEY_LEN])
{
        hmac_sha256(str_make(key, SEAL_KEY_LEN), str_make(head, NONCE_AT), message_key);
}

int seal_bytes(const uint8_t key[SEAL_KEY_LEN], struct str bound, struct str clear, uint8_t *out)
{
        uint8_t message_key[AEAD_KEY_LEN];
        int r;

        out[0] = VERSION;
        random_fill(out + 1, SALT_LEN + AEAD_NONCE_LEN);
        derive(key, out, message_key);
        r = aead_seal(message_key, out + NONCE_AT, bound, clear, out + HEAD_LEN);
        secret_wipe(message_key, sizeof(message_key));
        return r;
}

int seal_open(const uint8_t key[SEAL_KEY_LEN], struct str bound, struct str sealed, struct secret *ret_clear)
{
        const uint8_t *head = (const uint8_t *)sealed.ptr;
        uint8_t message_key[AEAD_KEY_LEN];
        int r;

        if (sealed.len < SEAL_OVERHEAD || head[0] != VERSION)
                return -EBADMSG;
        derive(key, head, message_key);
        r = aead_open(message_key, head + NONCE_AT, bound, str_from(sealed, HEAD_LEN), ret_clear);
        secret_wipe(message_key, sizeof(message_key));
        return r;
}
