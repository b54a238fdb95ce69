/* Statistics by their names, and of samples; what is kept of many values. */
#include "services/cloudwatch/statistic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>

static void names(void **state)
{
        static const char *const GOOD[] = {
                "SampleCount", "Average",     "p0",       "p99.9999999999", "p100",
                "tm90",        "TM(2%:98%)",  "TM(:95%)", "TM(150:1000)",   "TC(0.005:0.030)",
                "TS(80%:)",    "WM(10%:90%)", "PR(:300)", "PR(100:2000)",   "IQM",
                "wm98",        "tc1.5",       "ts100"};
        static const char *const BAD[] = {
                "",       "average",  "P99",     "p",          "p101",        "p1.12345678901", "p-1",
                "p1e1",   "TM90",     "TM(:)",   "TM(10%:90)", "TM(90%:10%)", "TM(10%:101%)",   "PR(1%:2%)",
                "TM(1:2", "IQM(1:2)", "pr(1:2)", "p9 ",        "TM(1:2:3)"};
        struct cloudwatch_statistic statistic;

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(GOOD); i++)
                assert_int_equal(cloudwatch_read_statistic(str_of(GOOD[i]), &statistic), 0);
        for (size_t i = 0; i < ARRAY_LEN(BAD); i++)
                assert_int_equal(cloudwatch_read_statistic(str_of(BAD[i]), &statistic), -EINVAL);
}

static double of(const struct cloudwatch_sum *sum, const char *name)
{
        struct cloudwatch_statistic statistic;
        double value = NAN;

        assert_int_equal(cloudwatch_read_statistic(str_of(name), &statistic), 0);
        if (cloudwatch_compute(&statistic, sum, &value) < 0)
                return NAN;
        return value;
}

static void values(void **state)
{
        _cleanup_(cloudwatch_sum_done) struct cloudwatch_sum sum = {};

        (void)state;
        assert_true(isnan(of(&sum, "Sum")) && isnan(of(&sum, "p50")));
        for (int i = 10; i > 0; i--)
                assert_int_equal(cloudwatch_sum_add(&sum, i, 2), 0);
        assert_true(of(&sum, "SampleCount") == 20 && of(&sum, "Sum") == 110 && of(&sum, "Average") == 5.5);
        assert_true(of(&sum, "p50") == 5 && of(&sum, "p51") == 6 && of(&sum, "p0") == 1 &&
                    of(&sum, "p100") == 10);
        assert_true(of(&sum, "tc90") == 18 && of(&sum, "ts90") == 90 && of(&sum, "tm90") == 5);
        assert_true(of(&sum, "TC(12.5%:)") == 17.5 && of(&sum, "TC(2:4)") == 4 && of(&sum, "PR(:5)") == 50);
        assert_true(of(&sum, "WM(:5)") == 4 && isnan(of(&sum, "TM(20:30)")));
}

static void stored_and_read(void **state)
{
        _cleanup_(cloudwatch_sum_done) struct cloudwatch_sum sum = {}, again = {}, heads = {};
        _cleanup_(buf_done) struct buf bytes = {};

        (void)state;
        buf_init(&bytes, 1 << 20);
        assert_int_equal(cloudwatch_sum_add(&sum, 0.1, 3), 0);
        assert_int_equal(cloudwatch_sum_add(&sum, -7, 1), 0);
        cloudwatch_sum_write(&sum, &bytes);
        assert_int_equal(cloudwatch_sum_merge_stored(&again, buf_str(&bytes), true), 0);
        assert_int_equal(cloudwatch_sum_merge_stored(&heads, buf_str(&bytes), false), 0);
        assert_true(again.value_count == 2 && again.values[0].value == -7 && again.values[1].count == 3);
        assert_true(heads.value_count == 0 && heads.count == 4 && heads.min == -7 && heads.sum == sum.sum);
        for (size_t len = 0; len < bytes.len; len++)
                if (len < 32 || len % 16)
                        assert_int_equal(
                                cloudwatch_sum_merge_stored(&again, str_part(buf_str(&bytes), 0, len), true),
                                -EBADMSG);
}

static void statistic_sets(void **state)
{
        _cleanup_(cloudwatch_sum_done) struct cloudwatch_sum sum = {};
        const struct cloudwatch_sum same = {.count = 4, .sum = 12, .min = 3, .max = 3};
        const struct cloudwatch_sum wide = {.count = 4, .sum = 13, .min = 3, .max = 4};

        (void)state;
        assert_int_equal(cloudwatch_sum_add_set(&sum, &same), 0);
        assert_true(of(&sum, "p90") == 3);
        assert_int_equal(cloudwatch_sum_add_set(&sum, &wide), 0);
        assert_int_equal(cloudwatch_sum_add(&sum, 9, 1), 0);
        assert_true(isnan(of(&sum, "p90")) && of(&sum, "Maximum") == 9 && of(&sum, "SampleCount") == 9);
}

/* Of any values, also of hundreds of orders of magnitude: never more than that, in order, none lost. */
static void limits(void **state)
{
        (void)state;
        for (int spread = 0; spread < 3; spread++) {
                _cleanup_(cloudwatch_sum_done) struct cloudwatch_sum sum = {};
                double count = 0;

                for (int i = 0; i < 3000; i++) {
                        double value = spread == 0   ? i
                                       : spread == 1 ? ldexp(1.1, i % 700 - 350)
                                                     : -ldexp(1.1, i % 700 - 350);

                        assert_int_equal(cloudwatch_sum_add(&sum, value, 1), 0);
                        cloudwatch_sum_limit(&sum, CLOUDWATCH_VALUES_STORED);
                }
                assert_true(sum.value_count <= CLOUDWATCH_VALUES_STORED);
                for (size_t i = 0; i < sum.value_count; i++) {
                        count += sum.values[i].count;
                        assert_true(i == 0 || sum.values[i - 1].value < sum.values[i].value);
                }
                assert_true(count == 3000 && sum.count == 3000);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(names),          cmocka_unit_test(values), cmocka_unit_test(stored_and_read),
                cmocka_unit_test(statistic_sets), cmocka_unit_test(limits),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
