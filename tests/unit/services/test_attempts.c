/* Wrong guesses use up attempts, for a while, of one name. */
#include "../check.h"

#include "services/attempts.h"

static void ten_and_no_more(void **state)
{
        struct attempts *attempts;

        (void)state;
        assert_int_equal(attempts_new(100, ATTEMPTS_MAX, &attempts), 0);
        for (int i = 0; i < ATTEMPTS_MAX; i++) {
                assert_true(attempts_may(attempts, STR("a"), 1000 + i));
                attempts_failed(attempts, STR("a"), 1000 + i);
        }
        assert_false(attempts_may(attempts, STR("a"), 1000 + ATTEMPTS_WINDOW_S - 1));
        assert_true(attempts_may(attempts, STR("b"), 1010));
        assert_true(attempts_may(attempts, STR("a"), 1000 + ATTEMPTS_WINDOW_S));
        attempts_free(attempts);
}

static void asking_uses_up_nothing(void **state)
{
        struct attempts *attempts;

        (void)state;
        assert_int_equal(attempts_new(1, ATTEMPTS_MAX, &attempts), 0);
        for (int i = 0; i < 3 * ATTEMPTS_MAX; i++)
                assert_true(attempts_may(attempts, STR("a"), 5));
        attempts_free(attempts);
}

/* Who fills the table gains no attempts by it. */
static void without_room_nothing_is_let(void **state)
{
        struct attempts *attempts;
        char name[16];

        (void)state;
        assert_int_equal(attempts_new(50, ATTEMPTS_MAX, &attempts), 0);
        for (int i = 0; i < 50; i++) {
                int len = snprintf(name, sizeof(name), "name-%d", i);

                attempts_failed(attempts, str_make(name, (size_t)len), i < 25 ? 1000 : 1100);
        }
        assert_false(attempts_may(attempts, STR("new"), 1200));
        assert_false(attempts_take(attempts, STR("new"), 1200)); /* nor when it has been looked at just now */
        assert_true(attempts_may(attempts, STR("name-7"), 1200));
        assert_true(attempts_may(attempts, STR("new"), 1000 + ATTEMPTS_WINDOW_S));
        for (int i = 1; i < ATTEMPTS_MAX; i++)
                attempts_failed(attempts, STR("name-30"), 1000 + ATTEMPTS_WINDOW_S);
        assert_false(attempts_may(attempts, STR("name-30"), 1000 + ATTEMPTS_WINDOW_S));
        attempts_free(attempts);
}

/* Counted before they are made, so that many at once are no more than many after another. */
static void taken_beforehand(void **state)
{
        struct attempts *attempts;

        (void)state;
        assert_int_equal(attempts_new(100, 3, &attempts), 0);
        for (int i = 0; i < 3; i++)
                assert_true(attempts_take(attempts, STR("a"), 1000));
        assert_false(attempts_take(attempts, STR("a"), 1001));
        assert_false(attempts_may(attempts, STR("a"), 1001));
        attempts_give_back(attempts, STR("a"), 1002);
        attempts_give_back(attempts, STR("never taken"), 1002);
        assert_true(attempts_take(attempts, STR("a"), 1003));
        assert_false(attempts_take(attempts, STR("a"), 1003));
        assert_true(attempts_take(attempts, STR("a"), 1000 + ATTEMPTS_WINDOW_S));
        attempts_free(attempts);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(taken_beforehand),
                cmocka_unit_test(ten_and_no_more),
                cmocka_unit_test(asking_uses_up_nothing),
                cmocka_unit_test(without_room_nothing_is_let),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
