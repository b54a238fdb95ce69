/* Filter patterns: what the guide's own examples say, and what is refused.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html */
#include "services/logs/pattern.h"

#include "wire/regex.h"

#include "../check.h" /* behind the others: cmocka has a fail() of its own */

static bool matches(const char *text, const char *message)
{
        _cleanup_(logs_pattern_freep) struct logs_pattern *pattern = NULL;
        char why[PATTERN_WHY_MAX];
        int r = logs_pattern_compile(str_of(text), &pattern, why);

        if (r < 0)
                fail_msg("%s: %s", text, why);
        return logs_pattern_match(pattern, str_of(message)) == 1;
}

struct row {
        const char *pattern, *message;
        bool expected;
};

static void check_rows(const struct row *rows, size_t count)
{
        for (size_t i = 0; i < count; i++)
                if (matches(rows[i].pattern, rows[i].message) != rows[i].expected)
                        fail_msg("%s on %s", rows[i].pattern, rows[i].message);
}

static void terms(void **state)
{
        static const struct row ROWS[] = {
                {"ERROR", "[ERROR 400] BAD REQUEST", true},
                {"ERROR", "[error 400]", false},
                {"ERROR", "ERRORCODE: -1", true},
                {"ERROR ARGUMENTS", "[ERROR 419] MISSING ARGUMENTS", true},
                {"ERROR ARGUMENTS", "[ERROR 400] BAD REQUEST", false},
                {"?ERROR ?ARGUMENTS", "INVALID ARGUMENTS", true},
                {"?ERROR ?ARGUMENTS", "BAD REQUEST", false},
                {"?ERROR ?ARGUMENTS REQUEST", "[INFO] REQUEST FAILED", true},
                {"?ERROR ?ARGUMENTS REQUEST", "ERROR", false},
                {"\"INTERNAL SERVER ERROR\"", "[ERROR 500] INTERNAL SERVER ERROR", true},
                {"\"INTERNAL SERVER ERROR\"", "SERVER INTERNAL ERROR", false},
                {"ERROR -ARGUMENTS", "[ERROR 400] BAD REQUEST", true},
                {"ERROR -ARGUMENTS", "[ERROR 419] MISSING ARGUMENTS", false},
                {"\"ERROR\" - \"Exiting\"", "Exiting with ERRORCODE: -1", false},
                {"-a", "b", true},
                {"\" \"", "anything", true},
                {"", "anything", true},
                {"\"a\\\"b\"", "x a\"b", true},
                {"%AUTHORIZED%", "[ERROR 401] UNAUTHORIZED REQUEST", true},
                {"%AUTHORIZED%", "[ERROR 400]", false},
                {"%^[hc]at%", "hat", true},
                {"%^[hc]at%", "that", false},
                {"%[hc]at$%", "the cat", true},
                {"%colou?r%", "color", true},
                {"%a{3,5}%", "aaa", true},
                {"%^a{,2}$%", "aaa", false},
                {"%gra|ey%", "grey", true},
                {"%^starting|^initializing|^shutting down%", "shutting down", true},
                {"%^starting|^initializing|^shutting down%", "skipping initializing", false},
                {"%10\\.10\\.0\\.1%", "10.10.0.1", true},
                {"%10\\.10\\.0\\.1%", "10010,051", false},
                {"%\\x28a%", "(a", true},
                {"%\\[.\\]%", "[7]", true},
                {"%\\d\\D\\s%", "1a ", true},
        };

        (void)state;
        check_rows(ROWS, ARRAY_LEN(ROWS));
}

#define TRAIL                                                                                                \
        "{\"eventType\":\"UpdateTrail\",\"sourceIPAddress\":\"111.111.111.111\",\"arrayKey\":[\"value\","    \
        "\"another value\"],\"objectList\":[{\"name\":\"a\",\"id\":1},{\"name\":\"b\",\"id\":2}],"           \
        "\"SomeObject\":null,\"ThisFlag\":true,\"cluster.name\":\"c\",\"size\":50,\"big\":1e3,"              \
        "\"account\":\"123456789012\",\"huge\":123456789012345678901234567890}"
#define USERS                                                                                                \
        "{\"user\":{\"id\":1,\"email\":\"John.Stiles@example.com\"},\"users\":[{\"id\":2,\"email\":"         \
        "\"John.Doe@example.com\"},{\"id\":3,\"email\":\"Jane.Doe@example.com\"}],\"actions\":[\"GET\","     \
        "\"PUT\",\"DELETE\"],\"coordinates\":[[0,1,2],[4,5,6],[7,8,9]]}"

static void properties(void **state)
{
        static const struct row ROWS[] = {
                {"{ $.eventType = \"UpdateTrail\" }", TRAIL, true},
                {"{$.eventType=UpdateTrail}", TRAIL, true},
                {"{ $.eventType = UpdateTrai }", TRAIL, false},
                {"{ $.eventType = *Trail }", TRAIL, true},
                {"{ $.eventType = \"Update*\" }", TRAIL, true},
                {"{ $.eventType = *date* }", TRAIL, true},
                {"{ $.eventType = Up*Trail }", TRAIL, false}, /* a star between is a star */
                {"{ $.sourceIPAddress != 123.123.* }", TRAIL, true},
                {"{ $.sourceIPAddress != 111.111.* }", TRAIL, false},
                {"{ $.arrayKey[0] = \"value\" }", TRAIL, true},
                {"{ $.arrayKey[1] = \"value\" }", TRAIL, false},
                {"{ $.objectList[1].id = 2 }", TRAIL, true},
                {"{ $.objectList[2].id = 2 }", TRAIL, false},
                {"{ $.SomeObject IS NULL }", TRAIL, true},
                {"{ $.eventType IS NULL }", TRAIL, false},
                {"{ $.none IS NULL }", TRAIL, false},
                {"{ $.SomeOtherObject NOT EXISTS }", TRAIL, true},
                {"{ $.SomeObject NOT EXISTS }", TRAIL, false},
                {"{ $.ThisFlag IS TRUE }", TRAIL, true},
                {"{ $.ThisFlag IS FALSE }", TRAIL, false},
                {"{ $.eventType = %Trail% }", TRAIL, true},
                {"{ $.eventType != %Trail% }", TRAIL, false},
                {"{ $.arrayKey[*] = %val.{2}% }", TRAIL, true},
                {"{ $.* = %111\\.111\\.111\\.1[0-9]{1,2}% }", TRAIL, true},
                {"{ $.* = %222% }", TRAIL, false},
                {"{ $.objectList[*].name = b }", TRAIL, true},
                {"{ $.objectList[*].name NOT EXISTS }", TRAIL, false},
                {"{ $.objectList[*].more NOT EXISTS }", TRAIL, true},
                {"{ $.['cluster.name'] = \"c\" }", TRAIL, true},
                {"{ $.arrayKey = 1 }", TRAIL, false},
                {"{ $.arrayKey != 1 }", TRAIL, false},
                {"{ $.none != 1 }", TRAIL, false},
                {"{ $.size > 49 }", TRAIL, true},
                {"{ $.size > 50 }", TRAIL, false},
                {"{ $.size >= 50 }", TRAIL, true},
                {"{ $.size < 5e1 }", TRAIL, false},
                {"{ $.size <= +50.0 }", TRAIL, true},
                {"{ $.size = 50.0 }", TRAIL, true},
                {"{ $.size = 5* }", TRAIL, true},
                {"{ $.size = * }", TRAIL, true},
                {"{ $.size != 50 }", TRAIL, false},
                {"{ $.big = 1e+3 }", TRAIL, true},
                {"{ $.huge > 1 }", TRAIL, true},
                {"{ $.eventType > 1 }", TRAIL, false},
                {"{ $.account = 123456789012 }", TRAIL, true},
                {"{ $.eventType = * }", "not JSON", false},
                /* Escapes that JSON has and C strings have not hide nothing. */
                {"{ $.errorCode = AccessDenied }",
                 "{\"agent\": \"x\\u0000y\", \"errorCode\": \"AccessDenied\"}", true},
                {"{ $.errorCode = AccessDenied }", "{\"a\\u0000b\": 1, \"errorCode\": \"AccessDenied\"}",
                 true},
                {"{ $.errorCode = AccessDenied }",
                 "{\"agent\": \"\\ud800\", \"errorCode\": \"AccessDenied\"}", true},
                {"{ $.a = \"\\ud83d\\ude00\" }", "{\"a\": \"\\ud83d\\ude00\"}", false},
                {"{ $.a = \"\xf0\x9f\x98\x80\" }", "{\"a\": \"\\ud83d\\ude00\", \"b\": \"\\udc00\\\\u0000\"}",
                 true},
                {"{ $.eventType = * }", "[1]", false},
                {"{ $.a = * }", "{\"a\":1", false},
                {"{ ($.user.id = 1) && ($.users[0].email = \"John.Doe@example.com\") }", USERS, true},
                {"{ $.user.email = \"John.Stiles@example.com\" || $.coordinates[0][1] = \"nonmatch\" && "
                 "$.actions[2] = \"nonmatch\" }",
                 USERS, true},
                {"{ ($.user.email = \"John.Stiles@example.com\" || $.coordinates[0][1] = nonmatch) && "
                 "$.actions[2] = nomatch }",
                 USERS, false},
                {"{ ($.user.id = 2 && $.users[0].email = \"nonmatch\") || $.actions[2] = \"GET\" }", USERS,
                 false},
                {"{ $.coordinates[1][2] = 6 }", USERS, true},
                {"{ (($.user.id = 1)) }", USERS, true},
        };

        (void)state;
        check_rows(ROWS, ARRAY_LEN(ROWS));
}

#define LINE "127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] \"GET /index.html HTTP/1.0\" 404 1534"

static void fields(void **state)
{
        static const struct row ROWS[] = {
                {"[ip, user, username, timestamp, request, status_code, bytes]", LINE, true},
                {"[ip, user, username, timestamp, request, status_code, bytes, more]", LINE, false},
                {"[ip=%127\\.0\\.0\\.[1-9]%, user, username, timestamp, request =*.html*, status_code = 4*, "
                 "bytes]",
                 LINE, true},
                {"[..., request =*.html*, status_code = 4*, bytes]", LINE, true},
                {"[..., request =*.gif*, status_code = 4*, bytes]", LINE, false},
                {"[ip, user, username, timestamp, request, status_code, bytes > 1000]", LINE, true},
                {"[ip, user, username, timestamp, request, status_code, bytes > 1534]", LINE, false},
                {"[ip, user, username, timestamp, request =*.html*, status_code = 404 || status_code = 410, "
                 "bytes]",
                 LINE, true},
                {"[ip, user, username, timestamp, request, status_code = 4* && status_code != 404, bytes]",
                 LINE, false},
                {"[ip, user = Dev, ...]", LINE, false},
                {"[ip, user = \"Prod\", ...]", LINE, true},
                {"[]", LINE, true},
                {"[w1=ERROR, w2]", "ERROR 09/25/2014 12:00:02 Failed to process request", true},
                {"[w1=ERROR, w2]", "WARNING 09/25/2014 12:00:02 Invalid user request", false},
                {"[w1=ERROR || w1=WARNING, w2]", "WARNING Invalid", true},
                {"[w1!=ERROR && w1!=WARNING, w2]", "INFO GET", true},
                {"[w1!=ERROR && w1!=WARNING, w2]", "ERROR GET", false},
                {"[w1=ERROR || w1=%WARN%, w2]", "WARNING x", true},
                {"[logLevel, date, time, method, url=%/service/resource/[0-9]+$%, response_time]",
                 "INFO 09/25/2014 12:00:00 GET /service/resource/67 1200", true},
                {"[logLevel, date, time, method, url=%/service/resource/[0-9]+$%, response_time]",
                 "INFO 09/25/2014 12:00:01 POST /service/resource/67/part/111 1310", false},
                {"[a]", "", false},
        };

        (void)state;
        check_rows(ROWS, ARRAY_LEN(ROWS));
}

static void extracted(void **state)
{
        static const struct str EXPECTED[][2] = {
                {STR_INIT("$1"), STR_INIT("127.0.0.1")},
                {STR_INIT("$2"), STR_INIT("Prod")},
                {STR_INIT("$3"), STR_INIT("frank")},
                {STR_INIT("$4"), STR_INIT("10/Oct/2000:13:25:15 -0700")},
                {STR_INIT("$request"), STR_INIT("GET /index.html HTTP/1.0")},
                {STR_INIT("$status_code"), STR_INIT("404")},
                {STR_INIT("$7"), STR_INIT("1534")},
        };
        _cleanup_(logs_pattern_freep) struct logs_pattern *pattern = NULL;
        _cleanup_(arena_done) struct arena arena = {};
        char why[PATTERN_WHY_MAX];
        struct logs_pattern_field *found;
        size_t count;

        (void)state;
        arena_init(&arena, 65536);
        assert_int_equal(logs_pattern_compile(STR("[..., request=*.html*, status_code=4*,]"), &pattern, why),
                         0);
        assert_int_equal(logs_pattern_match(pattern, STR(LINE)), 1);
        assert_int_equal(logs_pattern_fields(pattern, STR(LINE), &arena, &found, &count), 0);
        assert_int_equal(count, ARRAY_LEN(EXPECTED));
        for (size_t i = 0; i < count; i++) {
                assert_true(str_eq(found[i].name, EXPECTED[i][0]));
                assert_true(str_eq(found[i].value, EXPECTED[i][1]));
        }
}

static void refused(void **state)
{
        static const char *const WRONG[] = {
                "foo.bar",
                "\"open",
                "%open",
                "%a(b)%",
                "%a!%",
                "%[%",
                "%%",
                "- ",
                "?",
                "{",
                "{}",
                "{ $.a }",
                "{ $.a = }",
                "{ $.a = 1",
                "{ a = 1 }",
                "{ $ = 1 }",
                "{ $.a > x }",
                "{ $.a = 1 } x",
                "{ ($.a = 1 }",
                "{ $.a = 1) }",
                "{ $.a = 1 && }",
                "{ $.a = 1 $.b = 2 }",
                "{ $.a[ = 1 }",
                "{ $.a[x] = 1 }",
                "{ $.a[-1] = 1 }",
                "{ $.a[*][*] = 1 }",
                "{ $.a IS 1 }",
                "{ $.a NOT 1 }",
                "{ $.a = %a% || $.a = %b% || $.a = %c% }",
                "{ $.*=1 || $.*=1 || $.*=1 || $.*=1 }",
                "[",
                "[a",
                "[a b]",
                "[a, a]",
                "[..., b, ...]",
                "[a = ]",
                "[a > x]",
                "[a = 1 || b = 2]",
                "[a = %x]",
                "[a=%x% || a=%y% || a=%z%]",
        };
        struct logs_pattern *pattern;
        char why[PATTERN_WHY_MAX];

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(WRONG); i++) {
                if (logs_pattern_compile(str_of(WRONG[i]), &pattern, why) != -EINVAL)
                        fail_msg("%s is taken", WRONG[i]);
                assert_true(why[0]);
        }
}

/* However a pattern of its length is nested or repeated, and whatever it is asked of. */
static void bounds(void **state)
{
        struct logs_pattern *pattern;
        char why[PATTERN_WHY_MAX], text[PATTERN_MAX + 2], deep[200000];

        (void)state;
        for (size_t of = 0; of < 4; of++) {
                static const char *const PARTS[] = {"(", "[,", "-a ", "$.a=1||"};

                for (size_t i = 0; i < sizeof(text); i++)
                        text[i] = PARTS[of][i % str_of(PARTS[of]).len];
                text[0] = of == 0 || of == 3 ? '{' : text[0];
                for (size_t len = PATTERN_MAX - 4; len < sizeof(text); len++)
                        if (logs_pattern_compile(str_make(text, len), &pattern, why) == 0)
                                logs_pattern_free(pattern);
        }
        memset(deep, '[', sizeof(deep));
        memcpy(deep, "{\"a\":", 5);
        assert_int_equal(logs_pattern_compile(STR("{ $.a = 1 }"), &pattern, why), 0);
        assert_int_equal(logs_pattern_match(pattern, str_make(deep, sizeof(deep))), 0);
        logs_pattern_free(pattern);
        memset(deep, 'a', sizeof(deep));
        assert_int_equal(logs_pattern_compile(STR("%a*a*a*a*a*a*a*b%"), &pattern, why), 0);
        assert_int_equal(logs_pattern_match(pattern, str_make(deep, sizeof(deep))), 0);
        logs_pattern_free(pattern);
}

/* What metrics take. */
static struct str taken(const char *text, const char *source_text, const char *message, struct arena *arena)
{
        _cleanup_(logs_pattern_freep) struct logs_pattern *pattern = NULL;
        struct logs_pattern_message asked = {.text = str_of(message)};
        struct logs_pattern_source *source = NULL;
        char why[PATTERN_WHY_MAX];
        struct str value = STR_NONE;

        if (logs_pattern_compile(str_of(text), &pattern, why) < 0 ||
            logs_pattern_source_new(pattern, str_of(source_text), &source, why) < 0)
                fail_msg("%s of %s: %s", source_text, text, why);
        assert_int_equal(logs_pattern_source_read(source, &asked, arena, &value), 0);
        logs_pattern_source_free(source);
        logs_pattern_message_done(&asked);
        return value;
}

static bool is_refused(const char *text, const char *source_text)
{
        _cleanup_(logs_pattern_freep) struct logs_pattern *pattern = NULL;
        struct logs_pattern_source *source;
        char why[PATTERN_WHY_MAX];

        assert_int_equal(logs_pattern_compile(str_of(text), &pattern, why), 0);
        return logs_pattern_source_new(pattern, str_of(source_text), &source, why) == -EINVAL && why[0];
}

static void sources(void **state)
{
        const char *json = "{\"a\": {\"n\": 1.5, \"s\": \"text\", \"l\": [7]}, \"t\": true}";
        struct arena arena;

        (void)state;
        arena_init(&arena, 1 << 20);
        assert_true(str_eq(taken("{ $.a.n = * }", "$.a.n", json, &arena), STR("1.5")));
        assert_true(str_eq(taken("{ $.a.n = * }", "$.a.l[0]", json, &arena), STR("7")));
        assert_true(str_eq(taken("{ $.a.n = * }", "$.a.s", json, &arena), STR("text")));
        assert_true(str_eq(taken("{ $.a.n = * }", "$.t", json, &arena), STR("true")));
        assert_false(str_is_set(taken("{ $.a.n = * }", "$.a", json, &arena)));
        assert_false(str_is_set(taken("{ $.a.n = * }", "$.none", json, &arena)));
        assert_true(str_eq(taken("[ip, ..., size]", "$size", "1.2.3.4 - - 99", &arena), STR("99")));
        assert_true(str_eq(taken("[ip, ..., size]", "$3", "1.2.3.4 - x 99", &arena), STR("x")));
        assert_true(is_refused("[ip, size]", "$other") && is_refused("[ip, size]", "$.size"));
        assert_true(is_refused("ERROR", "$size") && is_refused("{ $.a = 1 }", "$size"));
        assert_true(is_refused("{ $.a = 1 }", "$.*") && is_refused("{ $.a = 1 }", "$.a b"));
        arena_done(&arena);
}

/* Work that does not grow with the square of a line. */
static void unclosed_fields(void **state)
{
        static char message[1 << 20];

        (void)state;
        for (size_t i = 0; i + 1 < sizeof(message); i += 2)
                memcpy(message + i, i % 4 ? "\" " : "[ ", 2);
        message[sizeof(message) - 1] = '\0';
        for (int i = 0; i < 20; i++)
                assert_true(matches("[a, ..., z]", message));
}

/* -- What takes too long */

#define SLOW "%x*x*x*[yz]%"

static int answer(const char *text, const char *message)
{
        _cleanup_(logs_pattern_freep) struct logs_pattern *pattern = NULL;
        char why[PATTERN_WHY_MAX];

        if (logs_pattern_compile(str_of(text), &pattern, why) < 0)
                fail_msg("%s: %s", text, why);
        logs_pattern_budget(pattern)->each_ns = INT64_C(2000000);
        return logs_pattern_match(pattern, str_of(message));
}

static void what_takes_too_long_is_not_decided(void **state)
{
        static char xs[20001];
        static const struct {
                const char *pattern, *message; /* %s: the xs */
                int expected;
        } ROWS[] = {
                {SLOW, "%s", -E2BIG},
                {"-" SLOW, "%s", -E2BIG},
                {"abc " SLOW, "%s", 0},
                {SLOW " abc", "%s", 0},
                {SLOW " abc", "%s abc", -E2BIG},
                {"-abc " SLOW, "%s abc", 0},
                {"?abc ?" SLOW, "%s", -E2BIG},
                {"?" SLOW " ?abc", "%s abc", 1},
                {"{ $.a = " SLOW " }", "{\"a\":\"%s\"}", -E2BIG},
                {"{ $.a != " SLOW " }", "{\"a\":\"%s\"}", -E2BIG},
                {"{ $.a = " SLOW " && $.b = 2 }", "{\"a\":\"%s\",\"b\":1}", 0},
                {"{ $.b = 2 && $.a = " SLOW " }", "{\"a\":\"%s\",\"b\":1}", 0},
                {"{ $.a = " SLOW " || $.b = 1 }", "{\"a\":\"%s\",\"b\":1}", 1},
                {"{ ($.a = " SLOW " || $.b = 2) && $.b = 1 }", "{\"a\":\"%s\",\"b\":1}", -E2BIG},
                {"{ $.a[*] = " SLOW " }", "{\"a\":[\"xy\",\"%s\"]}", 1},
                {"{ $.a[*] = " SLOW " }", "{\"a\":[\"%s\",\"b\"]}", -E2BIG},
                {"[a=" SLOW ", b=2]", "%s 1", 0},
                {"[a=" SLOW ", b=2]", "%s 2", -E2BIG},
        };
        static char message[sizeof(xs) + 64];

        (void)state;
        memset(xs, 'x', sizeof(xs) - 1);
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                const char *at = strstr(ROWS[i].message, "%s");

                (void)snprintf(message, sizeof(message), "%.*s%s%s", (int)(at - ROWS[i].message),
                               ROWS[i].message, xs, at + 2);
                if (answer(ROWS[i].pattern, message) != ROWS[i].expected)
                        fail_msg("%s on %s", ROWS[i].pattern, ROWS[i].message);
        }
}

static void each_message_has_its_own_time(void **state)
{
        _cleanup_(logs_pattern_freep) struct logs_pattern *pattern = NULL;
        static char xs[20000];
        char why[PATTERN_WHY_MAX];

        (void)state;
        memset(xs, 'x', sizeof(xs));
        assert_int_equal(logs_pattern_compile(STR(SLOW), &pattern, why), 0);
        logs_pattern_budget(pattern)->each_ns = INT64_C(2000000);
        for (size_t i = 0; i < 5; i++) {
                assert_int_equal(logs_pattern_match(pattern, str_make(xs, sizeof(xs))), -E2BIG);
                assert_int_equal(logs_pattern_match(pattern, STR("xxy")), 1);
                assert_int_equal(logs_pattern_match(pattern, STR("xx")), 0);
        }
        logs_pattern_budget(pattern)->left_ns = 0;
        assert_int_equal(logs_pattern_match(pattern, STR("xxy")), -ETIME);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(terms),
                cmocka_unit_test(sources),
                cmocka_unit_test(unclosed_fields),
                cmocka_unit_test(properties),
                cmocka_unit_test(fields),
                cmocka_unit_test(extracted),
                cmocka_unit_test(refused),
                cmocka_unit_test(bounds),
                cmocka_unit_test(what_takes_too_long_is_not_decided),
                cmocka_unit_test(each_message_has_its_own_time),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
