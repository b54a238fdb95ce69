#include <openssl/rsa.h> /* first, as in algorithm.h */

#include "crypto/key_pair_inside.h"

/* What is signed: a digest, or for pure Ed25519 the message itself. */
struct signable {
        struct str bytes;
        uint8_t room[DIGEST_MAX];
};

static int check_scheme(const struct key_pair *pair, enum scheme scheme, enum digest digest)
{
        static const enum key_family FAMILY_OF[] = {
                [SCHEME_PKCS1] = FAMILY_RSA,         [SCHEME_PSS] = FAMILY_RSA,
                [SCHEME_ECDSA] = FAMILY_EC,          [SCHEME_ED25519] = FAMILY_ED25519,
                [SCHEME_ED25519PH] = FAMILY_ED25519,
        };

        if (scheme == SCHEME_ED25519PH && digest != DIGEST_SHA512)
                return -EINVAL;
        return FAMILY_OF[scheme] == key_facts_of(pair->kind)->family ? 0 : -EINVAL;
}

static int prepare(enum scheme scheme, enum digest digest, bool is_digest, struct str message,
                   struct signable *ret)
{
        if (is_digest && (scheme == SCHEME_ED25519 || message.len != digest_len(digest)))
                return -EINVAL;
        ret->bytes = message;
        if (is_digest || scheme == SCHEME_ED25519)
                return 0;
        digest_of(digest, message, ret->room);
        ret->bytes = str_make(ret->room, digest_len(digest));
        return 0;
}

static int set_scheme(EVP_PKEY_CTX *context, enum scheme scheme, enum digest digest)
{
        const EVP_MD *method = algorithm_digest(digest);
        bool good = EVP_PKEY_CTX_set_signature_md(context, method) == 1;

        if (scheme == SCHEME_PKCS1)
                good = good && EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
        /* The salt's length is given, not found out from the signature: another one is refused. */
        if (scheme == SCHEME_PSS)
                good = good && EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
                       EVP_PKEY_CTX_set_rsa_mgf1_md(context, method) == 1 &&
                       EVP_PKEY_CTX_set_rsa_pss_saltlen(context, (int)digest_len(digest)) == 1;
        return algorithm_check(good, -EIO);
}

static int sign_digest(const struct key_pair *pair, enum scheme scheme, enum digest digest, struct str bytes,
                       uint8_t *out, size_t *len)
{
        _cleanup_(key_context_freep) EVP_PKEY_CTX *context =
                EVP_PKEY_CTX_new_from_pkey(NULL, pair->key, NULL);

        TRY(algorithm_check(context && EVP_PKEY_sign_init(context) == 1, -ENOMEM));
        TRY(set_scheme(context, scheme, digest));
        return algorithm_check(EVP_PKEY_sign(context, out, len, (const uint8_t *)bytes.ptr, bytes.len), -EIO);
}

static int verify_digest(const struct key_pair *pair, enum scheme scheme, enum digest digest,
                         struct str bytes, struct str signature)
{
        _cleanup_(key_context_freep) EVP_PKEY_CTX *context =
                EVP_PKEY_CTX_new_from_pkey(NULL, pair->key, NULL);

        /* RFC 8017, 8.1.2: the length comes first. libcrypto takes a shorter one as if led by zeros. */
        if (key_facts_of(pair->kind)->family == FAMILY_RSA && signature.len != key_facts_of(pair->kind)->len)
                return -EBADMSG;
        TRY(algorithm_check(context && EVP_PKEY_verify_init(context) == 1, -ENOMEM));
        TRY(set_scheme(context, scheme, digest));
        return algorithm_check(EVP_PKEY_verify(context, (const uint8_t *)signature.ptr, signature.len,
                                               (const uint8_t *)bytes.ptr, bytes.len),
                               -EBADMSG);
}

static int sign(const struct key_pair *pair, enum scheme scheme, enum digest digest, struct str bytes,
                uint8_t *out, size_t *len)
{
        switch (scheme) {
        case SCHEME_ED25519:
                return key_ed25519_sign(pair->key, bytes, out);
        case SCHEME_ED25519PH:
                return key_ed25519ph_sign(pair->key, bytes, out);
        default:
                return sign_digest(pair, scheme, digest, bytes, out, len);
        }
}

int key_pair_sign(const struct key_pair *pair, enum scheme scheme, enum digest digest, bool is_digest,
                  struct str message, struct arena *arena, struct str *ret)
{
        size_t len = (size_t)EVP_PKEY_get_size(pair->key); /* the most it takes */
        struct signable signable;
        uint8_t *out;

        TRY(check_scheme(pair, scheme, digest));
        TRY(prepare(scheme, digest, is_digest, message, &signable));
        out = arena_alloc(arena, len);
        if (!out)
                return -ENOMEM;
        TRY(sign(pair, scheme, digest, signable.bytes, out, &len));
        *ret = str_make(out, len);
        return 0;
}

int key_pair_verify(const struct key_pair *pair, enum scheme scheme, enum digest digest, bool is_digest,
                    struct str message, struct str signature)
{
        struct signable signable;

        TRY(check_scheme(pair, scheme, digest));
        TRY(prepare(scheme, digest, is_digest, message, &signable));
        switch (scheme) {
        case SCHEME_ED25519:
                return key_ed25519_verify(pair->key, signable.bytes, signature);
        case SCHEME_ED25519PH:
                return key_ed25519ph_verify(pair->key, signable.bytes, signature);
        default:
                return verify_digest(pair, scheme, digest, signable.bytes, signature);
        }
}
