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
                setbacks_add(&setbacks, STR("a"), now_ns);
                assert_int_equal(pause_of(STR("a"), now_ns), PAUSES[i]);
                now_ns += PAUSES[i] * S;
        }
        for (unsigned int i = 0; i < 1000; i++)
                setbacks_add(&setbacks, STR("a"), now_ns);
        assert_int_equal(pause_of(STR("a"), now_ns), 300);
}

static void each_by_itself(void **state)
{
        (void)state;
        setbacks_add(&setbacks, STR("a"), 0);
        setbacks_add(&setbacks, STR("a"), 0);
        setbacks_add(&setbacks, STR("b"), 0);
        assert_int_equal(pause_of(STR("a"), 0), 2);
        assert_int_equal(pause_of(STR("b"), 0), 1);
        assert_int_equal(pause_of(STR("c"), 0), 0);
        setbacks_end(&setbacks, STR("a"));
        setbacks_end(&setbacks, STR("c"));
        assert_int_equal(pause_of(STR("a"), 0), 0);
        assert_int_equal(pause_of(STR("b"), 0), 1);
        setbacks_add(&setbacks, STR("a"), 0);
        assert_int_equal(pause_of(STR("a"), 0), 1);
}

static void more_than_there_are_places(void **state)
{
        char key[32];

        (void)state;
        for (unsigned int i = 0; i < 10 * SETBACKS; i++) {
                (void)snprintf(key, sizeof(key), "row %u", i);
                setbacks_add(&setbacks, str_of(key), 0);
                assert_int_equal(pause_of(str_of(key), 0), 1);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(later_each_time, begin_anew),
                cmocka_unit_test_setup(each_by_itself, begin_anew),
                cmocka_unit_test_setup(more_than_there_are_places, begin_anew),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
