/* RSAES-OAEP: https://www.rfc-editor.org/rfc/rfc8017#section-7.1 */
#include <openssl/rsa.h> /* first, as in algorithm.h */

#include "crypto/key_pair_inside.h"

static int check_rsa(const struct key_pair *pair)
{
        return key_facts_of(pair->kind)->family == FAMILY_RSA ? 0 : -EINVAL;
}

static int set_padding(EVP_PKEY_CTX *context, enum digest digest)
{
        const EVP_MD *method = algorithm_digest(digest);
        bool good = EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
                    EVP_PKEY_CTX_set_rsa_oaep_md(context, method) == 1 &&
                    EVP_PKEY_CTX_set_rsa_mgf1_md(context, method) == 1;

        return algorithm_check(good, -EIO);
}

int key_pair_encrypt(const struct key_pair *pair, enum digest digest, struct str clear, struct arena *arena,
                     struct str *ret)
{
        _cleanup_(key_context_freep) EVP_PKEY_CTX *context =
                EVP_PKEY_CTX_new_from_pkey(NULL, pair->key, NULL);
        size_t len = key_facts_of(pair->kind)->len;
        const char *bytes = clear.len ? clear.ptr : ""; /* libcrypto takes no NULL */
        uint8_t *out;

        TRY(check_rsa(pair));
        if (clear.len > len - 2 * digest_len(digest) - 2)
                return -EMSGSIZE;
        TRY(algorithm_check(context && EVP_PKEY_encrypt_init(context) == 1, -ENOMEM));
        TRY(set_padding(context, digest));
        out = arena_alloc(arena, len);
        if (!out)
                return -ENOMEM;
        TRY(algorithm_check(EVP_PKEY_encrypt(context, out, &len, (const uint8_t *)bytes, clear.len), -EIO));
        *ret = str_make(out, len);
        return 0;
}

int key_pair_decrypt(const struct key_pair *pair, enum digest digest, struct str sealed, struct secret *ret)
{
        _cleanup_(key_context_freep) EVP_PKEY_CTX *context =
                EVP_PKEY_CTX_new_from_pkey(NULL, pair->key, NULL);
        _cleanup_(secret_done) struct secret room = {};
        size_t len = key_facts_of(pair->kind)->len;

        TRY(check_rsa(pair));
        if (sealed.len != len)
                return -EBADMSG;
        TRY(algorithm_check(context && EVP_PKEY_decrypt_init(context) == 1, -ENOMEM));
        TRY(set_padding(context, digest));
        TRY(secret_new(&room, len));
        TRY(algorithm_check(
                EVP_PKEY_decrypt(context, room.bytes, &len, (const uint8_t *)sealed.ptr, sealed.len),
                -EBADMSG));
        return secret_copy(ret, str_make(room.bytes, len));
}
