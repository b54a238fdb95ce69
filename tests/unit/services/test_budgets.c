/* Budgets of time: used, paid back, of each name its own. */
#include "../check.h"

#include "services/budgets.h"

#define S INT64_C(1000000000)

static void used_and_paid_back(void **state)
{
        struct budgets *budgets;

        (void)state;
        assert_true(budgets_may(NULL, STR("a"), 0));
        budgets_use(NULL, STR("a"), S, 0);
        assert_int_equal(budgets_new(10, 2 * S, 50, &budgets), 0);
        assert_true(budgets_may(budgets, STR("a"), 0));
        budgets_use(budgets, STR("a"), S, 0);
        assert_true(budgets_may(budgets, STR("a"), 0));
        budgets_use(budgets, STR("a"), S, 0);
        assert_false(budgets_may(budgets, STR("a"), 0));
        assert_true(budgets_may(budgets, STR("b"), 0));
        assert_true(budgets_may(budgets, STR("a"), S));
        budgets_use(budgets, STR("a"), 10 * S, S); /* eleven and a half */
        assert_false(budgets_may(budgets, STR("a"), 19 * S));
        assert_true(budgets_may(budgets, STR("a"), 21 * S));
        budgets_free(budgets);
        budgets_free(NULL);
}

static void no_more_names_than_there_is_room_for(void **state)
{
        struct budgets *budgets;
        char name[8];

        (void)state;
        assert_int_equal(budgets_new(3, S, 100, &budgets), 0);
        for (int i = 0; i < 100; i++) {
                (void)snprintf(name, sizeof(name), "n%d", i);
                budgets_use(budgets, str_of(name), 5 * S, 0);
        }
        assert_false(budgets_may(budgets, STR("n2"), 0));
        assert_true(budgets_may(budgets, STR("n3"), 0)); /* not counted */
        budgets_use(budgets, STR("n3"), 5 * S, 10 * S);  /* those that owe nothing any more make room */
        assert_false(budgets_may(budgets, STR("n3"), 10 * S));
        budgets_free(budgets);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(used_and_paid_back),
                cmocka_unit_test(no_more_names_than_there_is_room_for),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
