/* The tables of
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html, word for word.
 */
#include "services/cloudwatch/alarm_window.h"

#include "../check.h"

#define RANGE 5
#define N     3

struct row {
        const char *points; /* the newest on the right */
        size_t to_alarm, filled;
        const char *outcomes; /* missing, ignore, breaching, not breaching: O, A, I, or = for "retain" */
};

static const struct row ROWS[] = {
        {"0-X-X", 3, 0, "OOOO"},
        {"0----", 3, 2, "OOOO"},
        {"-----", 3, 3, "I=AO"},
        {"0XX-X", 3, 0, "AAAA"},
        {"--X--", 3, 2, "A=AO"},
        {"0-X-X", 2, 0, "AAAA"},
        {"00X0X", 2, 0, "AAAA"},
        {"0-X--", 2, 1, "OOAO"},
        {"----0", 2, 2, "OOAO"},
        {"---X-", 2, 2, "A=AO"},
        /* "The alarm does not go immediately into ALARM state when the data is" */
        {"----X", 3, 2, "I=AO"},
        {"---X-", 3, 2, "I=AO"},
        {"---XO", 3, 1, "OOOO"},
        {"--X-O", 3, 1, "OOOO"},
        /* and the other row of older editions */
        {"----X", 2, 2, "I=AO"},
        {"X----", 3, 2, "A=AO"},
        {"----X", 1, 2, "AAAA"},
        {"XXX00", 3, 0, "OOOO"},
};

static char judge(const struct row *row, enum cloudwatch_treatment treatment, size_t *ret_filled)
{
        struct cloudwatch_point points[RANGE] = {}, judged[N];
        const struct cloudwatch_window window = {points, RANGE, N, row->to_alarm, treatment};
        struct cloudwatch_verdict verdict = {.judged = judged};

        for (size_t i = 0; i < RANGE; i++) {
                points[i].time_ms = (int64_t)i;
                points[i].is_there = row->points[i] != '-';
                points[i].is_breaching = row->points[i] == 'X';
        }
        cloudwatch_judge(&window, &verdict);
        *ret_filled = verdict.filled;
        for (size_t i = 1; i < N; i++)
                assert_true(judged[i].time_ms < judged[i - 1].time_ms);
        assert_int_equal(verdict.fine + verdict.breaching + verdict.filled, N);
        return "=OAI"[verdict.outcome];
}

static void test_tables(void **state)
{
        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
                for (size_t k = 0; k < 4; k++) {
                        size_t filled;
                        char outcome = judge(&ROWS[i], (enum cloudwatch_treatment)k, &filled);

                        if (outcome != ROWS[i].outcomes[k] || filled != ROWS[i].filled)
                                fail_msg("%s, %zu to alarm, treatment %zu: %c", ROWS[i].points,
                                         ROWS[i].to_alarm, k, outcome);
                }
}

static void test_operators(void **state)
{
        bool breaching;

        (void)state;
        assert_true(cloudwatch_compare(STR("GreaterThanOrEqualToThreshold"), 1, 1, &breaching) && breaching);
        assert_true(cloudwatch_compare(STR("GreaterThanThreshold"), 1, 1, &breaching) && !breaching);
        assert_true(cloudwatch_compare(STR("LessThanThreshold"), 1, 1, &breaching) && !breaching);
        assert_true(cloudwatch_compare(STR("LessThanOrEqualToThreshold"), 1, 1, &breaching) && breaching);
        assert_false(cloudwatch_compare(STR("GreaterThanUpperThreshold"), 1, 1, &breaching));
}

int main(void)
{
        const struct CMUnitTest tests[] = {cmocka_unit_test(test_tables), cmocka_unit_test(test_operators)};

        return cmocka_run_group_tests(tests, NULL, NULL);
}
