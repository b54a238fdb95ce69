/* What is left out is counted, each kind under a name of its own. */
#include "base/losses.h"

#include "../check.h"

static void each_has_its_own_count(void **state)
{
        struct losses losses = {};

        (void)state;
        losses_add(&losses, LOSS_NOTES, 2);
        losses_add(&losses, LOSS_NOTES, 3);
        losses_add(&losses, LOSS_WAKE_UPS, 1);
        losses_add(NULL, LOSS_NOTES, 1); /* nobody counts */
        for (enum loss loss = 0; loss < LOSS_KINDS; loss++)
                assert_int_equal(losses_get(&losses, loss), loss == LOSS_NOTES ? 5 : loss == LOSS_WAKE_UPS);
}

static void each_has_a_name(void **state)
{
        (void)state;
        for (enum loss loss = 0; loss < LOSS_KINDS; loss++) {
                assert_true(loss_name(loss).len > 0);
                for (enum loss other = 0; other < loss; other++)
                        assert_false(str_eq(loss_name(loss), loss_name(other)));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_has_its_own_count),
                cmocka_unit_test(each_has_a_name),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
