/* What fails is tried again later each time, and what is done is as new. */
#include "../check.h"

#include "events/setbacks.h"

#define S INT64_C(1000000000)

static struct setbacks setbacks;

static int begin_anew(void **state)
{
        (void)state;
        setbacks = (struct setbacks){};
        return 0;
}

/* Seconds until it may be tried again. */
static int64_t pause_of(struct str key, int64_t now_ns)
{
        int64_t s = 0;

        while (setbacks_hold(&setbacks, key, now_ns + s * S))
                s++;
        return s;
}

static void later_each_time(void **state)
{
        static const int64_t PAUSES[] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300};
        int64_t now_ns = 5 * S;

        (void)state;
        assert_int_equal(pause_of(STR("a"), now_ns), 0);
        for (size_t i = 0; i < ARRAY_LEN(PAUSES); i++) {
                assert_true(setbacks_add(&setbacks, STR("a"), now_ns));
                assert_int_equal(pause_of(STR("a"), now_ns), PAUSES[i]);
                now_ns += PAUSES[i] * S;
        }
        for (unsigned int i = 0; i < 1000; i++)
                (void)setbacks_add(&setbacks, STR("a"), now_ns);
        assert_int_equal(pause_of(STR("a"), now_ns), 300);
}

static void each_by_itself(void **state)
{
        (void)state;
        (void)setbacks_add(&setbacks, STR("a"), 0);
        (void)setbacks_add(&setbacks, STR("a"), 0);
        (void)setbacks_add(&setbacks, STR("b"), 0);
        assert_int_equal(pause_of(STR("a"), 0), 2);
        assert_int_equal(pause_of(STR("b"), 0), 1);
        assert_int_equal(pause_of(STR("c"), 0), 0);
        setbacks_end(&setbacks, STR("a"));
        setbacks_end(&setbacks, STR("c"));
        assert_int_equal(pause_of(STR("a"), 0), 0);
        assert_int_equal(pause_of(STR("b"), 0), 1);
        (void)setbacks_add(&setbacks, STR("a"), 0);
        assert_int_equal(pause_of(STR("a"), 0), 1);
}

static struct str name(unsigned int number, char key[32])
{
        (void)snprintf(key, 32, "row %u", number);
        return str_of(key);
}

static void some_have_places_all(void **state)
{
        char key[32];

        (void)state;
        for (unsigned int i = 0; i < SETBACKS / 8; i++)
                assert_true(setbacks_add(&setbacks, name(i, key), 0));
        for (unsigned int i = 0; i < SETBACKS / 8; i++)
                assert_int_equal(pause_of(name(i, key), 0), 1);
}

static void more_than_there_are_places(void **state)
{
        unsigned int forgotten = 0, held = 0;
        char key[32];

        (void)state;
        for (unsigned int i = 0; i < 10 * SETBACKS; i++) {
                forgotten += !setbacks_add(&setbacks, name(i, key), 0);
                assert_int_equal(pause_of(name(i, key), 0), 1);
        }
        for (unsigned int i = 0; i < 10 * SETBACKS; i++)
                held += pause_of(name(i, key), 0) > 0;
        assert_int_equal(held + forgotten, 10 * SETBACKS);
        assert_int_equal(held, SETBACKS);
        assert_true(setbacks_add(&setbacks, STR("later"), 5 * S)); /* nobody waits any more */
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(later_each_time, begin_anew),
                cmocka_unit_test_setup(each_by_itself, begin_anew),
                cmocka_unit_test_setup(some_have_places_all, begin_anew),
                cmocka_unit_test_setup(more_than_there_are_places, begin_anew),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
