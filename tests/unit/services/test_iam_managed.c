/* The table of AWS managed policies: whole, sorted, found by ARN, and every document a policy. */
#include "base/arena.h"
#include "policy/policy.h"
#include "services/iam/managed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct str arn_of(struct arena *arena, const struct managed_policy *policy)
{
        return arena_printf(arena, "arn:aws:iam::aws:policy%.*s%.*s", STR_ARG(policy->path),
                            STR_ARG(policy->name));
}

static void test_each_is_found_by_its_arn(void **state)
{
        struct arena arena;

        (void)state;
        arena_init(&arena, 1 << 20);
        assert_true(managed_policy_count > 500);
        for (size_t i = 0; i < managed_policy_count; i++)
                assert_ptr_equal(managed_policy_find(arn_of(&arena, &managed_policies[i])),
                                 &managed_policies[i]);
        arena_done(&arena);
}

static void test_others_are_not(void **state)
{
        static const char *const NOT[] = {
                "",
                "arn:aws:iam::aws:policy/",
                "arn:aws:iam::aws:policy",
                "arn:aws:iam::aws:policy/administratoraccess",
                "arn:aws:iam::aws:policy/AdministratorAccess/",
                "arn:aws:iam::aws:policy//AdministratorAccess",
                "arn:aws:iam::aws:policy/AdministratorAcces",
                "arn:aws:iam::aws:policy/AdministratorAccesss",
                "arn:aws:iam::aws:policy/Billing",
                "arn:aws:iam::aws:policy/service-role/Billing",
                "arn:aws:iam::123456789012:policy/AdministratorAccess",
                "arn:aws:iam::aws:role/AdministratorAccess",
                "arn:aws:iam::aws:policy/zzz",
                "arn:aws:iam::aws:policy/0",
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(NOT); i++)
                assert_null(managed_policy_find(str_of(NOT[i])));
        assert_non_null(managed_policy_find(STR("arn:aws:iam::aws:policy/job-function/Billing")));
}

static void test_places_by_name(void **state)
{
        size_t at = managed_policy_at(STR("AdministratorAccess"));

        (void)state;
        assert_true(str_eq(managed_policies[at].name, STR("AdministratorAccess")));
        assert_int_equal(managed_policy_at(STR("ADMINISTRATORACCESS")), at);
        assert_int_equal(managed_policy_at(STR("AdministratorAccess+")), at + 1);
        assert_int_equal(managed_policy_at(STR("")), 0);
        assert_int_equal(managed_policy_at(STR("zzzz")), managed_policy_count);
}

static void test_each_is_whole(void **state)
{
        char problem[POLICY_PROBLEM_MAX];

        (void)state;
        for (size_t i = 0; i < managed_policy_count; i++) {
                const struct managed_policy *one = &managed_policies[i];
                struct policy *policy = NULL;

                assert_true(str_starts(one->path, STR("/")) && str_ends(one->path, STR("/")));
                assert_true(str_starts(one->id, STR("ANPA")) && one->id.len == 21);
                assert_true(one->version >= 1 && one->created_ms <= one->updated_ms);
                assert_int_equal(policy_compile(one->document, POLICY_IDENTITY, &policy, problem), 0);
                policy_free(policy);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_each_is_found_by_its_arn),
                cmocka_unit_test(test_others_are_not),
                cmocka_unit_test(test_places_by_name),
                cmocka_unit_test(test_each_is_whole),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
