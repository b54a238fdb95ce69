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
#define PLENTY                                                                                               \
        {                                                                                                    \
                .left_ns = INT64_C(60000000000), .each_ns = INT64_C(60000000000)                             \
        }

static bool matches(const char *text, const char *subject)
{
        struct regex_budget budget = PLENTY;
        struct regex *regex;
        int found;

        assert_int_equal(regex_compile(str_of(text), &budget, &regex), 0);
        found = regex_match(regex, str_of(subject));
        regex_free(regex);
        assert_true(budget.left_ns > 0);
        assert_true(found == 0 || found == 1);
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
        struct regex_budget budget = {.left_ns = 1, .each_ns = 1};
        struct regex *regex;

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(WRONG); i++)
                assert_int_equal(regex_compile(str_of(WRONG[i]), &budget, &regex), -EINVAL);
}

static void groups_are_captured(void **state)
{
        struct regex_budget budget = PLENTY;
        struct str groups[3];
        struct regex *regex;

        (void)state;
        assert_int_equal(regex_compile_groups(STR("user=(?<user>[a-z]+)( |$)(x)?"), &budget, &regex), 0);
        assert_int_equal(regex_group_count(regex), 3);
        assert_true(str_eq(regex_group_name(regex, 0), STR("user")));
        assert_int_equal(regex_capture(regex, STR("at nobody now"), groups, 3), 0);
        assert_int_equal(regex_capture(regex, STR("at user=bob now"), groups, 3), 1);
        assert_true(str_eq(groups[0], STR("bob")));
        assert_true(str_eq(groups[1], STR(" ")));
        assert_false(str_is_set(groups[2]));
        regex_free(regex);
}

static char *long_subject(void)
{
        char *subject = malloc(LONG_LEN);

        assert_non_null(subject);
        memset(subject, 'x', LONG_LEN);
        return subject;
}

/* Each place takes some time; all of them would take days. */
static void what_would_take_days_is_not_decided(void **state)
{
        struct regex_budget budget = {.left_ns = INT64_C(10000000), .each_ns = INT64_C(60000000000)};
        char *subject = long_subject();
        struct regex *slow, *quick;
        struct str group;

        (void)state;
        assert_int_equal(regex_compile_groups(STR("(x*x*)[yz]"), &budget, &slow), 0);
        assert_int_equal(regex_compile(STR("x"), &budget, &quick), 0);
        assert_int_equal(regex_match(quick, STR("x")), 1);
        assert_int_equal(regex_match(slow, str_make(subject, LONG_LEN)), -ETIME);
        assert_true(budget.left_ns <= 0);
        assert_int_equal(regex_match(quick, STR("x")), -ETIME);
        assert_int_equal(regex_capture(slow, STR("xy"), &group, 1), -ETIME);
        regex_free(slow);
        regex_free(quick);
        free(subject);
}

static void one_that_takes_long_leaves_time_for_the_next(void **state)
{
        struct regex_budget budget = {.left_ns = INT64_C(60000000000), .each_ns = INT64_C(5000000)};
        char *subject = long_subject();
        struct regex *slow;

        (void)state;
        assert_int_equal(regex_compile(STR("x*x*[yz]"), &budget, &slow), 0);
        for (size_t i = 0; i < 3; i++) {
                regex_budget_next(&budget);
                assert_int_equal(regex_match(slow, str_make(subject, LONG_LEN)), -E2BIG);
                assert_int_equal(regex_match(slow, STR("xy")), -E2BIG); /* of the same */
                regex_budget_next(&budget);
                assert_int_equal(regex_match(slow, STR("xy")), 1);
        }
        assert_true(budget.left_ns > INT64_C(50000000000));
        regex_free(slow);
        free(subject);
}

/* A step back for each byte is no reason to give up. */
static void long_ones_are_decided(void **state)
{
        struct regex_budget budget = PLENTY;
        char *subject = long_subject();
        struct regex *regex;

        (void)state;
        assert_int_equal(regex_compile(STR("a.*b"), &budget, &regex), 0);
        assert_int_equal(regex_match(regex, str_make(subject, LONG_LEN)), 0);
        subject[0] = 'a';
        assert_int_equal(regex_match(regex, str_make(subject, LONG_LEN)), 0);
        subject[10] = 'b';
        assert_int_equal(regex_match(regex, str_make(subject, LONG_LEN)), 1);
        regex_free(regex);
        free(subject);
}

/* It would take more memory than one may. */
static void too_deep_is_not_decided(void **state)
{
        struct regex_budget budget = PLENTY;
        char *subject = long_subject();
        struct regex *regex;

        (void)state;
        assert_int_equal(regex_compile(STR("(?:x|y)*[zw]"), &budget, &regex), 0);
        assert_int_equal(regex_match(regex, str_make(subject, LONG_LEN)), -E2BIG);
        assert_int_equal(regex_match(regex, STR("xyxz")), 1);
        regex_free(regex);
        free(subject);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(they_match),
                cmocka_unit_test(what_is_none_is_refused),
                cmocka_unit_test(groups_are_captured),
                cmocka_unit_test(what_would_take_days_is_not_decided),
                cmocka_unit_test(one_that_takes_long_leaves_time_for_the_next),
                cmocka_unit_test(long_ones_are_decided),
                cmocka_unit_test(too_deep_is_not_decided),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
