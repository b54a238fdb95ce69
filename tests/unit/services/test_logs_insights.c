/* Queries of Logs Insights, on a handful of events: what the guide's examples say, and what is refused.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html */
#include <stdio.h>
#include <stdlib.h>

#include "services/logs/insights.h"

#include "../check.h" /* behind the others: cmocka has a fail() of its own */

#define START_MS INT64_C(1767225600000) /* 2026-01-01, a Thursday */

static const char *const CLOUDTRAIL[] = {
        "{\"eventName\": \"GetUser\", \"errorCode\": \"AccessDenied\", \"sourceIPAddress\": \"10.1.2.3\", "
        "\"n\": 1, "
        "\"userIdentity\": {\"type\": \"IAMUser\", \"user.name\": \"a\"}, \"items\": [{\"id\": \"i-1\"}], "
        "\"ro\": true}",
        "{\"eventName\": \"GetUser\", \"sourceIPAddress\": \"192.0.2.1\", \"n\": 2.5, \"big\": "
        "12345678901234567, "
        "\"userIdentity\": {\"type\": \"Root\"}}",
        "{\"eventName\": \"PutObject\", \"n\": 10, \"userIdentity\": {\"type\": \"Root\"}, \"ro\": false}",
        "user=bob, method:GET, latency := 12",
        "user=eve, method:PUT, latency := 30",
};

static struct str run_on(const char *text, const char *const *messages, size_t count, struct arena *arena)
{
        const struct insights_terms terms = {START_MS, START_MS + 3600000, START_MS + 3600000, 0};
        _cleanup_(insights_freep) struct insights *insights = NULL;
        struct insights_error error;
        struct str all = STR("");

        if (insights_compile(str_of(text), &terms, &insights, &error) < 0)
                fail_msg("%s: %s", text, error.why);
        for (size_t i = 0; i < count; i++) {
                const struct insights_event event = {
                        .ms = START_MS + (int64_t)i * 60000,
                        .came_ms = START_MS + 3000000,
                        .message = str_of(messages[i]),
                        .stream = STR("s"),
                        .log = STR("111122223333:g"),
                        .pointer = arena_printf(arena, "p%zu", i),
                };
                int r = insights_offer(insights, &event);

                assert_true(r == 0 || r == 1);
        }
        assert_int_equal(insights_end(insights), 0);
        for (size_t row = 0; row < insights_row_count(insights); row++) {
                const char *between = row ? "|" : "";

                for (size_t column = 0; column < insights_column_count(insights); column++) {
                        struct str cell = insights_cell(insights, row, column, arena);

                        if (str_eq(insights_column(insights, column), STR("@ptr")))
                                continue;
                        all = arena_printf(arena, "%.*s%s%.*s", STR_ARG(all), between,
                                           STR_ARG(str_is_set(cell) ? cell : STR("-")));
                        between = ",";
                }
        }
        return all;
}

struct row {
        const char *query, *expected;
};

static void check_rows(const struct row *rows, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                struct arena arena;
                struct str found;

                arena_init(&arena, 1 << 20);
                found = run_on(rows[i].query, CLOUDTRAIL, ARRAY_LEN(CLOUDTRAIL), &arena);
                if (!str_eq(found, str_of(rows[i].expected)))
                        fail_msg("%s\n  gives    %.*s\n  and not  %s", rows[i].query, STR_ARG(found),
                                 rows[i].expected);
                arena_done(&arena);
        }
}

static void fields(void **state)
{
        static const struct row ROWS[] = {
                {"fields n, eventName", "-,-|-,-|10,PutObject|2.5,GetUser|1,GetUser"},
                {"fields @timestamp, @log, @logStream | limit 1", "2026-01-01 00:04:00.000,111122223333:g,s"},
                {"fields @log, @logStream | limit any 1", "111122223333:g,s"},
                {"fields n | filter ispresent(n) | sort @timestamp asc", "1|2.5|10"},
                {"fields n as m | filter m > 1 | sort m", "2.5|10"},
                {"filter eventName = 'PutObject' | display n, userIdentity.type", "10,Root"},
                {"FIELDS n | FILTER errorCode LIKE /Denied$/", "1"},
                {"fields n | filter errorCode =~ /(?i)accessDENIED/", "1"},
                {"fields n | filter eventName like 'Put' or errorCode like \"Acc\"", "10|1"},
                {"fields n | filter ispresent(n) and eventName not like /Get/", "10"},
                {"fields n | filter n in [1, 10]", "10|1"},
                {"fields n | filter ispresent(n) and n not in [1, '10']", "2.5"},
                {"fields n | filter not (n > 2) and ispresent(n)", "1"},
                {"fields n | filter n >= 2 and n <= 10 or n = 1", "10|2.5|1"},
                {"fields items.0.id | filter items.0.id = 'i-1'", "i-1"},
                {"fields userIdentity.`user.name` as u | filter ispresent(u)", "a"},
                {"fields big | filter big = 12345678901234567", "12345678901234567"},
                {"fields n | filter ro = true", "1"},
                {"fields n | filter ro = 0", "10"},
                {"# a comment | limit 1\nfields n # another\n| filter n = 1", "1"},
                {"fields @message | filter @message like 'bob'", "user=bob, method:GET, latency := 12"},
                {"filter n = 10 | fields n | fields eventName", "10,PutObject"},
                {"fields `n` | filter n=10", "10"},
                {"fields n | sort n desc | limit 2", "10|2.5"},
                {"fields n, eventName | filter ispresent(n) | sort eventName, n desc",
                 "2.5,GetUser|1,GetUser|10,PutObject"},
                {"fields eventName | filter ispresent(n) | sort n | dedup eventName", "GetUser|PutObject"},
                {"fields n | dedup n", "-|-|10|2.5|1"},
                {"fields n | filter ispresent(n) | sort @timestamp | limit 2 | filter n > 2", "2.5"},
        };

        (void)state;
        check_rows(ROWS, ARRAY_LEN(ROWS));
}

static void parse(void **state)
{
        static const struct row ROWS[] = {
                {"parse @message 'user=*, method:*, latency := *' as u, m, l | filter ispresent(u) | display "
                 "u, m, l",
                 "eve,PUT,30|bob,GET,12"},
                {"parse 'user=*,' as u | display u | sort @timestamp | limit 4", "-|-|-|bob"},
                {"parse @message /user=(?<who>\\w+), method:(?<how>[A-Z]+)/ | filter ispresent(who) | "
                 "display how, who",
                 "PUT,eve|GET,bob"},
                {"parse @message /latency := (\\d+)/ as l | stats sum(l), avg(l)", "42,21"},
                {"parse @message 'user=*, m' as u | parse u '*v*' as x, y | filter ispresent(x) | display x, "
                 "y",
                 "e,e"},
        };

        (void)state;
        check_rows(ROWS, ARRAY_LEN(ROWS));
}

#define STATS "stats sum(n) as n|"

static void stats(void **state)
{
        static const struct row ROWS[] = {
                {"stats count(*)", "5"},
                {"stats count() as c", "5"},
                {"stats count(n), sum(n), avg(n), min(n), max(n)", "3,13.5,4.5,1,10"},
                {"stats count(*) as c by userIdentity.type as t | sort c desc, t", "-,2|Root,2|IAMUser,1"},
                {"stats count(*) by eventName | filter ispresent(eventName) | sort count(*) desc",
                 "GetUser,2|PutObject,1"},
                {"stats count(*) by eventName | sort Count( * ) asc, eventName desc | limit 1",
                 "PutObject,1"},
                {"stats count(*) by bin(2m) | sort bin(2m)",
                 "2026-01-01 00:00:00.000,2|2026-01-01 00:02:00.000,2|2026-01-01 00:04:00.000,1"},
                {"stats count(*) by bin(300s) as t | sort t | limit 1", "2026-01-01 00:00:00.000,1"},
                {"stats count_distinct(eventName), countDistinct(userIdentity.type)", "2,2"},
                {"stats earliest(eventName), latest(n), sortsFirst(eventName), sortsLast(sourceIPAddress)",
                 "GetUser,10,GetUser,192.0.2.1"},
                {"stats pct(n, 50), pct(n, 100), stddev(n) > 4 as s, variance(n) > 16 as v", "2.5,10,0,0"},
                {"stats sum(n) / count(n) as a, sum(n)/1024/1024 > 0 as b", "4.5,1"},
                {"filter n = 77 | stats count(*)", ""},
                {"stats sum(n) as s by bin(2m) as @t | stats max(s) as peak by dateceil(@t, 1h) as h | sort "
                 "h",
                 "2026-01-01 00:00:00.000,3.5|2026-01-01 01:00:00.000,10"},
                {"stats sum(n) as s by bin(2m) as @timestamp | stats max(s) as peak by bin(1h) as h | sort h",
                 "2026-01-01 00:00:00.000,10"},
                {STATS STATS STATS STATS STATS STATS STATS STATS STATS "stats sum(n) as n", "13.5"},
                {"stats count(*) as c by eventName | filter c > 1 and ispresent(eventName) | stats sum(c)",
                 "2"},
                {"fields strlen(@message) as len | stats max(len) > 100 as long", "1"},
        };

        (void)state;
        check_rows(ROWS, ARRAY_LEN(ROWS));
}

/* On one event. */
static void functions(void **state)
{
        static const struct row ROWS[] = {
                {"2 ^ 3 + 10 % 3 * 2", "10"},
                {"(1 + 2) * -3", "-9"},
                {"7 / 2", "3.5"},
                {"1 / 0", "-"},
                {"2 - 1 - 1", "0"},
                {"abs(-2)", "2"},
                {"ceil(1.2)", "2"},
                {"floor(1.8)", "1"},
                {"greatest(1, 3, 2)", "3"},
                {"least(4, 2)", "2"},
                {"round(2.567, 2)", "2.57"},
                {"sqrt(16)", "4"},
                {"log(1)", "0"},
                {"toInt('7.9')", "7"},
                {"concat('a', 1, 'b')", "a1b"},
                {"ltrim('xyZxyfooxyZ', 'xyZ')", "fooxyZ"},
                {"rtrim('xyZfooxyxyZ','xyZ')", "xyZfoo"},
                {"trim(' a ')", "a"},
                {"strlen('h\xc3\xa9')", "2"},
                {"toupper('aB')", "AB"},
                {"tolower('aB')", "ab"},
                {"substr('xyZfooxyZ', 3, 3)", "foo"},
                {"substr('abc', 1)", "bc"},
                {"replace('a-b-c', '-', '+')", "a+b+c"},
                {"strcontains('abc', 'bc')", "1"},
                {"strcontains('abc', 'BC', true)", "1"},
                {"startsWith('abc', 'ab')", "1"},
                {"endsWith('abc', 'ab')", "0"},
                {"md5('abc')", "900150983cd24fb0d6963f7d28e17f72"},
                {"sha1('abc')", "a9993e364706816aba3e25717850c26c9cd0d89d"},
                {"sha256('abc')", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
                {"sha256(nothing)", "-"},
                {"isempty('')", "1"},
                {"isempty(nothing)", "1"},
                {"isblank('  ')", "1"},
                {"ispresent(@message)", "1"},
                {"coalesce(nothing, 'b')", "b"},
                {"if(1 > 2, 'a', 'b')", "b"},
                {"case(1 > 2, 'a', 2 > 1, 'c')", "c"},
                {"isNumeric('1.5')", "1"},
                {"urlencode('a b')", "a%20b"},
                {"urldecode('a%20b')", "a b"},
                {"base64encode('abc')", "YWJj"},
                {"base64decode('YWJj')", "abc"},
                {"isValidIp('10.0.0.1')", "1"},
                {"isValidIpV6('10.0.0.1')", "0"},
                {"isIpInSubnet('10.2.3.4', '10.0.0.0/8')", "1"},
                {"isIpv6InSubnet('2001:db8::5', '2001:db8::/32')", "1"},
                {"isIpv4InSubnet('11.2.3.4', '10.0.0.0/8')", "0"},
                {"isPrivateIP('172.20.0.1')", "1"},
                {"toMillis(@timestamp)", "1767225600000"},
                {"fromMillis(1642195111000)", "2022-01-14 21:18:31.000"},
                {"datefloor(@timestamp, 1mo)", "2026-01-01 00:00:00.000"},
                {"dateceil(fromMillis(1767225600001), 1y)", "2027-01-01 00:00:00.000"},
                {"datefloor(@timestamp, 1w)", "2025-12-29 00:00:00.000"},
                {"now()", "1767229200"},
                {"queryTimeRange()", "3600000"},
                {"bin(1h)", "2026-01-01 00:00:00.000"},
                {"unmask(@message)", "m"},
                {"nothing + 1", "-"},
                {"'a' < 'b'", "1"},
                {"'10' > 9", "1"},
                {"nothing = 1", "0"},
                {"nothing != 1", "1"},
        };
        const char *message = "m";

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                struct arena arena;
                struct str found;
                char query[200];

                arena_init(&arena, 1 << 20);
                (void)snprintf(query, sizeof(query), "fields %s as x | display x", ROWS[i].query);
                found = run_on(query, &message, 1, &arena);
                if (!str_eq(found, str_of(ROWS[i].expected)))
                        fail_msg("%s gives %.*s", ROWS[i].query, STR_ARG(found));
                arena_done(&arena);
        }
}

static void refused(void **state)
{
        static const struct {
                const char *query;
                size_t start;
        } ROWS[] = {
                {"", 0},
                {"fields", 6},
                {"nonsense @message", 0},
                {"fields @message | ", 18},
                {"fields a, ", 10},
                {"filter a = ", 11},
                {"filter (a = 1", 13},
                {"filter a = 'x", 11},
                {"filter a like /x", 14},
                {"filter a like /(/", 17},
                {"fields nofunction(a)", 18},
                {"fields count(*)", 13},
                {"stats a", 7},
                {"stats count(sum(a))", 16},
                {"fields abs()", 12},
                {"fields bin(5)", 11},
                {"fields bin(5x)", 11},
                {"limit 0", 6},
                {"limit 10001", 6},
                {"limit a", 6},
                {"limit any", 9},
                {"limit any 0", 10},
                {"stats avg(n) by bin(1m) | stats count(*) by bin(5m)", 48},
                {STATS STATS STATS STATS STATS STATS STATS STATS STATS STATS "stats sum(n) as n", 186},
                {"sort a | stats count(*)", 15},
                {"stats count(*) by a | display b", 31},
                {"dedup a | fields b", 10},
                {"parse @message '*-*' as a", 25},
                {"parse @message 'x'", 18},
                {"parse @message /x/", 18},
                {"parse @message /(x)/", 20},
                {"fields a as", 11},
                {"fields a b", 9},
                {"filter a in [1", 14},
                {"fields `a", 7},
                {"fields ~", 7},
                {"filter a not b", 13},
                {"filter a =~ 'x'", 12},
                {"filter a.", 8},
        };
        const struct insights_terms terms = {START_MS, START_MS, START_MS, 0};

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                struct insights *insights = NULL;
                struct insights_error error;

                if (insights_compile(str_of(ROWS[i].query), &terms, &insights, &error) != -EINVAL ||
                    !error.why[0])
                        fail_msg("%s is taken", ROWS[i].query);
                if (error.start != ROWS[i].start)
                        fail_msg("%s: %s at %zu", ROWS[i].query, error.why, error.start);
        }
}

/* However deep or long: it is refused, and nothing overflows. */
static void bounds(void **state)
{
        static const char *const PARTS[] = {"(", "not ", "a + ", "-", "abs(", "a and ", "a ^ ", "case(a, "};
        const struct insights_terms terms = {START_MS, START_MS, START_MS, 0};
        char query[INSIGHTS_TEXT_MAX + 100];

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(PARTS); i++) {
                struct insights *insights = NULL;
                struct insights_error error;
                size_t len = 7, part = strlen(PARTS[i]);

                memcpy(query, "fields ", len);
                for (; len + part < INSIGHTS_TEXT_MAX; len += part)
                        memcpy(query + len, PARTS[i], part);
                assert_int_equal(insights_compile(str_make(query, len), &terms, &insights, &error), -EINVAL);
        }
}

/* A million groups are more than is kept: the query fails, and does not lie. */
static void many(void **state)
{
        static const char *const QUERIES[] = {"stats count(*) by @message",
                                              "fields @message | sort @message | filter 1 = 1"};
        const struct insights_terms terms = {START_MS, START_MS, START_MS, 0};

        (void)state;
        for (size_t query = 0; query < ARRAY_LEN(QUERIES); query++) {
                _cleanup_(insights_freep) struct insights *insights = NULL;
                struct insights_error error;
                int r = 0;

                assert_int_equal(insights_compile(str_of(QUERIES[query]), &terms, &insights, &error), 0);
                for (int i = 0; i < 2000000 && r >= 0; i++) {
                        char message[120];
                        int len = snprintf(message, sizeof(message), "%0100d", i);

                        r = insights_offer(insights, &(struct insights_event){
                                                             .message = str_make(message, (size_t)len)});
                }
                assert_int_equal(r, -E2BIG);
        }
}

/* Those that will not be shown are let go: the newest, in any order, of many. */
static void newest(void **state)
{
        const struct insights_terms terms = {START_MS, START_MS, START_MS, 20};
        _cleanup_(insights_freep) struct insights *insights = NULL;
        struct insights_error error;
        struct arena arena;

        (void)state;
        arena_init(&arena, 1 << 20);
        assert_int_equal(insights_compile(STR("fields @message"), &terms, &insights, &error), 0);
        for (int i = 0; i < 100003; i++) {
                int at = (int)((int64_t)i * 7919 % 100003);
                char message[300];
                int len = snprintf(message, sizeof(message), "%0200d", at);
                const struct insights_event event = {.ms = START_MS + at,
                                                     .message = str_make(message, (size_t)len)};

                assert_int_equal(insights_offer(insights, &event), 1);
        }
        assert_int_equal(insights_end(insights), 0);
        assert_int_equal(insights_row_count(insights), 20);
        for (size_t i = 0; i < 20; i++) {
                struct str cell = insights_cell(insights, i, 0, &arena);
                uint64_t number;

                assert_int_equal(str_to_u64(str_from(cell, 190), &number), 0);
                assert_int_equal(number, 100002 - i);
        }
        arena_done(&arena);
}

static void estimates(void **state)
{
        const struct insights_terms terms = {START_MS, START_MS, START_MS, 0};
        _cleanup_(insights_freep) struct insights *insights = NULL;
        struct insights_error error;
        struct arena arena;
        double distinct, median;

        (void)state;
        arena_init(&arena, 1 << 20);
        assert_int_equal(insights_compile(STR("stats count_distinct(@message), pct(@message, 50)"), &terms,
                                          &insights, &error),
                         0);
        for (int i = 0; i < 50000; i++) {
                char message[20];
                int len = snprintf(message, sizeof(message), "%d", i);

                assert_int_equal(
                        insights_offer(insights,
                                       &(struct insights_event){.message = str_make(message, (size_t)len)}),
                        1);
        }
        assert_int_equal(insights_end(insights), 0);
        assert_int_equal(str_to_double(insights_cell(insights, 0, 0, &arena), &distinct), 0);
        assert_int_equal(str_to_double(insights_cell(insights, 0, 1, &arena), &median), 0);
        assert_true(distinct > 47000 && distinct < 53000);
        assert_true(median > 23000 && median < 27000);
        arena_done(&arena);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(fields),    cmocka_unit_test(parse),   cmocka_unit_test(stats),
                cmocka_unit_test(functions), cmocka_unit_test(refused), cmocka_unit_test(bounds),
                cmocka_unit_test(many),      cmocka_unit_test(newest),  cmocka_unit_test(estimates),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
