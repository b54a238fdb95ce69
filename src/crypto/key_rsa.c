/* RSAPrivateKey: https://www.rfc-editor.org/rfc/rfc8017#appendix-A.1.2 */
#include <openssl/core_names.h> /* first, as in algorithm.h */
#include <openssl/params.h>

#include "crypto/key_pair_inside.h"

#define NUMBERS 8

/* What comes after the version, in its order. */
static const char *const NAMES[NUMBERS] = {
        OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E,
        OSSL_PKEY_PARAM_RSA_D,         OSSL_PKEY_PARAM_RSA_FACTOR1,
        OSSL_PKEY_PARAM_RSA_FACTOR2,   OSSL_PKEY_PARAM_RSA_EXPONENT1,
        OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
};

static int take_numbers(struct str der, struct str numbers[NUMBERS])
{
        struct str rest, version;

        TRY(der_only(der, DER_SEQUENCE, &rest));
        TRY(der_take_unsigned(&rest, &version));
        if (version.len) /* more than two primes */
                return -EINVAL;
        for (size_t i = 0; i < NUMBERS; i++)
                TRY(der_take_unsigned(&rest, &numbers[i]));
        return rest.len ? -EBADMSG : 0;
}

static int check_numbers(const struct key_facts *facts, const struct str numbers[NUMBERS])
{
        if (numbers[0].len != facts->len || !(numbers[0].ptr[0] & 0x80) || !str_eq(numbers[1], STR("\1\0\1")))
                return -EINVAL;
        for (size_t i = 2; i < NUMBERS; i++)
                if (numbers[i].len == 0 || numbers[i].len > facts->len)
                        return -EINVAL;
        return 0;
}

int key_rsa_parse(const struct key_facts *facts, struct str der, EVP_PKEY **ret)
{
        _cleanup_(secret_done) struct secret memory = {};
        OSSL_PARAM parameters[NUMBERS + 1];
        struct str numbers[NUMBERS];

        TRY(take_numbers(der, numbers));
        TRY(check_numbers(facts, numbers));
        TRY(secret_new(&memory, NUMBERS * facts->len));
        for (size_t i = 0; i < NUMBERS; i++) {
                uint8_t *at = memory.bytes + i * facts->len;

                key_turn_bytes(at, (const uint8_t *)numbers[i].ptr, numbers[i].len);
                parameters[i] = OSSL_PARAM_construct_BN(NAMES[i], at, numbers[i].len);
        }
        parameters[NUMBERS] = OSSL_PARAM_construct_end();
        return key_from_parameters("RSA", EVP_PKEY_KEYPAIR, parameters, ret);
}

int key_rsa_write(const struct key_facts *facts, const EVP_PKEY *key, struct der_writer *writer)
{
        _cleanup_(secret_done) struct secret memory = {}, turned = {};
        OSSL_PARAM parameters[NUMBERS + 1];
        const uint8_t *end = writer->at;

        TRY(secret_new(&memory, NUMBERS * facts->len));
        TRY(secret_new(&turned, facts->len));
        for (size_t i = 0; i < NUMBERS; i++)
                parameters[i] = OSSL_PARAM_construct_BN(NAMES[i], memory.bytes + i * facts->len, facts->len);
        parameters[NUMBERS] = OSSL_PARAM_construct_end();
        TRY(algorithm_check(EVP_PKEY_get_params(key, parameters), -EIO));
        for (size_t i = NUMBERS; i-- > 0;) {
                key_turn_bytes(turned.bytes, parameters[i].data, facts->len);
                der_put_unsigned(writer, secret_str(&turned));
        }
        der_put_unsigned(writer, STR("")); /* version: two primes */
        der_wrap(writer, DER_SEQUENCE, end);
        return 0;
}
