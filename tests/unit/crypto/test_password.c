#include "crypto/keyring.h"
#include "crypto/password.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void test_same_salt_tells_equal_passwords(void **state)
{
        struct arena arena;
        struct str stored = STR_NONE, again = STR_NONE, other = STR_NONE;

        (void)state;
        arena_init(&arena, 1 << 16);
        assert_int_equal(password_hash(&arena, STR("correct horse"), STR_NONE, &stored), 0);
        assert_int_equal(stored.len, PASSWORD_HASH_LEN);
        assert_int_equal(password_hash(&arena, STR("correct horse"), stored, &again), 0);
        assert_int_equal(password_hash(&arena, STR("correct horsf"), stored, &other), 0);
        assert_true(secret_equal(stored, again));
        assert_false(secret_equal(stored, other));
        arena_done(&arena);
}

static void test_salts_differ_and_the_password_is_not_in_the_hash(void **state)
{
        struct arena arena;
        struct str one = STR_NONE, two = STR_NONE;

        (void)state;
        arena_init(&arena, 1 << 16);
        assert_int_equal(password_hash(&arena, STR("swordfish"), STR_NONE, &one), 0);
        assert_int_equal(password_hash(&arena, STR("swordfish"), STR_NONE, &two), 0);
        assert_false(secret_equal(one, two));
        assert_int_equal(str_find(one, STR("swordfish")), -1);
        arena_done(&arena);
}

static void test_damaged_hash_is_refused(void **state)
{
        struct arena arena;
        struct str ret = STR_NONE;

        (void)state;
        arena_init(&arena, 1 << 16);
        assert_int_equal(password_hash(&arena, STR("x"), STR("short"), &ret), -EBADMSG);
        assert_int_equal(password_hash(&arena, STR("x"),
                                       STR("0123456789012345678901234567890123456789012345678901"), &ret),
                         -EBADMSG);
        arena_done(&arena);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_same_salt_tells_equal_passwords),
                cmocka_unit_test(test_salts_differ_and_the_password_is_not_in_the_hash),
                cmocka_unit_test(test_damaged_hash_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
