/* https://www.rfc-editor.org/rfc/rfc8032#section-5.1 */
#include "crypto/key_pair_inside.h" /* first: see there */

static void digest_context_freep(EVP_MD_CTX **context)
{
        EVP_MD_CTX_free(*context);
}

/* libcrypto takes no NULL for an empty message. */
static const uint8_t *bytes_of(struct str s)
{
        return (const uint8_t *)(s.len ? s.ptr : "");
}

int key_ed25519_sign(EVP_PKEY *key, struct str message, uint8_t ret[ED25519_LEN])
{
        _cleanup_(digest_context_freep) EVP_MD_CTX *context = EVP_MD_CTX_new();
        size_t len = ED25519_LEN;

        TRY(algorithm_check(context && EVP_DigestSignInit_ex(context, NULL, NULL, NULL, NULL, key, NULL) == 1,
                            -ENOMEM));
        return algorithm_check(EVP_DigestSign(context, ret, &len, bytes_of(message), message.len), -EIO);
}

int key_ed25519_verify(EVP_PKEY *key, struct str message, struct str signature)
{
        _cleanup_(digest_context_freep) EVP_MD_CTX *context = EVP_MD_CTX_new();

        TRY(algorithm_check(context &&
                                    EVP_DigestVerifyInit_ex(context, NULL, NULL, NULL, NULL, key, NULL) == 1,
                            -ENOMEM));
        return algorithm_check(
                EVP_DigestVerify(context, bytes_of(signature), signature.len, bytes_of(message), message.len),
                -EBADMSG);
}

#if OPENSSL_VERSION_PREREQ(3, 4)

int key_ed25519ph_sign(EVP_PKEY *key, struct str digest, uint8_t ret[ED25519_LEN])
{
        _cleanup_(key_context_freep) EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
        size_t len = ED25519_LEN;

        if (!algorithm_ed25519ph())
                return -ENOSYS;
        TRY(algorithm_check(context && EVP_PKEY_sign_init_ex2(context, algorithm_ed25519ph(), NULL) == 1,
                            -ENOMEM));
        return algorithm_check(EVP_PKEY_sign(context, ret, &len, bytes_of(digest), digest.len), -EIO);
}

int key_ed25519ph_verify(EVP_PKEY *key, struct str digest, struct str signature)
{
        _cleanup_(key_context_freep) EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);

        if (!algorithm_ed25519ph())
                return -ENOSYS;
        TRY(algorithm_check(context && EVP_PKEY_verify_init_ex2(context, algorithm_ed25519ph(), NULL) == 1,
                            -ENOMEM));
        return algorithm_check(
                EVP_PKEY_verify(context, bytes_of(signature), signature.len, bytes_of(digest), digest.len),
                -EBADMSG);
}

#else

int key_ed25519ph_sign(EVP_PKEY *key, struct str digest, uint8_t ret[ED25519_LEN])
{
        (void)key, (void)digest, (void)ret;
        return -ENOSYS;
}

int key_ed25519ph_verify(EVP_PKEY *key, struct str digest, struct str signature)
{
        (void)key, (void)digest, (void)signature;
        return -ENOSYS;
}

#endif
