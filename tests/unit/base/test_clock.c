/* The forms of time, and the clock that may be advanced. */
#include "../check.h"

#include "base/clock.h"

#define AT INT64_C(1769860805123) /* 2026-01-31T12:00:05.123Z */

static struct arena arena;

static void every_form(void **state)
{
        (void)state;
        assert_str(time_iso(&arena, AT), STR("2026-01-31T12:00:05Z"));
        assert_str(time_iso_ms(&arena, AT), STR("2026-01-31T12:00:05.123Z"));
        assert_str(time_basic(&arena, AT), STR("20260131T120005Z"));
        assert_str(time_http(&arena, AT), STR("Sat, 31 Jan 2026 12:00:05 GMT"));
}

static void days_that_calendars_get_wrong(void **state)
{
        static const struct {
                int64_t s;
                const char *iso, *http;
        } ROWS[] = {
                {0, "1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT"},
                {-1, "1969-12-31T23:59:59Z", "Wed, 31 Dec 1969 23:59:59 GMT"},
                {951782400, "2000-02-29T00:00:00Z", "Tue, 29 Feb 2000 00:00:00 GMT"},
                {951868800, "2000-03-01T00:00:00Z", "Wed, 01 Mar 2000 00:00:00 GMT"},
                {1709164800, "2024-02-29T00:00:00Z", "Thu, 29 Feb 2024 00:00:00 GMT"},
                {1735689599, "2024-12-31T23:59:59Z", "Tue, 31 Dec 2024 23:59:59 GMT"},
                {1772323200, "2026-03-01T00:00:00Z", "Sun, 01 Mar 2026 00:00:00 GMT"},
                {4107542400, "2100-03-01T00:00:00Z", "Mon, 01 Mar 2100 00:00:00 GMT"},
                {-2203977600, "1900-02-28T00:00:00Z", "Wed, 28 Feb 1900 00:00:00 GMT"},
                {-2203891200, "1900-03-01T00:00:00Z", "Thu, 01 Mar 1900 00:00:00 GMT"},
                {253402300799, "9999-12-31T23:59:59Z", "Fri, 31 Dec 9999 23:59:59 GMT"},
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                int64_t ms;

                assert_str(time_iso(&arena, ROWS[i].s * 1000), str_of(ROWS[i].iso));
                assert_str(time_http(&arena, ROWS[i].s * 1000), str_of(ROWS[i].http));
                assert_int_equal(time_parse(str_of(ROWS[i].iso), &ms), 0);
                assert_true(ms == ROWS[i].s * 1000);
                assert_int_equal(time_parse(str_of(ROWS[i].http), &ms), 0);
                assert_true(ms == ROWS[i].s * 1000);
        }
}

/* Our own arithmetic against the C library's, a bit more than a month apart over 2000 years. */
static void dates_agree_with_the_c_library(void **state)
{
        (void)state;
        for (int64_t s = -INT64_C(62135596800); s < INT64_C(4102444800); s += 2700001) {
                time_t seconds = (time_t)s;
                struct tm tm;
                char text[80];

                assert_non_null(gmtime_r(&seconds, &tm));
                (void)snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900,
                               tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
                assert_str(time_iso(&arena, s * 1000), str_of(text));
                arena_reset(&arena);
        }
}

static void assert_iso(const char *text, int64_t expected_ms)
{
        int64_t ms = 0;

        if (time_parse_iso(str_of(text), &ms) < 0 || ms != expected_ms)
                fail_msg("%s: %lld, not %lld", text, (long long)ms, (long long)expected_ms);
}

static void iso_times(void **state)
{
        (void)state;
        assert_iso("2026-01-31", 1769817600000);
        assert_iso("2026-01-31T12:00Z", 1769860800000);
        assert_iso("2026-01-31T12:00", 1769860800000);
        assert_iso("2026-01-31T12:00:05", 1769860805000);
        assert_iso("2026-01-31t12:00:05z", 1769860805000);
        assert_iso("2026-01-31 12:00:05Z", 1769860805000);
        assert_iso("2026-01-31T12:00:05.1Z", 1769860805100);
        assert_iso("2026-01-31T12:00:05.1239999999Z", 1769860805123);
        assert_iso("2026-01-31T12:00:05,5Z", 1769860805500);
        assert_iso("2026-01-31T12:00:05+00:00", 1769860805000);
        assert_iso("2026-01-31T12:00:05+05:30", 1769860805000 - 19800000);
        assert_iso("2026-01-31T12:00:05-0800", 1769860805000 + 28800000);
        assert_iso("2016-12-31T23:59:60Z", 1483228800000); /* a leap second */
        assert_iso("2024-02-29T23:59:59Z", 1709251199000);
}

static void bad_iso_times(void **state)
{
        static const char *const BAD[] = {
                "",
                "2026",
                "2026-01",
                "26-01-31",
                "2026-1-31",
                "2026-13-01",
                "2026-00-01",
                "2026-01-00",
                "2026-01-32",
                "2026-04-31",
                "2026-02-29",
                "2100-02-29",
                "2026-02-30T00:00:60Z",
                "2026-01-31T",
                "2026-01-31T24:00:00Z",
                "2026-01-31T12:60:00Z",
                "2026-01-31T12:00:61Z",
                "2026-01-31T12",
                "2026-01-31T12:00:05.Z",
                "2026-01-31T12:00:05Zx",
                "2026-01-31T12:00:05+1",
                "2026-01-31T12:00:05+24:00",
                "2026-01-31T12:00:05+01:60",
                "2026-01-31T12:00:05 Z",
                " 2026-01-31",
                "2026-01-31 ",
                "-026-01-31",
                "2026/01/31",
                "20260131",
                "2026-01-31T12:00:0x",
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
                int64_t ms;

                if (time_parse_iso(str_of(BAD[i]), &ms) != -EINVAL)
                        fail_msg("taken: \"%s\"", BAD[i]);
        }
}

static void basic_times(void **state)
{
        static const char *const BAD[] = {"",
                                          "20260131",
                                          "20260131T120005",
                                          "20260131T120005z",
                                          "20260131t120005Z",
                                          "20260131T120005Z ",
                                          "20260230T120005Z",
                                          "20260131T250005Z",
                                          "20260131T1200Z",
                                          "2026-01-31T12:00:05Z",
                                          "20260131T120005.0Z"};
        int64_t ms;

        (void)state;
        assert_int_equal(time_parse_basic(STR("20260131T120005Z"), &ms), 0);
        assert_true(ms == 1769860805000);
        for (size_t i = 0; i < ARRAY_LEN(BAD); i++)
                if (time_parse_basic(str_of(BAD[i]), &ms) != -EINVAL)
                        fail_msg("taken: \"%s\"", BAD[i]);
}

static void http_times(void **state)
{
        static const char *const BAD[] = {"",
                                          "Sat, 31 Jan 2026 12:00:05",
                                          "Sat, 31 Jan 2026 12:00:05 CET",
                                          "Saturday, 31 Jan 2026 12:00:05 GMT",
                                          "Sat 31 Jan 2026 12:00:05 GMT",
                                          "Sat, 31 Foo 2026 12:00:05 GMT",
                                          "Sat, 1 Jan 2026 12:00:05 GMT",
                                          "Sat, 30 Feb 2026 12:00:05 GMT",
                                          "Sat, 00 Jan 2026 12:00:05 GMT",
                                          "Sat, 32 Jan 2026 12:00:05 GMT",
                                          "Sat, 31 Jan 26 12:00:05 GMT",
                                          "Sat, 31 Jan 2026 12:00:05 GMTx"};
        int64_t ms;

        (void)state;
        assert_int_equal(time_parse_http(STR("Sat, 31 Jan 2026 12:00:05 GMT"), &ms), 0);
        assert_true(ms == 1769860805000);
        assert_int_equal(time_parse_http(STR("Sat, 31 Jan 2026 12:00:05 +0000"), &ms), 0);
        assert_true(ms == 1769860805000);
        for (size_t i = 0; i < ARRAY_LEN(BAD); i++)
                if (time_parse_http(str_of(BAD[i]), &ms) != -EINVAL)
                        fail_msg("taken: \"%s\"", BAD[i]);
}

static void durations(void **state)
{
        static const struct {
                const char *text;
                int64_t ms;
        } ROWS[] = {{"7d", 604800000}, {"12h", 43200000},    {"30m", 1800000}, {"45s", 45000},
                    {"1500ms", 1500},  {"1d12h", 129600000}, {"1m1ms", 60001}, {"0d1s", 1000}};
        static const char *const BAD[] = {"",   "d",    "7",  "7 d", "-7d", "+7d",   "7d ",
                                          "7w", "1.5h", "7D", "0d",  "0s",  "1d-1s", "1h 30m"};
        int64_t ms;

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                assert_int_equal(duration_parse(str_of(ROWS[i].text), &ms), 0);
                assert_true(ms == ROWS[i].ms);
        }
        for (size_t i = 0; i < ARRAY_LEN(BAD); i++)
                if (duration_parse(str_of(BAD[i]), &ms) != -EINVAL)
                        fail_msg("taken: \"%s\"", BAD[i]);
        assert_int_equal(duration_parse(STR("9223372036854775807d"), &ms), -ERANGE);
        assert_int_equal(duration_parse(STR("9223372036854775807ms1ms"), &ms), -ERANGE);
        assert_int_equal(duration_parse(STR("9223372036854775808ms"), &ms), -ERANGE);
}

static void the_clock_can_be_advanced(void **state)
{
        struct clock clock = {};
        int64_t before = clock_wall_ms();
        int64_t now = clock_now_ms(&clock);

        (void)state;
        assert_in_range(now, before, before + 60000);
        clock_advance(&clock, 7 * MS_PER_DAY);
        clock_advance(&clock, 1000);
        assert_in_range(clock_now_ms(&clock), now + 7 * MS_PER_DAY + 1000, now + 7 * MS_PER_DAY + 61000);
        assert_in_range(clock_wall_ms(), now, now + 60000); /* never moves along */
        assert_true(clock_monotonic_ns() <= clock_monotonic_ns());
}

static int open_arena(void **state)
{
        (void)state;
        arena_init(&arena, 1 << 20);
        return 0;
}

static int close_arena(void **state)
{
        (void)state;
        arena_done(&arena);
        return 0;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_form),
                cmocka_unit_test(days_that_calendars_get_wrong),
                cmocka_unit_test(dates_agree_with_the_c_library),
                cmocka_unit_test(iso_times),
                cmocka_unit_test(bad_iso_times),
                cmocka_unit_test(basic_times),
                cmocka_unit_test(http_times),
                cmocka_unit_test(durations),
                cmocka_unit_test(the_clock_can_be_advanced),
        };

        return cmocka_run_group_tests(tests, open_arena, close_arena);
}
