/* Names, ARNs, the rules of passwords: what needs no store. */
#include <setjmp.h>
#include <stdarg.h>

#include "services/iam/entity.h"
#include "services/iam/password_rules.h"

#include <cmocka.h>

#define assert_str(got, want)                                                                                \
        do {                                                                                                 \
                struct str got_ = (got);                                                                     \
                assert_int_equal(got_.len, strlen(want));                                                    \
                assert_memory_equal(got_.ptr, want, got_.len);                                               \
        } while (0)

static void test_arns_are_made_of_path_and_name(void **state)
{
        struct arena arena;

        (void)state;
        arena_init(&arena, 4096);
        assert_str(iam_arn(&arena, STR("123456789012"), "user", STR("/"), STR("bob")),
                   "arn:aws:iam::123456789012:user/bob");
        assert_str(iam_arn(&arena, STR("123456789012"), "instance-profile", STR("/a/b/"), STR("p")),
                   "arn:aws:iam::123456789012:instance-profile/a/b/p");
        assert_str(iam_path(STR_NONE), "/");
        assert_str(iam_path(STR("/x/")), "/x/");
        arena_done(&arena);
}

static void test_arns_are_taken_apart(void **state)
{
        struct iam_arn_parts parts;

        (void)state;
        assert_int_equal(iam_arn_parse(STR("arn:aws:iam::123456789012:role/a/b/c"), &parts), 0);
        assert_str(parts.account, "123456789012");
        assert_str(parts.kind, "role");
        assert_str(parts.path, "/a/b/");
        assert_str(parts.name, "c");
        assert_int_equal(iam_arn_parse(STR("arn:aws:iam::aws:policy/ReadOnlyAccess"), &parts), 0);
        assert_str(parts.account, "aws");
        assert_str(parts.path, "/");
}

static void test_what_is_no_arn_of_iam_is_refused(void **state)
{
        static const char *const bad[] = {
                "",
                "bob",
                "arn:aws:iam::123456789012:root",
                "arn:aws:iam::123456789012:user/",
                "arn:aws:iam::1:",
                "arn:aws:iam::123456789012",
                "arn:aws:s3:::bucket/key",
                "arn:aws:iam:::user/bob",
                "arn:aws:iam::123456789012:/bob",
                "arn:aws:sts::123456789012:assumed-role/r/s",
        };
        struct iam_arn_parts parts;

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(bad); i++)
                assert_int_equal(iam_arn_parse(str_of(bad[i]), &parts), -EINVAL);
}

static void test_the_order_of_names_puts_case_last(void **state)
{
        (void)state;
        assert_true(iam_name_cmp(STR("a"), STR("B")) < 0);
        assert_true(iam_name_cmp(STR("A"), STR("a")) < 0);
        assert_true(iam_name_cmp(STR("ab"), STR("A")) > 0);
        assert_true(iam_name_cmp(STR("aws-role"), STR("AWSService")) < 0);
        assert_int_equal(iam_name_cmp(STR("x"), STR("x")), 0);
        assert_true(iam_name_cmp(STR(""), STR("x")) < 0);
}

static void test_default_password_policy(void **state)
{
        (void)state;
        assert_null(iam_password_problem(NULL, STR("unit"), STR("Abcdefg1")));
        assert_null(iam_password_problem(NULL, STR("unit"), STR("abcdefg1 ")));
        assert_non_null(iam_password_problem(NULL, STR("unit"), STR("Abcdef1")));
        assert_non_null(iam_password_problem(NULL, STR("unit"), STR("abcdefg1")));
        assert_non_null(iam_password_problem(NULL, STR("My-Account1"), STR("My-Account1")));
        assert_null(iam_password_problem(NULL, STR_NONE, STR("My-Account1")));
}

static void test_custom_password_policy(void **state)
{
        struct iam_password_policy_record policy = {.minimum_length = OPT_INT(6)};

        (void)state;
        assert_null(iam_password_problem(&policy, STR("unit"), STR("aaaaaa")));
        assert_non_null(iam_password_problem(&policy, STR("unit"), STR("aaaaa")));
        policy.require_symbols = OPT_BOOL(true);
        assert_non_null(iam_password_problem(&policy, STR("unit"), STR("aaaaaa~")));
        assert_null(iam_password_problem(&policy, STR("unit"), STR("aaaaaa|")));
        policy.require_uppercase = OPT_BOOL(true);
        assert_string_equal(iam_password_problem(&policy, STR("unit"), STR("aaaaaa|")),
                            "Password should have at least one uppercase letter");
        policy.require_numbers = OPT_BOOL(true);
        assert_null(iam_password_problem(&policy, STR("unit"), STR("aaaaA7|")));
        policy.require_lowercase = OPT_BOOL(true);
        assert_non_null(iam_password_problem(&policy, STR("unit"), STR("AAAAA7|")));
        /* Characters count, not bytes. */
        policy = (struct iam_password_policy_record){.minimum_length = OPT_INT(6)};
        assert_non_null(
                iam_password_problem(&policy, STR("unit"), STR("\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4")));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_arns_are_made_of_path_and_name),
                cmocka_unit_test(test_arns_are_taken_apart),
                cmocka_unit_test(test_what_is_no_arn_of_iam_is_refused),
                cmocka_unit_test(test_the_order_of_names_puts_case_last),
                cmocka_unit_test(test_default_password_policy),
                cmocka_unit_test(test_custom_password_policy),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
