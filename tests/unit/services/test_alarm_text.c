/* Sentences that AWS has written into alarms, and numbers as it writes them. */
#include "services/cloudwatch/alarm_reason.h"

#include "base/clock.h"

#include "../check.h"

static void check_number(struct arena *arena, double value, const char *text)
{
        assert_str(cloudwatch_number(arena, value), str_of(text));
}

static void test_numbers(void **state)
{
        struct arena arena;

        (void)state;
        arena_init(&arena, 65536);
        check_number(&arena, 0, "0.0");
        check_number(&arena, 1, "1.0");
        check_number(&arena, -1.5, "-1.5");
        check_number(&arena, 45628, "45628.0");
        check_number(&arena, 99.50160229693434, "99.50160229693434");
        check_number(&arena, 0.0666851903306472, "0.0666851903306472");
        check_number(&arena, 0.001, "0.001");
        check_number(&arena, 0.00012, "1.2E-4");
        check_number(&arena, 1e7, "1.0E7");
        check_number(&arena, 9999999, "9999999.0");
        check_number(&arena, 12345678901.0, "1.2345678901E10");
        check_number(&arena, 100, "100.0");
        arena_done(&arena);
}

#define POINTS 20

struct row {
        const char *points; /* judged, the newest first: values below 10, or - */
        struct cloudwatch_question question;
        const char *reason;
};

#define ABOVE STR_INIT("GreaterThanThreshold")

static const struct row ROWS[] = {
        {"9",
         {ABOVE, 5, 1, 1, true, CLOUDWATCH_MISSING},
         "Threshold Crossed: 1 out of the last 1 datapoints [9.0 (02/10/19 16:59:00)] was greater than the "
         "threshold "
         "(5.0) (minimum 1 datapoint for OK -> ALARM transition)."},
        {"9",
         {ABOVE, 5, 1, 1, false, CLOUDWATCH_MISSING},
         "Threshold Crossed: 1 datapoint [9.0 (02/10/19 16:59:00)] was greater than the threshold (5.0)."},
        {"1",
         {ABOVE, 5, 1, 1, true, CLOUDWATCH_MISSING},
         "Threshold Crossed: 1 out of the last 1 datapoints [1.0 (02/10/19 16:59:00)] was not greater than "
         "the "
         "threshold (5.0) (minimum 1 datapoint for ALARM -> OK transition)."},
        {"678",
         {ABOVE, 5, 3, 3, false, CLOUDWATCH_MISSING},
         "Threshold Crossed: 3 datapoints [6.0 (02/10/19 16:59:00), 7.0 (02/10/19 16:58:00), 8.0 (02/10/19 "
         "16:57:00)] "
         "were greater than the threshold (5.0)."},
        {"188",
         {ABOVE, 5, 3, 3, false, CLOUDWATCH_MISSING},
         "Threshold Crossed: 1 datapoint [1.0 (02/10/19 16:59:00)] was not greater than the threshold "
         "(5.0)."},
        {"66666",
         {ABOVE, 5, 5, 5, true, CLOUDWATCH_MISSING},
         "Threshold Crossed: 5 out of the last 5 datapoints were greater than the threshold (5.0). The most "
         "recent "
         "datapoints which crossed the threshold: [6.0 (02/10/19 16:59:00), 6.0 (02/10/19 16:58:00), 6.0 "
         "(02/10/19 "
         "16:57:00), 6.0 (02/10/19 16:56:00), 6.0 (02/10/19 16:55:00)] (minimum 5 datapoints for OK -> ALARM "
         "transition)."},
        {"-",
         {ABOVE, 5, 1, 1, false, CLOUDWATCH_BREACHING},
         "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as "
         "[Breaching]."},
        {"--",
         {ABOVE, 5, 2, 2, false, CLOUDWATCH_NOT_BREACHING},
         "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated "
         "as "
         "[NonBreaching]."},
        {"1--",
         {ABOVE, 5, 3, 2, true, CLOUDWATCH_BREACHING},
         "Threshold Crossed: 1 datapoint was received for 3 periods and 2 missing datapoints were treated as "
         "[Breaching]."},
        {"6-------------------",
         {ABOVE, 5, 20, 1, true, CLOUDWATCH_NOT_BREACHING},
         "Threshold Crossed: 1 out of the last 20 datapoints [6.0 (02/10/19 16:59:00)] was greater than the "
         "threshold "
         "(5.0) and 19 missing datapoints were treated as [NonBreaching] (minimum 1 datapoint for OK -> "
         "ALARM "
         "transition)."},
        {"-", {ABOVE, 5, 1, 1, false, CLOUDWATCH_MISSING}, "Insufficient Data: 1 datapoint was unknown."},
        {"-----",
         {ABOVE, 5, 5, 5, false, CLOUDWATCH_MISSING},
         "Insufficient Data: 5 datapoints were unknown."},
};

static void judge(const struct row *row, struct cloudwatch_point points[POINTS],
                  struct cloudwatch_point judged[POINTS], struct cloudwatch_verdict *ret)
{
        size_t count = strlen(row->points);
        const struct cloudwatch_window window = {points, count, count, row->question.to_alarm,
                                                 row->question.treatment};

        for (size_t i = 0; i < count; i++) {
                struct cloudwatch_point *point = &points[count - 1 - i];
                char c = row->points[i];

                *point = (struct cloudwatch_point){.is_there = c != '-', .value = c - '0', .samples = 1};
                assert_int_equal(time_parse_iso(STR("2019-10-02T16:59:00Z"), &point->time_ms), 0);
                point->time_ms -= (int64_t)i * 60000;
                point->is_breaching = point->is_there && point->value > row->question.threshold;
        }
        *ret = (struct cloudwatch_verdict){.judged = judged};
        cloudwatch_judge(&window, ret);
}

static void test_reasons(void **state)
{
        struct cloudwatch_point points[POINTS], judged[POINTS];
        struct cloudwatch_verdict verdict;
        struct arena arena;

        (void)state;
        arena_init(&arena, 65536);
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                judge(&ROWS[i], points, judged, &verdict);
                assert_str(cloudwatch_reason(&arena, &ROWS[i].question, &verdict), str_of(ROWS[i].reason));
        }
        arena_done(&arena);
}

static void test_reason_data(void **state)
{
        const struct row row = {"9-",
                                {.operator= ABOVE,
                                 .threshold = 5,
                                 .periods = 2,
                                 .to_alarm = 1,
                                 .statistic = STR_INIT("Average"),
                                 .period_s = 60,
                                 .asked_ms = 1570035640985}};
        struct cloudwatch_point points[POINTS], judged[POINTS];
        struct cloudwatch_verdict verdict;
        struct arena arena;
        struct str data;

        (void)state;
        arena_init(&arena, 65536);
        judge(&row, points, judged, &verdict);
        assert_int_equal(cloudwatch_reason_data(&arena, &row.question, &verdict, &data), 0);
        assert_str(data,
                   STR("{\"version\":\"1.0\",\"queryDate\":\"2019-10-02T17:00:40.985+0000\",\"startDate\":"
                       "\"2019-10-02T16:59:00.000+0000\",\"statistic\":\"Average\",\"period\":60,"
                       "\"recentDatapoints\":[9.0],\"threshold\":5.0,\"evaluatedDatapoints\":[{\"timestamp\":"
                       "\"2019-10-02T16:59:00.000+0000\",\"sampleCount\":1.0,\"value\":9.0},{\"timestamp\":"
                       "\"2019-10-02T16:58:00.000+0000\"}]}"));
        assert_str(cloudwatch_long_time(&arena, 1658505465394), STR("Friday 22 July, 2022 15:57:45 UTC"));
        arena_done(&arena);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_numbers),
                cmocka_unit_test(test_reasons),
                cmocka_unit_test(test_reason_data),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
