/* PrivateKeyInfo: https://www.rfc-editor.org/rfc/rfc5208#section-5 */
#include <openssl/x509.h> /* first, as in algorithm.h */

#include "crypto/key_pair_inside.h"

#define ROOM           4096 /* RSA of 4096 bits takes under 2,400 bytes */
#define TAG_ATTRIBUTES DER_CONTEXT(0)

/* -- Ed25519: https://www.rfc-editor.org/rfc/rfc8410#section-7 */

static int parse_ed25519(const struct key_facts *facts, struct str der, EVP_PKEY **ret)
{
        struct str seed;
        EVP_PKEY *key;

        TRY(der_only(der, DER_OCTETS, &seed));
        if (seed.len != facts->len)
                return -EBADMSG;
        key = EVP_PKEY_new_raw_private_key_ex(NULL, "ED25519", NULL, (const uint8_t *)seed.ptr, seed.len);
        TRY(algorithm_check(key != NULL, -ENOMEM));
        *ret = key;
        return 0;
}

static int write_ed25519(const struct key_facts *facts, const EVP_PKEY *key, struct der_writer *writer)
{
        _cleanup_(secret_done) struct secret seed = {};
        const uint8_t *end = writer->at;
        size_t len = facts->len;

        TRY(secret_new(&seed, len));
        TRY(algorithm_check(EVP_PKEY_get_raw_private_key(key, seed.bytes, &len), -EIO));
        der_put(writer, secret_str(&seed));
        der_wrap(writer, DER_OCTETS, end);
        return 0;
}

static const struct {
        int (*parse)(const struct key_facts *facts, struct str der, EVP_PKEY **ret);
        int (*write)(const struct key_facts *facts, const EVP_PKEY *key, struct der_writer *writer);
} FAMILIES[] = {
        [FAMILY_RSA] = {key_rsa_parse, key_rsa_write},
        [FAMILY_EC] = {key_ec_parse, key_ec_write},
        [FAMILY_ED25519] = {parse_ed25519, write_ed25519},
};

/* -- All kinds. */

static int take_private_key(const struct key_facts *facts, struct str der, struct str *ret)
{
        struct str rest, version, algorithm, key, attributes;

        TRY(der_only(der, DER_SEQUENCE, &rest));
        TRY(der_take_unsigned(&rest, &version));
        if (version.len)
                return -EBADMSG;
        TRY(der_take(&rest, DER_SEQUENCE, &algorithm));
        TRY(der_take(&rest, DER_OCTETS, &key));
        TRY(der_take_optional(&rest, TAG_ATTRIBUTES, &attributes)); /* they say nothing of the key */
        if (rest.len)
                return -EBADMSG;
        if (!str_eq(algorithm, facts->algorithm))
                return -EINVAL;
        *ret = key;
        return 0;
}

int key_pair_parse_own(struct str pkcs8_der, enum key_kind kind, struct key_pair **ret)
{
        const struct key_facts *facts = key_facts_of(kind);
        struct str private_key;
        EVP_PKEY *key;

        TRY(take_private_key(facts, pkcs8_der, &private_key));
        TRY(FAMILIES[facts->family].parse(facts, private_key, &key));
        return key_pair_hold(key, kind, ret);
}

static int check(EVP_PKEY *key)
{
        _cleanup_(key_context_freep) EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);

        TRY(algorithm_check(context != NULL, -ENOMEM));
        return algorithm_check(EVP_PKEY_check(context), -EINVAL);
}

int key_pair_parse(struct str pkcs8_der, enum key_kind kind, struct key_pair **ret)
{
        _cleanup_(key_pair_unrefp) struct key_pair *pair = NULL;

        TRY(key_pair_parse_own(pkcs8_der, kind, &pair));
        TRY(check(pair->key));
        *ret = pair;
        pair = NULL;
        return 0;
}

int key_pair_private_der(const struct key_pair *pair, struct secret *ret)
{
        const struct key_facts *facts = key_facts_of(pair->kind);
        _cleanup_(secret_done) struct secret room = {};
        struct der_writer writer;
        const uint8_t *end, *end_of_algorithm;

        TRY(secret_new(&room, ROOM));
        writer = (struct der_writer){.start = room.bytes, .at = room.bytes + room.len};
        end = writer.at;
        TRY(FAMILIES[facts->family].write(facts, pair->key, &writer));
        der_wrap(&writer, DER_OCTETS, end);
        end_of_algorithm = writer.at;
        der_put(&writer, facts->algorithm);
        der_wrap(&writer, DER_SEQUENCE, end_of_algorithm);
        der_put_unsigned(&writer, STR("")); /* version */
        der_wrap(&writer, DER_SEQUENCE, end);
        return secret_copy(ret, str_make(writer.at, (size_t)(end - writer.at)));
}

int key_pair_public_der(const struct key_pair *pair, struct arena *arena, struct str *ret)
{
        uint8_t *bytes = NULL;
        int len = i2d_PUBKEY(pair->key, &bytes);

        TRY(algorithm_check(len > 0, -ENOMEM));
        *ret = arena_dup_bytes(arena, bytes, (size_t)len);
        OPENSSL_free(bytes);
        return ret->len == (size_t)len ? 0 : -ENOMEM;
}

/* What a SubjectPublicKeyInfo wraps. */
int key_pair_public_pkcs1(const struct key_pair *pair, struct arena *arena, struct str *ret)
{
        struct str der, info, algorithm;

        if (key_pair_kind(pair) > KEY_RSA_4096)
                return -EINVAL;
        TRY(key_pair_public_der(pair, arena, &der));
        TRY(der_only(der, DER_SEQUENCE, &info));
        TRY(der_take(&info, DER_SEQUENCE, &algorithm));
        return der_take_bits(&info, ret);
}
