/* Regular expressions of strangers: they match what they should, and end. */
#include "wire/regex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LONG_LEN ((size_t)1024 * 1024)

static bool matches(const char *text, const char *subject)
{
        struct regex_budget budget = {INT64_C(60000000000)};
        struct regex *regex;
        bool found;

        assert_int_equal(regex_compile(str_of(text), &budget, &regex), 0);
        found = regex_match(regex, str_of(subject));
        regex_free(regex);
        assert_true(budget.left_ns > 0);
        return found;
}

static void they_match(void **state)
{
        (void)state;
        assert_true(matches("b+", "abbc"));
        assert_true(matches("x|c$", "abbc"));
        assert_true(matches("^a.*c$", "ab\nc"));
        assert_true(matches("", ""));
        assert_false(matches("^b", "abbc"));
        assert_false(matches("x|y", "abbc"));
        assert_true(matches("|x", "abbc"));
        assert_true(matches("(?i)ABB", "abbc"));
}

static void what_is_none_is_refused(void **state)
{
        static const char *const WRONG[] = {"(", "*a", "+", "[a", "(*UTF)a", "\\"};
        struct regex_budget budget = {1};
        struct regex *regex;

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(WRONG); i++)
                assert_int_equal(regex_compile(str_of(WRONG[i]), &budget, &regex), -EINVAL);
}

static void groups_are_captured(void **state)
{
        struct regex_budget budget = {INT64_C(60000000000)};
        struct str groups[3];
        struct regex *regex;

        (void)state;
        assert_int_equal(regex_compile_groups(STR("user=(?<user>[a-z]+)( |$)(x)?"), &budget, &regex), 0);
        assert_int_equal(regex_group_count(regex), 3);
        assert_true(str_eq(regex_group_name(regex, 0), STR("user")));
        assert_true(regex_capture(regex, STR("at user=bob now"), groups, 3));
        assert_true(str_eq(groups[0], STR("bob")));
        assert_true(str_eq(groups[1], STR(" ")));
        assert_false(str_is_set(groups[2]));
        regex_free(regex);
}

/* Each place is within the limit of its steps; all of them would take days. */
static void what_would_take_days_ends(void **state)
{
        struct regex_budget budget = {INT64_C(10000000)};
        char *subject = malloc(LONG_LEN);
        struct regex *slow, *quick;

        (void)state;
        assert_non_null(subject);
        memset(subject, 'x', LONG_LEN);
        assert_int_equal(regex_compile(STR("x*x*[yz]"), &budget, &slow), 0);
        assert_int_equal(regex_compile(STR("x"), &budget, &quick), 0);
        assert_true(regex_match(quick, STR("x")));
        assert_false(regex_match(slow, str_make(subject, LONG_LEN)));
        assert_true(budget.left_ns <= 0);
        assert_false(regex_match(quick, STR("x")));
        regex_free(slow);
        regex_free(quick);
        free(subject);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(they_match),
                cmocka_unit_test(what_is_none_is_refused),
                cmocka_unit_test(groups_are_captured),
                cmocka_unit_test(what_would_take_days_ends),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
