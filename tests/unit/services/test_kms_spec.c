/* What key specs mean: the table says something of every spec and algorithm that the API names, and all of it
 * fits. */
#include "api/kms.h"
#include "services/kms/kms.h"

#include "../check.h" /* behind the others: cmocka has a fail() of its own */

/* What AWS names and Merlon has not: China's algorithms, and ML-DSA, which wants OpenSSL 3.5. */
static const struct str ABSENT_SPECS[] = {STR_INIT("SM2"), STR_INIT("ML_DSA_44"), STR_INIT("ML_DSA_65"),
                                          STR_INIT("ML_DSA_87")};
static const struct str ABSENT_SIGNING[] = {STR_INIT("SM2DSA"), STR_INIT("ML_DSA_SHAKE_256")};
static const struct str ABSENT_ENCRYPTION[] = {STR_INIT("SM2PKE")};

static bool has(const struct wire_type *type, struct str value)
{
        return kms_list_has(type->values, type->value_count, value);
}

#define IS_ABSENT(list, value) kms_list_has(list, ARRAY_LEN(list), value)

static const struct kms_spec *need(struct str name)
{
        const struct kms_spec *spec = kms_spec_find(name);

        if (!spec)
                fail_msg("%.*s is not known", STR_ARG(name));
        return spec;
}

/* Does visit() for each spec that there is. */
static void each(void (*visit)(const struct kms_spec *spec))
{
        for (size_t i = 0; i < kms_key_spec_type.value_count; i++)
                if (!IS_ABSENT(ABSENT_SPECS, kms_key_spec_type.values[i]))
                        visit(need(kms_key_spec_type.values[i]));
}

static void every_spec_is_there_or_meant_to_be_absent(void **state)
{
        (void)state;
        for (size_t i = 0; i < kms_key_spec_type.value_count; i++) {
                struct str name = kms_key_spec_type.values[i];

                assert_true(!kms_spec_find(name) == IS_ABSENT(ABSENT_SPECS, name));
                if (kms_spec_find(name))
                        assert_str(kms_spec_find(name)->name, name);
        }
        for (size_t i = 0; i < kms_customer_master_key_spec_type.value_count; i++)
                assert_true(has(&kms_key_spec_type, kms_customer_master_key_spec_type.values[i]));
        assert_null(kms_spec_find(STR("")));
        assert_null(kms_spec_find(STR_NONE));
        assert_null(kms_spec_find(STR("RSA_1024")));
        assert_null(kms_spec_find(STR("rsa_2048")));
}

static void check_lists(const struct kms_spec *spec)
{
        size_t usages = kms_list_len(spec->usages, ARRAY_LEN(spec->usages));
        size_t signing = kms_list_len(spec->signing, ARRAY_LEN(spec->signing));
        size_t encryption = kms_list_len(spec->encryption, ARRAY_LEN(spec->encryption));

        assert_in_range(usages, 1, ARRAY_LEN(spec->usages));
        for (size_t i = 0; i < usages; i++)
                assert_true(has(&kms_key_usage_type_type, spec->usages[i]));
        /* An algorithm for each usage, and for no other. */
        assert_true(kms_spec_has_usage(spec, STR("ENCRYPT_DECRYPT")) == (encryption > 0));
        assert_true(kms_spec_has_usage(spec, STR("SIGN_VERIFY")) == (signing > 0));
        assert_true(kms_spec_has_usage(spec, STR("GENERATE_VERIFY_MAC")) == str_is_set(spec->mac));
        assert_true(kms_spec_has_usage(spec, STR("KEY_AGREEMENT")) == str_is_set(spec->agreement));
        assert_false(kms_spec_has_usage(spec, STR_NONE));
        for (size_t i = 0; i < encryption; i++)
                assert_true(has(&kms_encryption_algorithm_spec_type, spec->encryption[i]));
        for (size_t i = 0; i < signing; i++)
                assert_true(has(&kms_signing_algorithm_spec_type, spec->signing[i]));
        if (str_is_set(spec->agreement))
                assert_true(has(&kms_key_agreement_algorithm_spec_type, spec->agreement));
}

static void lists_are_of_the_names_that_there_are(void **state)
{
        (void)state;
        each(check_lists);
}

static void check_material(const struct kms_spec *spec)
{
        enum digest digest;

        switch (spec->class) {
        case KMS_SYMMETRIC:
                assert_int_equal(spec->material_len, 32);
                assert_int_equal(spec->material_max, 32);
                assert_true(str_eq(spec->encryption[0], KMS_DEFAULT));
                break;
        case KMS_HMAC: /* "the length of the key is that of the digest" */
                assert_true(has(&kms_mac_algorithm_spec_type, spec->mac));
                assert_true(kms_mac_digest(spec->mac, &digest));
                assert_int_equal(spec->material_len, digest_len(digest));
                assert_true(spec->material_max >= spec->material_len);
                break;
        case KMS_RSA:
        case KMS_ECC:
                assert_int_equal(spec->material_len, 0);
                break;
        }
        assert_true(kms_spec_is_pair(spec) == (spec->class == KMS_RSA || spec->class == KMS_ECC));
        assert_true(spec->is_data_key_pair == has(&kms_data_key_pair_spec_type, spec->name));
        if (spec->class == KMS_RSA)
                for (size_t i = 0; i < kms_list_len(spec->encryption, ARRAY_LEN(spec->encryption)); i++)
                        assert_true(kms_oaep_digest(spec->encryption[i], &digest));
}

static void material_fits(void **state)
{
        (void)state;
        each(check_material);
}

static void pairs_are_of_different_kinds(void **state)
{
        unsigned int seen = 0;

        (void)state;
        for (size_t i = 0; i < kms_key_spec_type.value_count; i++) {
                const struct kms_spec *spec = kms_spec_find(kms_key_spec_type.values[i]);

                if (!spec || !kms_spec_is_pair(spec))
                        continue;
                assert_false(seen & 1U << spec->kind);
                seen |= 1U << spec->kind;
        }
        assert_int_equal(seen, (2U << KEY_ED25519) - 1); /* and all of them have a name */
}

/* Signs and verifies with each algorithm of the spec, and refuses those of others. */
static void try_signing(const struct kms_spec *spec, const struct key_pair *pair, struct arena *arena)
{
        for (size_t i = 0; i < kms_signing_algorithm_spec_type.value_count; i++) {
                struct str name = kms_signing_algorithm_spec_type.values[i], signature;
                const struct kms_signing *how = kms_signing_find(name);
                uint8_t digest[DIGEST_MAX];
                bool is_own = kms_list_has(spec->signing, ARRAY_LEN(spec->signing), name), is_digest;
                struct str message = STR("a message");
                int r;

                assert_true(!how == IS_ABSENT(ABSENT_SIGNING, name));
                if (!how) {
                        assert_false(is_own);
                        continue;
                }
                assert_str(how->name, name);
                is_digest = how->scheme == SCHEME_ED25519PH;
                digest_of(how->digest, message, digest);
                if (is_digest)
                        message = str_make(digest, digest_len(how->digest));
                r = key_pair_sign(pair, how->scheme, how->digest, is_digest, message, arena, &signature);
                if (!is_own && spec->class == KMS_ECC && how->scheme == SCHEME_ECDSA)
                        continue; /* the curve could; the table does not let it */
                if (r == -ENOSYS && how->scheme == SCHEME_ED25519PH)
                        continue;
                assert_int_equal(r, is_own ? 0 : -EINVAL);
                if (is_own)
                        assert_int_equal(key_pair_verify(pair, how->scheme, how->digest, is_digest, message,
                                                         signature),
                                         0);
        }
}

static void try_pair(const struct kms_spec *spec)
{
        _cleanup_(key_pair_unrefp) struct key_pair *pair = NULL;
        struct arena arena;

        /* RSA keys differ in nothing but their length, and long ones take long to make. */
        if (!kms_spec_is_pair(spec) || spec->kind == KEY_RSA_3072 || spec->kind == KEY_RSA_4096)
                return;
        arena_init(&arena, (size_t)1 << 20);
        assert_int_equal(key_pair_make(spec->kind, &pair), 0);
        assert_int_equal(key_pair_kind(pair), spec->kind);
        try_signing(spec, pair, &arena);
        arena_done(&arena);
}

static void keys_can_do_what_is_said(void **state)
{
        (void)state;
        each(try_pair);
}

/* The digest of an algorithm is that of its name. */
static void digests_are_those_of_the_names(void **state)
{
        static const struct {
                struct str end;
                enum digest digest;
        } ENDS[] = {{STR_INIT("SHA_1"), DIGEST_SHA1},
                    {STR_INIT("SHA_224"), DIGEST_SHA224},
                    {STR_INIT("SHA_256"), DIGEST_SHA256},
                    {STR_INIT("SHA_384"), DIGEST_SHA384},
                    {STR_INIT("SHA_512"), DIGEST_SHA512}};
        const struct wire_type *const types[] = {&kms_signing_algorithm_spec_type,
                                                 &kms_mac_algorithm_spec_type,
                                                 &kms_encryption_algorithm_spec_type};

        (void)state;
        for (size_t t = 0; t < ARRAY_LEN(types); t++)
                for (size_t i = 0; i < types[t]->value_count; i++) {
                        struct str name = types[t]->values[i];
                        const struct kms_signing *how = kms_signing_find(name);
                        enum digest digest;

                        if (how)
                                digest = how->digest;
                        else if (!kms_mac_digest(name, &digest) && !kms_oaep_digest(name, &digest))
                                continue;
                        for (size_t k = 0; k < ARRAY_LEN(ENDS); k++)
                                if (str_ends(name, ENDS[k].end))
                                        assert_int_equal(digest, ENDS[k].digest);
                }
}

static void every_algorithm_is_of_a_spec(void **state)
{
        enum digest digest;

        (void)state;
        for (size_t i = 0; i < kms_mac_algorithm_spec_type.value_count; i++)
                assert_true(kms_mac_digest(kms_mac_algorithm_spec_type.values[i], &digest));
        assert_false(kms_mac_digest(STR("HMAC_SHA_1"), &digest));
        assert_false(kms_mac_digest(STR_NONE, &digest));
        for (size_t i = 0; i < kms_encryption_algorithm_spec_type.value_count; i++) {
                struct str name = kms_encryption_algorithm_spec_type.values[i];

                assert_true(kms_oaep_digest(name, &digest) ==
                            (!str_eq(name, KMS_DEFAULT) && !IS_ABSENT(ABSENT_ENCRYPTION, name)));
        }
        for (size_t i = 0; i < kms_wrapping_key_spec_type.value_count; i++) {
                const struct kms_spec *spec = kms_spec_find(kms_wrapping_key_spec_type.values[i]);

                if (spec)
                        assert_int_equal(spec->class, KMS_RSA);
                else
                        assert_true(IS_ABSENT(ABSENT_SPECS, kms_wrapping_key_spec_type.values[i]));
        }
        for (size_t i = 0; i < kms_data_key_pair_spec_type.value_count; i++)
                assert_true(has(&kms_key_spec_type, kms_data_key_pair_spec_type.values[i]));
}

static void lists_end_where_nothing_stands(void **state)
{
        static const struct str LIST[3] = {STR_INIT("a"), STR_INIT("b")};

        (void)state;
        assert_int_equal(kms_list_len(LIST, 3), 2);
        assert_int_equal(kms_list_len(LIST, 1), 1);
        assert_int_equal(kms_list_len(LIST, 0), 0);
        assert_true(kms_list_has(LIST, 3, STR("b")));
        assert_false(kms_list_has(LIST, 1, STR("b")));
        assert_false(kms_list_has(LIST, 3, STR("")));
        assert_false(kms_list_has(LIST, 3, STR_NONE));
        assert_false(kms_list_has(NULL, 0, STR("a")));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_spec_is_there_or_meant_to_be_absent),
                cmocka_unit_test(lists_are_of_the_names_that_there_are),
                cmocka_unit_test(material_fits),
                cmocka_unit_test(pairs_are_of_different_kinds),
                cmocka_unit_test(keys_can_do_what_is_said),
                cmocka_unit_test(digests_are_those_of_the_names),
                cmocka_unit_test(every_algorithm_is_of_a_spec),
                cmocka_unit_test(lists_end_where_nothing_stands),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
