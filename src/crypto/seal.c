#include "crypto/algorithm.h" /* first: see there */

#include "crypto/seal.h"

#include "base/ids.h"
#include "crypto/hash.h"

#include <limits.h>

/* Layout: version, salt, nonce, ciphertext, tag. */
#define VERSION   1
#define SALT_LEN  16
#define NONCE_LEN 12
#define TAG_LEN   16
#define HEAD_LEN  (1 + SALT_LEN + NONCE_LEN)

_Static_assert(HEAD_LEN + TAG_LEN == SEAL_OVERHEAD, "the header says how much a seal adds");

static void context_freep(EVP_CIPHER_CTX **context)
{
        EVP_CIPHER_CTX_free(*context);
}

/* A key of its own for each message: random nonces under one key would wear it out after 2^32 messages.
 * Sets up the cipher with it, the nonce and the bound text. */
static int begin(EVP_CIPHER_CTX *context, int encrypt, const uint8_t key[SEAL_KEY_LEN], const uint8_t *head,
                 struct str bound)
{
        uint8_t message_key[SHA256_LEN];
        int len, ok;

        if (bound.len > INT_MAX)
                return -EINVAL;
        hmac_sha256(str_make(key, SEAL_KEY_LEN), str_make(head, 1 + SALT_LEN), message_key);
        ok = EVP_CipherInit_ex2(context, algorithm_aes_256_gcm(), message_key, head + 1 + SALT_LEN, encrypt,
                                NULL);
        secret_wipe(message_key, sizeof(message_key));
        if (ok != 1)
                return -ENOMEM;
        if (bound.len &&
            EVP_CipherUpdate(context, NULL, &len, (const uint8_t *)bound.ptr, (int)bound.len) != 1)
                return -EIO;
        return 0;
}

int seal_bytes(const uint8_t key[SEAL_KEY_LEN], struct str bound, struct str clear, uint8_t *out)
{
        _cleanup_(context_freep) EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
        uint8_t *body = out + HEAD_LEN;
        int len;

        if (!context)
                return -ENOMEM;
        if (clear.len > INT_MAX - SEAL_OVERHEAD)
                return -EMSGSIZE;
        out[0] = VERSION;
        random_fill(out + 1, SALT_LEN + NONCE_LEN);
        TRY(begin(context, 1, key, out, bound));
        if (clear.len &&
            EVP_EncryptUpdate(context, body, &len, (const uint8_t *)clear.ptr, (int)clear.len) != 1)
                return -EIO;
        if (EVP_EncryptFinal_ex(context, body + clear.len, &len) != 1)
                return -EIO;
        if (EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG_LEN, body + clear.len) != 1)
                return -EIO;
        return 0;
}

static int open_body(EVP_CIPHER_CTX *context, const uint8_t *body, struct secret *clear)
{
        uint8_t tag[TAG_LEN];
        int len;

        memcpy(tag, body + clear->len, TAG_LEN);
        if (clear->len && EVP_DecryptUpdate(context, clear->bytes, &len, body, (int)clear->len) != 1)
                return -EBADMSG;
        if (EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TAG_LEN, tag) != 1)
                return -EBADMSG;
        return EVP_DecryptFinal_ex(context, tag, &len) == 1 ? 0 : -EBADMSG;
}

int seal_open(const uint8_t key[SEAL_KEY_LEN], struct str bound, struct str sealed, struct secret *ret_clear)
{
        _cleanup_(context_freep) EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
        _cleanup_(secret_done) struct secret clear = {};
        const uint8_t *bytes = (const uint8_t *)sealed.ptr;

        if (!context)
                return -ENOMEM;
        if (sealed.len < SEAL_OVERHEAD || sealed.len > INT_MAX || bytes[0] != VERSION)
                return -EBADMSG;
        TRY(secret_new(&clear, sealed.len - SEAL_OVERHEAD));
        TRY(begin(context, 0, key, bytes, bound));
        TRY(open_body(context, bytes + HEAD_LEN, &clear));
        *ret_clear = clear;
        clear = (struct secret){};
        return 0;
}
