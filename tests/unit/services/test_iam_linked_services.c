/* The services that have a role of their own. */
#include "services/iam/linked_services.h"
#include "services/iam/managed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_found_by_name(void **state)
{
        static const char *const SOME[] = {
                "access-analyzer.amazonaws.com", "autoscaling.amazonaws.com", "config.amazonaws.com",
                "guardduty.amazonaws.com",       "waf.amazonaws.com",         "wafv2.amazonaws.com"};

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(SOME); i++) {
                const struct iam_linked_service *service = iam_linked_service_find(str_of(SOME[i]));

                assert_non_null(service);
                assert_true(str_eq(service->name, str_of(SOME[i])));
                assert_true(str_starts(service->role_name, STR("AWSServiceRoleFor")));
        }
        assert_null(iam_linked_service_find(STR("")));
        assert_null(iam_linked_service_find(STR("autoscaling")));
        assert_null(iam_linked_service_find(STR("nothing.amazonaws.com")));
}

static void test_its_policy_is_in_the_table(void **state)
{
        const struct iam_linked_service *service = iam_linked_service_find(STR("securityhub.amazonaws.com"));
        struct arena arena;

        (void)state;
        arena_init(&arena, 4096);
        assert_non_null(managed_policy_find(arena_printf(
                &arena, "arn:aws:iam::aws:policy/aws-service-role/%.*s", STR_ARG(service->policy_name))));
        assert_true(str_eq(iam_linked_role_name(&arena, service, STR("x")),
                           STR("AWSServiceRoleForSecurityHub_x")));
        assert_true(
                str_eq(iam_linked_role_name(&arena, service, STR_NONE), STR("AWSServiceRoleForSecurityHub")));
        arena_done(&arena);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_found_by_name),
                cmocka_unit_test(test_its_policy_is_in_the_table),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
