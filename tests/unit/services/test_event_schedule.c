/* Schedules: what is one, and when it comes next.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html */
#include "services/events/schedule.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct row {
        const char *schedule, *after, *next; /* NULL: never */
};

static const struct row ROWS[] = {
        {"rate(1 minute)", "2026-01-01T00:00:30Z", "2026-01-01T00:01:30Z"},
        {"rate(5 hours)", "2026-01-01T00:00:00Z", "2026-01-01T05:00:00Z"},
        {"rate(2 days)", "2026-01-31T00:00:00Z", "2026-02-02T00:00:00Z"},
        {"cron(0 10 * * ? *)", "2026-01-01T09:59:59Z", "2026-01-01T10:00:00Z"},
        {"cron(0 10 * * ? *)", "2026-01-01T10:00:00Z", "2026-01-02T10:00:00Z"},
        {"cron(15 12 * * ? *)", "2026-12-31T12:15:00Z", "2027-01-01T12:15:00Z"},
        {"cron(0 18 ? * MON-FRI *)", "2026-11-27T18:00:00Z", "2026-11-30T18:00:00Z"},
        {"cron(0 8 1 * ? *)", "2026-11-01T08:00:00Z", "2026-12-01T08:00:00Z"},
        {"cron(0/15 * * * ? *)", "2026-11-01T08:46:00Z", "2026-11-01T09:00:00Z"},
        {"cron(1/10 * * * ? *)", "2026-11-01T08:02:00Z", "2026-11-01T08:11:00Z"},
        {"cron(0/5 8-17 ? * MON-FRI *)", "2026-11-27T17:55:00Z", "2026-11-30T08:00:00Z"},
        {"cron(0/30 20-2 ? * MON-FRI *)", "2026-11-27T02:30:00Z", "2026-11-27T20:00:00Z"},
        {"cron(5,35 14 * * ? *)", "2026-11-27T14:05:00Z", "2026-11-27T14:35:00Z"},
        {"cron(15 10 ? * 6L 2019-2027)", "2026-11-25T00:00:00Z", "2026-11-27T10:15:00Z"},
        {"cron(15 10 ? * 6L 2019-2022)", "2026-11-25T00:00:00Z", NULL},
        {"cron(0 0 L * ? *)", "2028-02-01T00:00:00Z", "2028-02-29T00:00:00Z"},
        {"cron(0 0 LW * ? *)", "2026-10-30T01:00:00Z", "2026-11-30T00:00:00Z"},
        {"cron(0 0 3W * ? *)", "2026-10-01T00:00:00Z", "2026-10-02T00:00:00Z"},
        {"cron(0 0 1W * ? *)", "2026-10-31T00:00:00Z", "2026-11-02T00:00:00Z"},
        {"cron(0 0 31W * ? *)", "2026-02-01T00:00:00Z", "2026-03-31T00:00:00Z"},
        {"cron(0 0 ? * 3#2 *)", "2026-11-01T00:00:00Z", "2026-11-10T00:00:00Z"},
        {"cron(0 0 ? * L *)", "2026-11-25T00:00:00Z", "2026-11-28T00:00:00Z"},
        {"cron(0 0 29 FEB ? *)", "2026-11-25T00:00:00Z", "2028-02-29T00:00:00Z"},
        {"cron(0 0 30 2 ? *)", "2026-11-25T00:00:00Z", NULL},
        {"cron(0 0 1 JAN,jul ? 2027/2)", "2027-07-01T00:00:00Z", "2029-01-01T00:00:00Z"},
        {"cron(59 23 31 12 ? 2199)", "2026-11-25T00:00:00Z", "2199-12-31T23:59:00Z"},
};

static void test_next(void **state)
{
        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                struct events_schedule schedule;
                int64_t after, next = -1;

                assert_int_equal(time_parse(str_of(ROWS[i].after), &after), 0);
                if (ROWS[i].next)
                        assert_int_equal(time_parse(str_of(ROWS[i].next), &next), 0);
                if (events_schedule_parse(str_of(ROWS[i].schedule), &schedule) < 0)
                        fail_msg("%s is refused", ROWS[i].schedule);
                if (events_schedule_next(&schedule, after) != next)
                        fail_msg("%s after %s: %lld, not %lld", ROWS[i].schedule, ROWS[i].after,
                                 (long long)events_schedule_next(&schedule, after), (long long)next);
        }
}

static void test_none(void **state)
{
        static const char *const NONE[] = {
                "",
                "rate",
                "rate()",
                "rate(5)",
                "rate(-5 minutes)",
                "rate(1 minutes)",
                "rate(5 minute)",
                "rate(0 minutes)",
                "rate(5 seconds)",
                "rate(5 minutes",
                "rate(99999999999 days)",
                "cron()",
                "cron(* * * * *)",
                "cron(* * * * * *)",
                "cron(* * ? * ? *)",
                "cron(60 * * * ? *)",
                "cron(* 24 * * ? *)",
                "cron(* * 0 * ? *)",
                "cron(* * 32 * ? *)",
                "cron(* * * 13 ? *)",
                "cron(* * ? * 8 *)",
                "cron(* * ? * 0 *)",
                "cron(* * * * ? 1969)",
                "cron(* * * * ? 2200)",
                "cron(*/0 * * * ? *)",
                "cron(1-a * * * ? *)",
                "cron(1,, * * * ? *)",
                "cron(* * ? * 3#6 *)",
                "cron(* * ? * 3#1,6#3 *)",
                "cron(* * ? * MON#L *)",
                "cron(? * * * ? *)",
                "cron(* * W * ? *)",
                "cron(* * * * ? * *)",
                "at(2026-01-01T00:00:00)",
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(NONE); i++) {
                struct events_schedule schedule;

                if (events_schedule_parse(str_of(NONE[i]), &schedule) != -EINVAL)
                        fail_msg("%s is taken", NONE[i]);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_next),
                cmocka_unit_test(test_none),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
