/* What is not the key that was asked for. Keys of kinds that this house does not make are made by libcrypto.
 */
#include <openssl/core_names.h> /* first, as in crypto/algorithm.h */
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "key_vectors.h"

static struct arena arena;

static int set_up(void **state)
{
        (void)state;
        arena_init(&arena, (size_t)1 << 26);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        arena_done(&arena);
        return 0;
}

static int parse(struct str der, enum key_kind kind)
{
        struct key_pair *pair = NULL;
        int r = key_pair_parse(der, kind, &pair);

        assert_true(r < 0 ? !pair : pair != NULL);
        key_pair_unref(pair);
        return r;
}

static struct str der_of(EVP_PKEY *key)
{
        PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
        uint8_t *bytes = NULL;
        int len = i2d_PKCS8_PRIV_KEY_INFO(info, &bytes);
        struct str der;

        assert_true(len > 0);
        der = arena_dup_bytes(&arena, bytes, (size_t)len);
        OPENSSL_free(bytes);
        PKCS8_PRIV_KEY_INFO_free(info);
        EVP_PKEY_free(key);
        return der;
}

static struct str generated(const char *type, OSSL_PARAM *parameters)
{
        EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
        EVP_PKEY *key = NULL;

        assert_int_equal(EVP_PKEY_keygen_init(context), 1);
        assert_int_equal(EVP_PKEY_CTX_set_params(context, parameters), 1);
        assert_int_equal(EVP_PKEY_generate(context, &key), 1);
        EVP_PKEY_CTX_free(context);
        return der_of(key);
}

static struct str rsa(const char *type, size_t bits, uint32_t exponent, size_t primes)
{
        OSSL_PARAM parameters[] = {
                OSSL_PARAM_construct_size_t(OSSL_PKEY_PARAM_RSA_BITS, &bits),
                OSSL_PARAM_construct_uint32(OSSL_PKEY_PARAM_RSA_E, &exponent),
                OSSL_PARAM_construct_size_t(OSSL_PKEY_PARAM_RSA_PRIMES, &primes),
                OSSL_PARAM_construct_end(),
        };

        return generated(type, parameters);
}

static struct str ec(const char *group, const char *encoding)
{
        OSSL_PARAM parameters[] = {
                OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)(uintptr_t)group, 0),
                OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_EC_ENCODING, (char *)(uintptr_t)encoding, 0),
                OSSL_PARAM_construct_end(),
        };

        return generated("EC", parameters);
}

/* -- RSA. */

static void test_rsa_of_another_kind(void **state)
{
        (void)state;
        assert_int_equal(parse(rsa("RSA", 2048, 65537, 2), KEY_RSA_2048), 0);
        assert_int_equal(parse(rsa("RSA", 2048, 65537, 2), KEY_RSA_3072), -EINVAL);
        assert_int_equal(parse(rsa("RSA", 1024, 65537, 2), KEY_RSA_2048), -EINVAL);
        assert_int_equal(parse(rsa("RSA", 2047, 65537, 2), KEY_RSA_2048), -EINVAL);
        assert_int_equal(parse(rsa("RSA", 2056, 65537, 2), KEY_RSA_2048), -EINVAL);
        assert_int_equal(parse(rsa("RSA", 2048, 3, 2), KEY_RSA_2048), -EINVAL);
        assert_int_equal(parse(rsa("RSA", 2048, 65539, 2), KEY_RSA_2048), -EINVAL);
        assert_int_equal(parse(rsa("RSA", 2048, 65537, 3), KEY_RSA_2048), -EINVAL);
        assert_int_equal(parse(rsa("RSA-PSS", 2048, 65537, 2), KEY_RSA_2048), -EINVAL);
}

/* Each number of the key changed a little: none fits the others then. */
static void test_rsa_that_does_not_fit(void **state)
{
        static const size_t LAST_BYTES[] = {293, 298, 558, 690, 822, 954, 1085, 1216};
        struct str der = unhex(&arena, WYCHEPROOF_RSA_2048);

        (void)state;
        assert_int_equal(parse(der, KEY_RSA_2048), 0);
        for (size_t i = 0; i < ARRAY_LEN(LAST_BYTES); i++)
                assert_int_equal(parse(turned(&arena, der, LAST_BYTES[i] * 8 + 1), KEY_RSA_2048), -EINVAL);
}

/* -- EC. */

static struct str p256(struct str rest)
{
        return key_info(&arena, algorithm_of(KEY_P256), ec_key(&arena, RFC_6979_P256, rest));
}

static struct str with_point(struct str point)
{
        struct str bits = element(&arena, DER_BIT_STRING, joined(&arena, STR("\0"), point));

        return p256(element(&arena, DER_CONTEXT(1), bits));
}

#define X "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
#define Y "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
/* Of another point of the curve. */
#define MINUS_Y "86fc01eef74743675be51616a9d7439b0d0e4df4d28160ae885c3d6b2bb9dd66"

static void test_ec_of_another_kind(void **state)
{
        (void)state;
        assert_int_equal(parse(ec("P-256", "named_curve"), KEY_P256), 0);
        assert_int_equal(parse(ec("P-256", "explicit"), KEY_P256), -EINVAL);
        assert_int_equal(parse(ec("P-384", "named_curve"), KEY_P256), -EINVAL);
        assert_int_equal(parse(ec("secp256k1", "named_curve"), KEY_P256), -EINVAL);
        assert_int_equal(parse(ec("P-256", "named_curve"), KEY_SECP256K1), -EINVAL);
        assert_int_equal(parse(ec("brainpoolP256r1", "named_curve"), KEY_P256), -EINVAL);
        assert_int_equal(parse(unhex(&arena, WYCHEPROOF_RSA_2048), KEY_P256), -EINVAL);
        assert_int_equal(parse(p256(STR("")), KEY_RSA_2048), -EINVAL);
}

static void test_ec_points(void **state)
{
        struct str x = unhex(&arena, X), y = unhex(&arena, Y);
        struct str point = joined(&arena, STR("\x04"), joined(&arena, x, y));
        struct str other = joined(&arena, STR("\x04"), joined(&arena, x, unhex(&arena, MINUS_Y)));

        (void)state;
        assert_int_equal(parse(p256(STR("")), KEY_P256), 0);
        assert_int_equal(parse(with_point(point), KEY_P256), 0);
        assert_int_equal(parse(with_point(joined(&arena, STR("\x03"), x)), KEY_P256), 0); /* Y is odd */
        assert_int_equal(parse(with_point(joined(&arena, STR("\x02"), x)), KEY_P256), -EINVAL);
        assert_int_equal(parse(with_point(turned(&arena, point, 519)), KEY_P256), -EINVAL);
        assert_int_equal(parse(with_point(other), KEY_P256), -EINVAL);
        assert_int_equal(parse(with_point(STR("\0")), KEY_P256), -EINVAL);
        assert_int_equal(parse(with_point(STR("")), KEY_P256), -EINVAL);
        assert_int_equal(parse(with_point(str_part(point, 0, 64)), KEY_P256), -EINVAL);
}

/* However its point came, a key goes out in one form. */
static void test_ec_comes_out_alike(void **state)
{
        struct str x = unhex(&arena, X), y = unhex(&arena, Y);
        struct str point = joined(&arena, STR("\x04"), joined(&arena, x, y));
        struct str forms[] = {p256(STR("")), with_point(point), with_point(joined(&arena, STR("\x03"), x)),
                              p256(element(&arena, DER_CONTEXT(0), STR(OID_P256)))};

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
                _cleanup_(key_pair_unrefp) struct key_pair *pair = NULL;
                _cleanup_(secret_done) struct secret der = {};
                struct str public;

                assert_int_equal(key_pair_parse(forms[i], KEY_P256, &pair), 0);
                assert_int_equal(key_pair_private_der(pair, &der), 0);
                assert_true(secret_equal(secret_str(&der), with_point(point)));
                assert_int_equal(key_pair_public_der(pair, &arena, &public), 0);
                assert_str(public, public_info(&arena, algorithm_of(KEY_P256), point));
        }
}

static int parse_scalar(const char *scalar)
{
        return parse(key_info(&arena, algorithm_of(KEY_P256), ec_key(&arena, scalar, STR(""))), KEY_P256);
}

/* From 1 to the order less 1. */
static void test_ec_scalars(void **state)
{
        static const char *const BAD[] = {
                "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
                "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632552",
                "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
                "0000000000000000000000000000000000000000000000000000000000000000",
                "",
                "00" RFC_6979_P256,
        };

        (void)state;
        assert_int_equal(parse_scalar("01"), 0);
        assert_int_equal(parse_scalar("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550"), 0);
        for (size_t i = 0; i < ARRAY_LEN(BAD); i++)
                assert_int_equal(parse_scalar(BAD[i]), -EINVAL);
}

static void test_ec_parameters_within(void **state)
{
        (void)state;
        assert_int_equal(parse(p256(element(&arena, DER_CONTEXT(0), STR(OID_P256))), KEY_P256), 0);
        assert_int_equal(parse(p256(element(&arena, DER_CONTEXT(0), STR(OID_SECP256K1))), KEY_P256), -EINVAL);
        assert_int_equal(parse(p256(element(&arena, DER_CONTEXT(2), STR(OID_P256))), KEY_P256), -EBADMSG);
}

/* -- Ed25519. */

static struct str ed25519(struct str algorithm, size_t seed_len)
{
        char seed[64] = "a seed of thirty-two bytes.....";

        return key_info(&arena, algorithm, element(&arena, DER_OCTETS, str_make(seed, seed_len)));
}

static void test_ed25519(void **state)
{
        static const size_t BAD[] = {0, 31, 33, 64};

        (void)state;
        assert_int_equal(parse(ed25519(STR(OID_ED25519), 32), KEY_ED25519), 0);
        for (size_t i = 0; i < ARRAY_LEN(BAD); i++)
                assert_int_equal(parse(ed25519(STR(OID_ED25519), BAD[i]), KEY_ED25519), -EBADMSG);
        /* RFC 8410, 3: parameters must be absent. */
        assert_int_equal(parse(ed25519(STR(OID_ED25519 "\x05\x00"), 32), KEY_ED25519), -EINVAL);
        assert_int_equal(parse(der_of(EVP_PKEY_Q_keygen(NULL, NULL, "X25519")), KEY_ED25519), -EINVAL);
        assert_int_equal(parse(der_of(EVP_PKEY_Q_keygen(NULL, NULL, "ED448")), KEY_ED25519), -EINVAL);
}

/* -- All. */

static struct str good_der(enum key_kind kind)
{
        if (kind == KEY_RSA_2048)
                return unhex(&arena, WYCHEPROOF_RSA_2048);
        return kind == KEY_P256 ? p256(STR("")) : ed25519(STR(OID_ED25519), 32);
}

static void test_truncated_or_longer(void **state)
{
        static const enum key_kind KINDS[] = {KEY_RSA_2048, KEY_P256, KEY_ED25519};

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(KINDS); i++) {
                struct str der = good_der(KINDS[i]);

                assert_int_equal(parse(der, KINDS[i]), 0);
                assert_int_equal(parse(STR_NONE, KINDS[i]), -EBADMSG);
                for (size_t len = 0; len < der.len; len++)
                        assert_int_equal(parse(str_part(der, 0, len), KINDS[i]), -EBADMSG);
                assert_int_equal(parse(joined(&arena, der, STR("\0")), KINDS[i]), -EBADMSG);
                assert_int_equal(parse(joined(&arena, der, der), KINDS[i]), -EBADMSG);
        }
}

/* One bit turned anywhere in EC and Ed25519 keys: another key or none, and no other error. */
static void test_turned_bits(void **state)
{
        static const enum key_kind KINDS[] = {KEY_P256, KEY_ED25519};

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(KINDS); i++) {
                struct str der = good_der(KINDS[i]);

                for (size_t bit = 0; bit < der.len * 8; bit++) {
                        int r = parse(turned(&arena, der, bit), KINDS[i]);

                        assert_true(r == 0 || r == -EINVAL || r == -EBADMSG);
                        /* All but the scalar or seed at its end is structure. */
                        assert_true(r < 0 || bit >= (der.len - 32) * 8);
                }
        }
}

static void test_attributes_are_passed_over(void **state)
{
        struct str good = ed25519(STR(OID_ED25519), 32);
        struct str body = str_from(good, 2);

        (void)state;
        assert_int_equal(
                parse(element(&arena, DER_SEQUENCE, joined(&arena, body, STR("\xa0\x00"))), KEY_ED25519), 0);
        assert_int_equal(
                parse(element(&arena, DER_SEQUENCE, joined(&arena, body, STR("\xa2\x00"))), KEY_ED25519),
                -EBADMSG);
}

static void test_not_private_key_info(void **state)
{
        _cleanup_(key_pair_unrefp) struct key_pair *pair = rsa_pair(&arena);
        struct str der = unhex(&arena, WYCHEPROOF_RSA_2048), public;

        (void)state;
        assert_int_equal(key_pair_public_der(pair, &arena, &public), 0);
        assert_int_equal(parse(public, KEY_RSA_2048), -EBADMSG);
        assert_int_equal(parse(str_from(der, 26), KEY_RSA_2048), -EBADMSG); /* RSAPrivateKey alone */
        assert_int_equal(parse(STR("-----BEGIN PRIVATE KEY-----\n"), KEY_RSA_2048), -EBADMSG);
        assert_int_equal(parse(turned(&arena, der, 6 * 8), KEY_RSA_2048), -EBADMSG); /* version 1 */
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rsa_of_another_kind),
                cmocka_unit_test(test_rsa_that_does_not_fit),
                cmocka_unit_test(test_ec_of_another_kind),
                cmocka_unit_test(test_ec_points),
                cmocka_unit_test(test_ec_comes_out_alike),
                cmocka_unit_test(test_ec_scalars),
                cmocka_unit_test(test_ec_parameters_within),
                cmocka_unit_test(test_ed25519),
                cmocka_unit_test(test_truncated_or_longer),
                cmocka_unit_test(test_turned_bits),
                cmocka_unit_test(test_attributes_are_passed_over),
                cmocka_unit_test(test_not_private_key_info),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
