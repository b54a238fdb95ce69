#include "auth/auth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static struct arena arena;

static void assert_account(const char *key_id, const char *account)
{
        struct str found;

        assert_int_equal(auth_account_of_key(str_of(key_id), &arena, &found), 0);
        assert_true(str_eq(found, str_of(account)));
}

/* Ids of AWS whose accounts are known from publications on this scheme. */
static void test_known_ids(void **state)
{
        (void)state;
        assert_account("ASIAY34FZKBOKMUTVV7A", "609629065308");
        assert_account("ASIAQNZGKIQY56JQ7WML", "029608264753");
}

static void test_made_ids(void **state)
{
        static const char *const ACCOUNTS[] = {"000000000000", "000000000001", "123456789012",
                                               "999999999999"};

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ACCOUNTS); i++)
                for (int n = 0; n < 100; n++) {
                        struct str id = auth_make_access_key_id(STR("AKIA"), str_of(ACCOUNTS[i]), &arena);

                        assert_int_equal(id.len, 20);
                        assert_true(str_starts(id, STR("AKIA")));
                        assert_account(arena_cstr(&arena, id), ACCOUNTS[i]);
                }
        assert_false(str_eq(auth_make_access_key_id(STR("ASIA"), STR("123456789012"), &arena),
                            auth_make_access_key_id(STR("ASIA"), STR("123456789012"), &arena)));
}

static void test_ids_that_do_not_tell(void **state)
{
        static const char *const BAD[] = {"",
                                          "AKIA",
                                          "AKIAIOSFODNN7EXAMPLE" /* of before 2019 */,
                                          "AKIAY34FZKBOKMUTVV7",
                                          "AKIAY34FZKBOKMUTVV7AA",
                                          "AKIAY34FZKBOKMUTVV71",
                                          "akiay34fzkbokmutvv7a",
                                          "AKIA7777777777777777" /* an account of more than 12 digits */};
        struct str found;

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(BAD); i++)
                assert_int_equal(auth_account_of_key(str_of(BAD[i]), &arena, &found), -ENOENT);
}

static int set_up(void **state)
{
        (void)state;
        arena_init(&arena, (size_t)1 << 20);
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        arena_done(&arena);
        return 0;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_known_ids),
                cmocka_unit_test(test_made_ids),
                cmocka_unit_test(test_ids_that_do_not_tell),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
