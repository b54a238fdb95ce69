#include "crypto/algorithm.h" /* first: see there */

#include "crypto/key_wrap.h"

#define UNIT    8
#define LEN_MAX ((size_t)1 << 30)

static void context_freep(EVP_CIPHER_CTX **context)
{
        EVP_CIPHER_CTX_free(*context);
}

static int begin(EVP_CIPHER_CTX *context, struct str kek, int encrypt)
{
        const EVP_CIPHER *method = algorithm_key_wrap(kek.len);

        if (!method)
                return -EINVAL;
        if (!context)
                return -ENOMEM;
        EVP_CIPHER_CTX_set_flags(context, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW); /* not without being told */
        return algorithm_check(
                EVP_CipherInit_ex2(context, method, (const uint8_t *)kek.ptr, NULL, encrypt, NULL), -ENOMEM);
}

int key_wrap(struct str kek, struct str clear, struct arena *arena, struct str *ret)
{
        _cleanup_(context_freep) EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
        size_t room = (clear.len + UNIT - 1) / UNIT * UNIT + UNIT;
        uint8_t *out;
        int len;

        TRY(begin(context, kek, 1));
        if (clear.len == 0)
                return -EINVAL;
        if (clear.len > LEN_MAX)
                return -EMSGSIZE;
        out = arena_alloc(arena, room);
        if (!out)
                return -ENOMEM;
        TRY(algorithm_check(EVP_EncryptUpdate(context, out, &len, (const uint8_t *)clear.ptr, (int)clear.len),
                            -EIO));
        *ret = str_make(out, (size_t)len);
        return 0;
}

int key_unwrap(struct str kek, struct str wrapped, struct secret *ret)
{
        _cleanup_(context_freep) EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
        _cleanup_(secret_done) struct secret room = {};
        int len;

        TRY(begin(context, kek, 0));
        if (wrapped.len < 2 * UNIT || wrapped.len % UNIT || wrapped.len > LEN_MAX + UNIT)
                return -EBADMSG;
        TRY(secret_new(&room, wrapped.len));
        TRY(algorithm_check(
                EVP_DecryptUpdate(context, room.bytes, &len, (const uint8_t *)wrapped.ptr, (int)wrapped.len),
                -EBADMSG));
        return secret_copy(ret, str_make(room.bytes, (size_t)len));
}
