/* Published vectors: Project Wycheproof, rsa_oaep_2048_sha256_mgf1sha256_test.json, tcId 1 and 4. */
#include "key_vectors.h"

static struct arena arena;
static struct key_pair *pair;

static int set_up(void **state)
{
        (void)state;
        arena_init(&arena, (size_t)1 << 24);
        pair = rsa_pair(&arena);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        key_pair_unref(pair);
        arena_done(&arena);
        return 0;
}

static void assert_decrypts(enum digest digest, struct str sealed, struct str expected)
{
        _cleanup_(secret_done) struct secret clear = {};

        assert_int_equal(key_pair_decrypt(pair, digest, sealed, &clear), 0);
        assert_true(secret_equal(secret_str(&clear), expected));
}

static void assert_refused(enum digest digest, struct str sealed)
{
        struct secret clear = {};

        assert_int_equal(key_pair_decrypt(pair, digest, sealed, &clear), -EBADMSG);
        assert_null(clear.bytes);
}

static const char SEALED[] =
        "0da290b0bf71a1141b2adc62b5b42b07fc52520cb05d1f39ccca7b7c22d379a6c2f2d93143d057050140527a1e563824"
        "3938b531ec3de7014b0151301e49b9fa433482a02abdfd94193dc9c70157e557776a69ded01ecbeac405133595c61165"
        "a428b6284729a4746b47d2bbaca9d7432c3b5693591cfee488eb3c68ddb6cde0dd61cfc6952423f994abecee34f56837"
        "32b29934a2c498ad48cdd30c149177189f48eefd9cc7232df18be11ff5f7e3af7319e3115997c599e2d8f7f4f663dcc4"
        "0032d403436d3058a5ea66473660f0e195281ec6eba997d2a951ca6ca5f3c112715c89da1d3dfb20a21940594ed10ade"
        "90ed7452b753757d7241cb8a803c373a";
static const char EMPTY_SEALED[] =
        "6e62bf24d95aff6868afec2a92a445b6458f16f688c19fe1212f66a63137831653cedd359d8cff4dd485d77dfd55812c"
        "181373201f54aafd65730d2a304e623455d51125d891e65d97fce52341cae45fb64c38a384a1c621e2713ee6794633f0"
        "29a9fd4d774f56551eac2176162e162640f25eab873a3451c475570f19228bcede4c67c370a75ed7fabccd538c9819ef"
        "f182481b10d42f1a9f6a05373b8cf9b71818d467bd3b8ebacb619e8ad42916e600c043effceb3855bc48a629e60ae886"
        "f51b2a7876b0e623fb2ce68af4b039242f963adb0e4240aed0ed07f65f1ee7c0cc77d210d0c2d1dc10c81b881aa0c9c9"
        "e9499665cf2970d2ccfeeb3191531765";

static void test_published(void **state)
{
        (void)state;
        assert_decrypts(DIGEST_SHA256, unhex(&arena, SEALED), STR("123400"));
        assert_decrypts(DIGEST_SHA256, unhex(&arena, EMPTY_SEALED), STR(""));
}

static void test_any_change_is_refused(void **state)
{
        struct str sealed = unhex(&arena, SEALED);

        (void)state;
        for (size_t bit = 0; bit < sealed.len * 8; bit += 31)
                assert_refused(DIGEST_SHA256, turned(&arena, sealed, bit));
        assert_refused(DIGEST_SHA1, sealed);
        assert_refused(DIGEST_SHA512, sealed);
        assert_refused(DIGEST_SHA256, str_part(sealed, 0, sealed.len - 1));
        assert_refused(DIGEST_SHA256, str_from(sealed, 1));
        assert_refused(DIGEST_SHA256, joined(&arena, STR("\0"), sealed));
        assert_refused(DIGEST_SHA256, joined(&arena, sealed, STR("\0")));
        assert_refused(DIGEST_SHA256, STR_NONE);
}

/* A zero at the front is part of it: RFC 8017, 7.1.2, step 1. */
static void test_leading_zero_is_part_of_it(void **state)
{
        struct str sealed = STR("\1");

        (void)state;
        while (sealed.ptr[0] != 0) {
                arena_reset(&arena);
                assert_int_equal(key_pair_encrypt(pair, DIGEST_SHA256, STR("clear"), &arena, &sealed), 0);
        }
        assert_decrypts(DIGEST_SHA256, sealed, STR("clear"));
        assert_refused(DIGEST_SHA256, str_from(sealed, 1));
}

/* 2048 bits: 256 - 2 * digest - 2 bytes are the most. */
static void test_lengths(void **state)
{
        static const enum digest DIGESTS[] = {DIGEST_SHA1, DIGEST_SHA256, DIGEST_SHA384, DIGEST_SHA512};
        char clear[256] = "a secret";

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(DIGESTS); i++) {
                size_t most = 256 - 2 * digest_len(DIGESTS[i]) - 2;
                struct str sealed = STR_NONE;

                assert_int_equal(
                        key_pair_encrypt(pair, DIGESTS[i], str_make(clear, most + 1), &arena, &sealed),
                        -EMSGSIZE);
                assert_false(str_is_set(sealed));
                assert_int_equal(key_pair_encrypt(pair, DIGESTS[i], str_make(clear, most), &arena, &sealed),
                                 0);
                assert_int_equal(sealed.len, 256);
                assert_decrypts(DIGESTS[i], sealed, str_make(clear, most));
                assert_int_equal(key_pair_encrypt(pair, DIGESTS[i], STR_NONE, &arena, &sealed), 0);
                assert_decrypts(DIGESTS[i], sealed, STR(""));
        }
}

static void test_no_two_are_equal(void **state)
{
        struct str one, two;

        (void)state;
        assert_int_equal(key_pair_encrypt(pair, DIGEST_SHA256, STR("clear"), &arena, &one), 0);
        assert_int_equal(key_pair_encrypt(pair, DIGEST_SHA256, STR("clear"), &arena, &two), 0);
        assert_false(str_eq(one, two));
}

static void test_only_rsa(void **state)
{
        _cleanup_(key_pair_unrefp) struct key_pair *p256 = pair_of(&arena, KEY_P256, RFC_6979_P256);
        struct str sealed = STR_NONE;
        struct secret clear = {};

        (void)state;
        assert_int_equal(key_pair_encrypt(p256, DIGEST_SHA256, STR("clear"), &arena, &sealed), -EINVAL);
        assert_int_equal(key_pair_decrypt(p256, DIGEST_SHA256, unhex(&arena, SEALED), &clear), -EINVAL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_published), cmocka_unit_test(test_any_change_is_refused),
                cmocka_unit_test(test_lengths),   cmocka_unit_test(test_no_two_are_equal),
                cmocka_unit_test(test_only_rsa),  cmocka_unit_test(test_leading_zero_is_part_of_it),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
