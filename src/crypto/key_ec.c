/* ECPrivateKey: https://www.rfc-editor.org/rfc/rfc5915#section-3 */
#include <openssl/core_names.h> /* first, as in algorithm.h */
#include <openssl/ec.h>
#include <openssl/params.h>

#include "crypto/key_pair_inside.h"

#define VERSION         "\1"
#define EC_OID_LEN      9 /* id-ecPublicKey, which stands before the curve in facts->algorithm */
#define TAG_PARAMETERS  DER_CONTEXT(0)
#define TAG_PUBLIC      DER_CONTEXT(1)
#define IS_UNCOMPRESSED 0x04
#define IS_COMPRESSED   0x02 /* or with the lowest bit of Y */

static void group_freep(EC_GROUP **group)
{
        EC_GROUP_free(*group);
}

static void point_freep(EC_POINT **point)
{
        EC_POINT_free(*point);
}

static void number_freep(BIGNUM **number)
{
        BN_clear_free(*number);
}

static OSSL_PARAM group_parameter(const struct key_facts *facts)
{
        return OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)(uintptr_t)facts->group,
                                                0);
}

static OSSL_PARAM point_parameter(struct str point)
{
        return OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)(uintptr_t)point.ptr,
                                                 point.len);
}

static EC_GROUP *group_of(const struct key_facts *facts)
{
        OSSL_PARAM parameters[] = {group_parameter(facts), OSSL_PARAM_construct_end()};

        return EC_GROUP_new_from_params(parameters, NULL, NULL);
}

/* The public point of a scalar. libcrypto makes it by itself only where it reads the DER. */
static int make_point(const struct key_facts *facts, struct str scalar, uint8_t ret[POINT_LEN_MAX])
{
        _cleanup_(group_freep) EC_GROUP *group = group_of(facts);
        _cleanup_(point_freep) EC_POINT *point = group ? EC_POINT_new(group) : NULL;
        _cleanup_(number_freep) BIGNUM *number = BN_secure_new();
        size_t len;

        TRY(algorithm_check(
                point && number && BN_bin2bn((const uint8_t *)scalar.ptr, (int)scalar.len, number), -ENOMEM));
        BN_set_flags(number, BN_FLG_CONSTTIME);
        TRY(algorithm_check(EC_POINT_mul(group, point, number, NULL, NULL, NULL), -EINVAL));
        len = EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, ret, POINT_LEN_MAX, NULL);
        return algorithm_check(len == POINT_LEN(facts),
                               -EINVAL); /* else the scalar is a multiple of the order */
}

static bool is_point(const struct key_facts *facts, struct str point)
{
        if (point.len == POINT_LEN(facts))
                return point.ptr[0] == IS_UNCOMPRESSED;
        return point.len == 1 + facts->len && (point.ptr[0] & ~1) == IS_COMPRESSED;
}

int key_ec_public(const struct key_facts *facts, struct str point, EVP_PKEY **ret)
{
        OSSL_PARAM parameters[] = {
                group_parameter(facts),
                point_parameter(point),
                OSSL_PARAM_construct_end(),
        };

        if (!is_point(facts, point))
                return -EINVAL;
        return key_from_parameters("EC", EVP_PKEY_PUBLIC_KEY, parameters, ret);
}

/* -- The private key. */

struct parts {
        struct str scalar;
        struct str point; /* absent: it was not there */
};

static int take_curve(const struct key_facts *facts, struct str *rest)
{
        struct str curve;

        TRY(der_take_optional(rest, TAG_PARAMETERS, &curve));
        return !str_is_set(curve) || str_eq(curve, str_from(facts->algorithm, EC_OID_LEN)) ? 0 : -EINVAL;
}

static int take_point(struct str *rest, struct str *ret)
{
        struct str wrapped;

        TRY(der_take_optional(rest, TAG_PUBLIC, &wrapped));
        if (!str_is_set(wrapped)) {
                *ret = STR_NONE;
                return 0;
        }
        TRY(der_take_bits(&wrapped, ret));
        return wrapped.len ? -EBADMSG : 0;
}

static int take_parts(const struct key_facts *facts, struct str der, struct parts *ret)
{
        struct str rest, version;

        TRY(der_only(der, DER_SEQUENCE, &rest));
        TRY(der_take_unsigned(&rest, &version));
        if (!str_eq(version, STR(VERSION)))
                return -EBADMSG;
        TRY(der_take(&rest, DER_OCTETS, &ret->scalar));
        TRY(take_curve(facts, &rest));
        TRY(take_point(&rest, &ret->point));
        return rest.len ? -EBADMSG : 0;
}

static int find_point(const struct key_facts *facts, struct parts *parts, uint8_t room[POINT_LEN_MAX])
{
        if (str_is_set(parts->point))
                return is_point(facts, parts->point) ? 0 : -EINVAL;
        TRY(make_point(facts, parts->scalar, room));
        parts->point = str_make(room, POINT_LEN(facts));
        return 0;
}

int key_ec_parse(const struct key_facts *facts, struct str der, EVP_PKEY **ret)
{
        _cleanup_(secret_done) struct secret scalar = {};
        uint8_t room[POINT_LEN_MAX];
        struct parts parts;

        TRY(take_parts(facts, der, &parts));
        if (parts.scalar.len == 0 || parts.scalar.len > facts->len)
                return -EINVAL;
        TRY(find_point(facts, &parts, room));
        TRY(secret_new(&scalar, parts.scalar.len));
        key_turn_bytes(scalar.bytes, (const uint8_t *)parts.scalar.ptr, scalar.len);

        OSSL_PARAM parameters[] = {
                group_parameter(facts),
                point_parameter(parts.point),
                OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, scalar.bytes, scalar.len),
                OSSL_PARAM_construct_end(),
        };
        return key_from_parameters("EC", EVP_PKEY_KEYPAIR, parameters, ret);
}

static int put_point(const struct key_facts *facts, const EVP_PKEY *key, struct der_writer *writer)
{
        uint8_t point[POINT_LEN_MAX];
        const uint8_t *end = writer->at;
        size_t len;

        TRY(algorithm_check(
                EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point), &len),
                -EIO));
        if (len != POINT_LEN(facts))
                return -EIO;
        der_put(writer, str_make(point, len));
        der_put(writer, STR("\0")); /* no bits of the last byte are unused */
        der_wrap(writer, DER_BIT_STRING, end);
        der_wrap(writer, TAG_PUBLIC, end);
        return 0;
}

static int put_scalar(const struct key_facts *facts, const EVP_PKEY *key, struct der_writer *writer)
{
        _cleanup_(secret_done) struct secret scalar = {}, turned = {};
        const uint8_t *end = writer->at;
        OSSL_PARAM parameters[2] = {};

        TRY(secret_new(&scalar, facts->len));
        TRY(secret_new(&turned, facts->len));
        parameters[0] = OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, scalar.bytes, scalar.len);
        parameters[1] = OSSL_PARAM_construct_end();
        TRY(algorithm_check(EVP_PKEY_get_params(key, parameters), -EIO));
        key_turn_bytes(turned.bytes, scalar.bytes, scalar.len);
        der_put(writer, secret_str(&turned));
        der_wrap(writer, DER_OCTETS, end);
        return 0;
}

int key_ec_write(const struct key_facts *facts, const EVP_PKEY *key, struct der_writer *writer)
{
        const uint8_t *end = writer->at;

        TRY(put_point(facts, key, writer));
        TRY(put_scalar(facts, key, writer));
        der_put_unsigned(writer, STR(VERSION));
        der_wrap(writer, DER_SEQUENCE, end);
        return 0;
}
