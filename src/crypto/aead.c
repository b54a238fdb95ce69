#include "crypto/algorithm.h" /* first: see there */

#include "crypto/aead.h"

#include <limits.h>

static void context_freep(EVP_CIPHER_CTX **context)
{
        EVP_CIPHER_CTX_free(*context);
}

static int begin(EVP_CIPHER_CTX *context, int encrypt, const uint8_t *key, const uint8_t *nonce,
                 struct str bound)
{
        int len;

        if (!context)
                return -ENOMEM;
        if (bound.len > INT_MAX)
                return -EINVAL;
        TRY(algorithm_check(EVP_CipherInit_ex2(context, algorithm_aes_256_gcm(), key, nonce, encrypt, NULL),
                            -ENOMEM));
        if (bound.len == 0)
                return 0;
        return algorithm_check(
                EVP_CipherUpdate(context, NULL, &len, (const uint8_t *)bound.ptr, (int)bound.len), -EIO);
}

int aead_seal(const uint8_t key[AEAD_KEY_LEN], const uint8_t nonce[AEAD_NONCE_LEN], struct str bound,
              struct str clear, uint8_t *out)
{
        _cleanup_(context_freep) EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
        uint8_t *tag = out + clear.len;
        int len;

        if (clear.len > INT_MAX - AEAD_TAG_LEN)
                return -EMSGSIZE;
        TRY(begin(context, 1, key, nonce, bound));
        if (clear.len)
                TRY(algorithm_check(
                        EVP_EncryptUpdate(context, out, &len, (const uint8_t *)clear.ptr, (int)clear.len),
                        -EIO));
        TRY(algorithm_check(EVP_EncryptFinal_ex(context, tag, &len), -EIO));
        return algorithm_check(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, AEAD_TAG_LEN, tag), -EIO);
}

static int open_body(EVP_CIPHER_CTX *context, const uint8_t *body, struct secret *clear)
{
        uint8_t tag[AEAD_TAG_LEN];
        int len;

        memcpy(tag, body + clear->len, sizeof(tag));
        if (clear->len)
                TRY(algorithm_check(EVP_DecryptUpdate(context, clear->bytes, &len, body, (int)clear->len),
                                    -EBADMSG));
        TRY(algorithm_check(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, sizeof(tag), tag), -EBADMSG));
        return algorithm_check(EVP_DecryptFinal_ex(context, tag, &len), -EBADMSG);
}

int aead_open(const uint8_t key[AEAD_KEY_LEN], const uint8_t nonce[AEAD_NONCE_LEN], struct str bound,
              struct str sealed, struct secret *ret_clear)
{
        _cleanup_(context_freep) EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
        _cleanup_(secret_done) struct secret clear = {};

        if (sealed.len < AEAD_TAG_LEN || sealed.len > INT_MAX)
                return -EBADMSG;
        TRY(begin(context, 0, key, nonce, bound));
        TRY(secret_new(&clear, sealed.len - AEAD_TAG_LEN));
        TRY(open_body(context, (const uint8_t *)sealed.ptr, &clear));
        *ret_clear = clear;
        clear = (struct secret){};
        return 0;
}
