/* Event patterns: a table of patterns, events and whether they fit; and of what is none.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html */
#include "services/events/pattern.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct row {
        const char *pattern, *event;
        bool fits;
};

static const char STATE[] =
        "{\"source\": \"aws.ec2\", \"detail\": {\"state\": \"running\", \"n\": 5, \"ip\": "
        "\"10.0.0.9\", \"on\": true, \"no\": null, \"tags\": [\"a\", \"b\"], \"none\": [], "
        "\"list\": [{\"k\": 1, \"v\": \"x\"}, {\"k\": 2, \"v\": \"y\"}]}}";

static const struct row ROWS[] = {
        {"{\"source\": [\"aws.ec2\"]}", STATE, true},
        {"{\"source\": [\"aws.s3\"]}", STATE, false},
        {"{\"source\": [\"aws.s3\", \"aws.ec2\"]}", STATE, true},
        {"{\"source\": [\"AWS.EC2\"]}", STATE, false},
        {"{\"account\": [\"1\"]}", STATE, false},
        {"{\"source\": [\"aws.ec2\"], \"detail\": {\"state\": [\"stopped\"]}}", STATE, false},
        {"{\"source\": [\"aws.ec2\"], \"detail\": {\"state\": [\"running\"]}}", STATE, true},
        {"{\"detail\": {\"n\": [5]}}", STATE, true},
        {"{\"detail\": {\"n\": [5.0]}}", STATE, false},
        {"{\"detail\": {\"n\": [\"5\"]}}", STATE, false},
        {"{\"detail\": {\"on\": [true]}}", STATE, true},
        {"{\"detail\": {\"on\": [false]}}", STATE, false},
        {"{\"detail\": {\"no\": [null]}}", STATE, true},
        {"{\"detail\": {\"on\": [null]}}", STATE, false},
        {"{\"detail\": {\"tags\": [\"b\"]}}", STATE, true},
        {"{\"detail\": {\"tags\": [\"c\"]}}", STATE, false},
        /* objects in an array: all of it in the same one */
        {"{\"detail\": {\"list\": {\"k\": [2], \"v\": [\"y\"]}}}", STATE, true},
        {"{\"detail\": {\"list\": {\"k\": [1], \"v\": [\"y\"]}}}", STATE, false},
        /* where an object is expected and none is */
        {"{\"source\": {\"x\": [\"aws.ec2\"]}}", STATE, false},
        {"{\"detail\": [\"running\"]}", STATE, false},
        /* ends */
        {"{\"source\": [{\"prefix\": \"aws.\"}]}", STATE, true},
        {"{\"source\": [{\"prefix\": \"ws.\"}]}", STATE, false},
        {"{\"source\": [{\"prefix\": {\"equals-ignore-case\": \"AWS.\"}}]}", STATE, true},
        {"{\"source\": [{\"suffix\": \"ec2\"}]}", STATE, true},
        {"{\"source\": [{\"suffix\": \"EC2\"}]}", STATE, false},
        {"{\"source\": [{\"suffix\": {\"equals-ignore-case\": \"EC2\"}}]}", STATE, true},
        {"{\"source\": [{\"prefix\": \"\"}]}", STATE, true},
        {"{\"source\": [{\"suffix\": \"longer than aws.ec2\"}]}", STATE, false},
        {"{\"source\": [{\"equals-ignore-case\": \"Aws.Ec2\"}]}", STATE, true},
        /* anything but */
        {"{\"detail\": {\"state\": [{\"anything-but\": \"stopped\"}]}}", STATE, true},
        {"{\"detail\": {\"state\": [{\"anything-but\": \"running\"}]}}", STATE, false},
        {"{\"detail\": {\"state\": [{\"anything-but\": [\"stopped\", \"running\"]}]}}", STATE, false},
        {"{\"detail\": {\"n\": [{\"anything-but\": [1, 2]}]}}", STATE, true},
        {"{\"detail\": {\"n\": [{\"anything-but\": 5}]}}", STATE, false},
        {"{\"detail\": {\"x\": [{\"anything-but\": 5}]}}", STATE, false},
        {"{\"detail\": {\"tags\": [{\"anything-but\": \"a\"}]}}", STATE, true},
        {"{\"detail\": {\"state\": [{\"anything-but\": {\"prefix\": \"run\"}}]}}", STATE, false},
        {"{\"detail\": {\"state\": [{\"anything-but\": {\"prefix\": [\"x\", \"sto\"]}}]}}", STATE, true},
        {"{\"detail\": {\"state\": [{\"anything-but\": {\"suffix\": \"ing\"}}]}}", STATE, false},
        {"{\"detail\": {\"state\": [{\"anything-but\": {\"equals-ignore-case\": [\"RUNNING\"]}}]}}", STATE,
         false},
        {"{\"detail\": {\"state\": [{\"anything-but\": {\"wildcard\": \"*nn*\"}}]}}", STATE, false},
        /* numbers */
        {"{\"detail\": {\"n\": [{\"numeric\": [\"=\", 5]}]}}", STATE, true},
        {"{\"detail\": {\"n\": [{\"numeric\": [\"=\", 5.0]}]}}", STATE, true},
        {"{\"detail\": {\"n\": [{\"numeric\": [\">\", 5]}]}}", STATE, false},
        {"{\"detail\": {\"n\": [{\"numeric\": [\">=\", 5]}]}}", STATE, true},
        {"{\"detail\": {\"n\": [{\"numeric\": [\"<\", 5]}]}}", STATE, false},
        {"{\"detail\": {\"n\": [{\"numeric\": [\"<=\", 5]}]}}", STATE, true},
        {"{\"detail\": {\"n\": [{\"numeric\": [\">\", 0, \"<\", 6]}]}}", STATE, true},
        {"{\"detail\": {\"n\": [{\"numeric\": [\">\", 0, \"<\", 5]}]}}", STATE, false},
        {"{\"detail\": {\"state\": [{\"numeric\": [\">\", 0]}]}}", STATE, false},
        /* addresses */
        {"{\"detail\": {\"ip\": [{\"cidr\": \"10.0.0.0/24\"}]}}", STATE, true},
        {"{\"detail\": {\"ip\": [{\"cidr\": \"10.0.0.0/29\"}]}}", STATE, false},
        {"{\"detail\": {\"ip\": [{\"cidr\": \"10.0.0.8/29\"}]}}", STATE, true},
        {"{\"detail\": {\"ip\": [{\"cidr\": \"0.0.0.0/0\"}]}}", STATE, true},
        {"{\"detail\": {\"ip\": [{\"cidr\": \"2001:db8::/32\"}]}}", STATE, false},
        {"{\"detail\": {\"ip\": [{\"cidr\": \"2001:db8::/33\"}]}}",
         "{\"detail\": {\"ip\": \"2001:db8:7fff::1\"}}", true},
        {"{\"detail\": {\"ip\": [{\"cidr\": \"2001:db8::/33\"}]}}",
         "{\"detail\": {\"ip\": \"2001:db8:8000::1\"}}", false},
        {"{\"detail\": {\"state\": [{\"cidr\": \"0.0.0.0/0\"}]}}", STATE, false},
        /* existence: of leaves */
        {"{\"detail\": {\"n\": [{\"exists\": true}]}}", STATE, true},
        {"{\"detail\": {\"n\": [{\"exists\": false}]}}", STATE, false},
        {"{\"detail\": {\"x\": [{\"exists\": false}]}}", STATE, true},
        {"{\"detail\": {\"x\": [{\"exists\": true}]}}", STATE, false},
        {"{\"gone\": {\"x\": [{\"exists\": false}]}}", STATE, true},
        {"{\"detail\": {\"none\": [{\"exists\": false}]}}", STATE, true},
        {"{\"detail\": {\"no\": [{\"exists\": true}]}}", STATE, true},
        {"{\"detail\": {\"tags\": [{\"exists\": true}]}}", STATE, true},
        {"{\"detail\": {\"tags\": [{\"exists\": false}]}}", STATE, false},
        {"{\"detail\": [{\"exists\": true}]}", STATE, false},
        {"{\"detail\": {\"x\": [{\"exists\": false}, \"y\"]}}", STATE, true},
        /* wildcards */
        {"{\"detail\": {\"state\": [{\"wildcard\": \"r*n*g\"}]}}", STATE, true},
        {"{\"detail\": {\"state\": [{\"wildcard\": \"*\"}]}}", STATE, true},
        {"{\"detail\": {\"state\": [{\"wildcard\": \"run\"}]}}", STATE, false},
        {"{\"detail\": {\"state\": [{\"wildcard\": \"run*x\"}]}}", STATE, false},
        {"{\"a\": [{\"wildcard\": \"x\\\\*y*\"}]}", "{\"a\": \"x*yz\"}", true},
        {"{\"a\": [{\"wildcard\": \"x\\\\*y*\"}]}", "{\"a\": \"xxyz\"}", false},
        {"{\"a\": [{\"wildcard\": \"x\\\\\\\\*\"}]}", "{\"a\": \"x\\\\y\"}", true},
        {"{\"a\": [{\"wildcard\": \"*aa*\"}]}", "{\"a\": \"a\"}", false},
        {"{\"a\": [{\"wildcard\": \"ab*ba\"}]}", "{\"a\": \"aba\"}", false},
        {"{\"a\": [{\"wildcard\": \"*a*b*c\"}]}", "{\"a\": \"xaxbxbcxc\"}", true},
        {"{\"a\": [{\"wildcard\": \"*a*b*c\"}]}", "{\"a\": \"xbxacb\"}", false},
        {"{\"a\": [{\"wildcard\": \"a*\"}]}", "{\"a\": \"a\"}", true},
        {"{\"a\": [{\"wildcard\": \"*a\"}]}", "{\"a\": \"aab\"}", false},
        {"{\"a\": [{\"wildcard\": \"\"}]}", "{\"a\": \"\"}", true},
        /* "the last reference will be the one used" */
        {"{\"source\": [\"aws.s3\"], \"source\": [\"aws.ec2\"]}", STATE, true},
        {"{\"source\": [\"aws.ec2\"], \"source\": [\"aws.s3\"]}", STATE, false},
        /* large numbers: exactly, up to 2^53 */
        {"{\"a\": [{\"numeric\": [\"=\", 9007199254740992]}]}", "{\"a\": 9007199254740992}", true},
        {"{\"a\": [{\"numeric\": [\"=\", 9007199254740992]}]}", "{\"a\": 9007199254740993}", false},
        {"{\"a\": [{\"numeric\": [\">\", 5]}]}", "{\"a\": 1e300}", false},
        {"{\"a\": [{\"numeric\": [\">\", 5]}]}", "{\"a\": 6000000000}", true},
        {"{\"a\": [9007199254740993]}", "{\"a\": 9007199254740992}", false},
        {"{\"a\": [9007199254740993]}", "{\"a\": 9007199254740993}", true},
        {"{\"a\": [{\"anything-but\": 9007199254740993}]}", "{\"a\": 9007199254740992}", true},
        /* objects in arrays are no leaves either */
        {"{\"detail\": {\"list\": [{\"exists\": false}]}}", STATE, true},
        {"{\"detail\": {\"list\": [{\"exists\": true}]}}", STATE, false},
        {"{\"a\": [{\"exists\": true}]}", "{\"a\": [{\"b\": 1}, 5]}", true},
        /* choices */
        {"{\"$or\": [{\"source\": [\"aws.s3\"]}, {\"detail\": {\"n\": [5]}}]}", STATE, true},
        {"{\"$or\": [{\"source\": [\"aws.s3\"]}, {\"detail\": {\"n\": [6]}}]}", STATE, false},
        {"{\"source\": [\"aws.ec2\"], \"detail\": {\"$or\": [{\"n\": [6]}, {\"state\": [\"running\"]}]}}",
         STATE, true},
        {"{\"source\": [\"aws.s3\"], \"detail\": {\"$or\": [{\"n\": [5]}, {\"n\": [6]}]}}", STATE, false},
};

static const char *const REFUSED[][2] = {
        {"", "end of file"},
        {"[]", "Filter is not an object"},
        {"{}", "Empty objects are not allowed"},
        {"{\"a\": {}}", "Empty objects are not allowed"},
        {"{\"a\": []}", "Empty arrays are not allowed"},
        {"{\"a\": \"x\"}", "\"a\" must be an object or an array"},
        {"{\"a\": [[1]]}", "Match value must be String, number, true, false, or null"},
        {"{\"a\": [{\"like\": \"x\"}]}", "Unrecognized match type like"},
        {"{\"a\": [{}]}", "Only one key allowed"},
        {"{\"a\": [{\"prefix\": \"x\", \"suffix\": \"y\"}]}", "Only one key allowed"},
        {"{\"a\": [{\"prefix\": 5}]}", "prefix match pattern must be a string"},
        {"{\"a\": [{\"exists\": \"true\"}]}", "exists match pattern must be either true or false."},
        {"{\"a\": [{\"cidr\": \"10.0.0.0\"}]}", "Malformed CIDR, one '/' required"},
        {"{\"a\": [{\"cidr\": \"10.0.0.0/33\"}]}", "mask bits"},
        {"{\"a\": [{\"cidr\": \"10.0.0/8\"}]}", "Malformed IP"},
        {"{\"a\": [{\"numeric\": [\">\"]}]}", "Numeric match"},
        {"{\"a\": [{\"numeric\": [\"!\", 1]}]}", "Unrecognized numeric range operator: !"},
        {"{\"a\": [{\"numeric\": [\"<\", \"1\"]}]}", "Value of < must be numeric"},
        {"{\"a\": [{\"numeric\": [\">\", 6, \"<\", 5]}]}", "Bottom must be less than top"},
        {"{\"a\": [{\"numeric\": [\">=\", 6, \"<=\", 5]}]}", "Bottom must be less than top"},
        {"{\"a\": [{\"numeric\": [\"<\", 6, \"<\", 5]}]}", "Too many elements"},
        {"{\"a\": [{\"numeric\": [\"=\", 6, \"<\", 7]}]}", "Too many elements"},
        {"{\"a\": [{\"numeric\": [\"<\", 9007199254740993]}]}", "between -2^53 and 2^53"},
        {"{\"a\": [{\"numeric\": [\"<\", -9.1e15]}]}", "between -2^53 and 2^53"},
        {"{\"a\": [{\"anything-but\": null}]}", "anything but"},
        {"{\"a\": [{\"anything-but\": []}]}", "Empty arrays"},
        {"{\"a\": [{\"anything-but\": {\"numeric\": [\"=\", 1]}}]}", "Unsupported anything-but pattern"},
        {"{\"a\": [{\"wildcard\": \"a**b\"}]}", "Consecutive wildcard characters at pos 1"},
        {"{\"a\": [{\"wildcard\": \"a\\\\b\"}]}", "Invalid escape character at pos 1"},
        {"{\"$or\": [{\"a\": [1]}]}", "\"$or\" must be an array of two or more objects"},
        {"{\"$or\": [{\"a\": [1]}, 5]}", "Filter is not an object"},
        {"{\"a\": [{\"anything-but\": [1, \"x\"]}]}", "mixed type"},
        {"{\"a\": [{\"anything-but\": [true]}]}", "anything but"},
        {"{\"a\": [{\"numeric\": [\"<\", 5, \">\", 3]}]}", "Too many elements"},
        {"{\"a\": [{\"numeric\": [\"<=\", 5, \"=\", 3]}]}", "Too many elements"},
        {"{\"a\": [{\"anything-but\": {\"prefix\": \"\"}}]}", "Null prefix/suffix"},
        {"{\"a\": [{\"anything-but\": {\"suffix\": [\"x\", \"\"]}}]}", "Null prefix/suffix"},
};

static const char *const STORED[] = {
        "{\"a\": [{\"numeric\": [\"<\", 5, \">\", 3]}]}",
        "{\"a\": [{\"anything-but\": {\"prefix\": \"\"}}]}",
        "{\"a\": [{\"anything-but\": {\"suffix\": [\"x\", \"\"]}}]}",
};

static void patterns_fit(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(ROWS) / sizeof(*ROWS); i++) {
                const struct event_pattern *pattern = NULL;
                struct arena arena;
                struct str reason;
                json_t *event = json_loads(ROWS[i].event, 0, NULL);

                arena_init(&arena, 65536);
                assert_non_null(event);
                if (event_pattern_compile(&arena, str_of(ROWS[i].pattern), &pattern, &reason) < 0)
                        fail_msg("%s: %.*s", ROWS[i].pattern, STR_ARG(reason));
                if (event_pattern_matches(pattern, event) != ROWS[i].fits)
                        fail_msg("%s: %d expected", ROWS[i].pattern, ROWS[i].fits);
                json_decref(event);
                arena_done(&arena);
        }
}

static void what_is_none_is_refused(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(REFUSED) / sizeof(*REFUSED); i++) {
                const struct event_pattern *pattern = NULL;
                struct arena arena;
                struct str reason = STR_NONE;

                arena_init(&arena, 65536);
                assert_int_equal(event_pattern_check(&arena, str_of(REFUSED[i][0]), &pattern, &reason),
                                 -EINVAL);
                if (str_find(reason, str_of(REFUSED[i][1])) < 0)
                        fail_msg("%s: %.*s", REFUSED[i][0], STR_ARG(reason));
                arena_done(&arena);
        }
}

/* It is what rules have, and would be lost with its rule. */
static void what_older_builds_stored_is_read(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(STORED) / sizeof(*STORED); i++) {
                const struct event_pattern *pattern = NULL;
                struct arena arena;
                struct str reason = STR_NONE;

                arena_init(&arena, 65536);
                assert_int_equal(event_pattern_check(&arena, str_of(STORED[i]), &pattern, &reason), -EINVAL);
                assert_int_equal(event_pattern_compile(&arena, str_of(STORED[i]), &pattern, &reason), 0);
                arena_done(&arena);
        }
}

/* One of a hundred ways, twice, is one of ten thousand; a thousand are as many as there may be. */
static void choices_are_bounded(void **state)
{
        static const size_t COUNTS[][2] = {{10, 100}, {10, 101}, {2, 500}, {2, 501}};

        (void)state;
        for (size_t i = 0; i < sizeof(COUNTS) / sizeof(*COUNTS); i++) {
                const struct event_pattern *pattern = NULL;
                struct str reason = STR_NONE;
                struct arena arena;
                struct buf text;
                int r;

                buf_init(&text, 65536);
                for (size_t j = 0; j < 2; j++) {
                        buf_add(&text, j == 0 ? STR("{\"$or\":[") : STR("],\"x\":{\"$or\":["));
                        for (size_t k = 0; k < COUNTS[i][j]; k++)
                                buf_addf(&text, "%s{\"a\":[%zu]}", k ? "," : "", k);
                }
                buf_add(&text, STR("]}}"));
                arena_init(&arena, 1024 * 1024);
                r = event_pattern_compile(&arena, buf_str(&text), &pattern, &reason);
                assert_int_equal(r, COUNTS[i][0] * COUNTS[i][1] <= 1000 ? 0 : -EINVAL);
                arena_done(&arena);
                buf_done(&text);
        }
}

/* Deeper than anybody means, and more than memory is given for. */
static void patterns_are_bounded(void **state)
{
        const struct event_pattern *pattern = NULL;
        struct arena arena;
        struct str reason = STR_NONE;
        char deep[64 * 5 + 8] = "";

        (void)state;
        for (size_t i = 0; i < 64; i++)
                memcpy(deep + i * 5, "{\"a\":", 5);
        memcpy(deep + 64 * 5, "[1]", 3);
        arena_init(&arena, 65536);
        assert_true(event_pattern_compile(&arena, str_of(deep), &pattern, &reason) < 0);
        arena_done(&arena);
        arena_init(&arena, 64);
        assert_true(event_pattern_compile(&arena, STR("{\"a\":[1,2,3]}"), &pattern, &reason) < 0);
        arena_done(&arena);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(patterns_fit),
                cmocka_unit_test(what_is_none_is_refused),
                cmocka_unit_test(what_older_builds_stored_is_read),
                cmocka_unit_test(choices_are_bounded),
                cmocka_unit_test(patterns_are_bounded),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
