/* Published vectors: RFC 5649, section 6. */
#include "bytes.h"

#include "crypto/key_wrap.h"

static struct arena arena;

static int set_up(void **state)
{
        (void)state;
        arena_init(&arena, (size_t)1 << 22);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        arena_done(&arena);
        return 0;
}

#define KEK "5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8"

static void assert_unwraps(struct str kek, struct str wrapped, struct str expected)
{
        _cleanup_(secret_done) struct secret clear = {};

        assert_int_equal(key_unwrap(kek, wrapped, &clear), 0);
        assert_true(secret_equal(secret_str(&clear), expected));
}

static void assert_refused(struct str kek, struct str wrapped, int error)
{
        struct secret clear = {};

        assert_int_equal(key_unwrap(kek, wrapped, &clear), error);
        assert_null(clear.bytes);
}

static void test_published(void **state)
{
        static const struct {
                const char *clear, *wrapped;
        } VECTORS[] = {
                {"c37b7e6492584340bed12207808941155068f738",
                 "138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a"},
                {"466f7250617369", "afbeb0f07dfbf5419200f2ccb50bb24f"},
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(VECTORS); i++) {
                struct str wrapped;

                assert_int_equal(
                        key_wrap(unhex(&arena, KEK), unhex(&arena, VECTORS[i].clear), &arena, &wrapped), 0);
                assert_hex(&arena, wrapped, VECTORS[i].wrapped);
                assert_unwraps(unhex(&arena, KEK), wrapped, unhex(&arena, VECTORS[i].clear));
        }
}

static void test_all_lengths(void **state)
{
        static const size_t KEK_LENGTHS[] = {16, 24, 32};
        char kek[32] = "a key that wraps other keys....", clear[80] = "a key that is wrapped";

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(KEK_LENGTHS); i++)
                for (size_t len = 1; len <= sizeof(clear); len++) {
                        struct str wrapped, key = str_make(kek, KEK_LENGTHS[i]);

                        assert_int_equal(key_wrap(key, str_make(clear, len), &arena, &wrapped), 0);
                        assert_int_equal(wrapped.len, (len + 7) / 8 * 8 + 8);
                        assert_unwraps(key, wrapped, str_make(clear, len));
                }
}

static void test_any_change_is_refused(void **state)
{
        struct str kek = unhex(&arena, KEK), wrapped;

        (void)state;
        assert_int_equal(key_wrap(kek, STR("nineteen bytes long"), &arena, &wrapped), 0);
        for (size_t bit = 0; bit < wrapped.len * 8; bit++)
                assert_refused(kek, turned(&arena, wrapped, bit), -EBADMSG);
        for (size_t len = 0; len < wrapped.len; len++)
                assert_refused(kek, str_part(wrapped, 0, len), -EBADMSG);
        assert_refused(turned(&arena, kek, 0), wrapped, -EBADMSG);
}

static void test_wrong_lengths(void **state)
{
        struct str wrapped, endless = {KEK, ((size_t)1 << 30) + 1};

        (void)state;
        assert_int_equal(key_wrap(STR("short"), STR("clear"), &arena, &wrapped), -EINVAL);
        assert_int_equal(key_wrap(STR_NONE, STR("clear"), &arena, &wrapped), -EINVAL);
        assert_refused(STR("seventeen bytes.."), unhex(&arena, "afbeb0f07dfbf5419200f2ccb50bb24f"), -EINVAL);
        assert_int_equal(key_wrap(unhex(&arena, KEK), STR(""), &arena, &wrapped), -EINVAL);
        assert_int_equal(key_wrap(unhex(&arena, KEK), endless, &arena, &wrapped), -EMSGSIZE);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_published),
                cmocka_unit_test(test_all_lengths),
                cmocka_unit_test(test_any_change_is_refused),
                cmocka_unit_test(test_wrong_lengths),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
