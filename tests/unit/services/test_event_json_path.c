/* JSONPath as EventBridge has it. */
#include "services/events/json_path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const char EVENT[] =
        "{\"detail-type\": \"T\", \"a\": {\"b_c\": [1, {\"d\": \"x\"}, {\"d\": null}]}, \"m/n\": true}";

static void test_find(void **state)
{
        static const char *const ROWS[][2] = {
                {"$.detail-type", "\"T\""},
                {"$.a.b_c[0]", "1"},
                {"$.a.b_c[1].d", "\"x\""},
                {"$.a.b_c[2].d", "null"},
                {"$.a.b_c[3]", NULL},
                {"$.a.x.y", NULL},
                {"$.a[0]", NULL},
                {"$.m/n", "true"},
                {"$.a.b_c[*].d", "[\"x\",null]"},
                {"$.a.*", "[[1,{\"d\":\"x\"},{\"d\":null}]]"},
                {"$.*.x", NULL},
                {"$", "{\"detail-type\":\"T\",\"a\":{\"b_c\":[1,{\"d\":\"x\"},{\"d\":null}]},\"m/n\":true}"},
        };
        json_t *event = json_loads(EVENT, 0, NULL);

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                json_t *found = json_path_find(event, str_of(ROWS[i][0]));
                char *text = found ? json_dumps(found, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

                if (!str_eq(str_of(text), str_of(ROWS[i][1])) || !text != !ROWS[i][1])
                        fail_msg("%s: %s, not %s", ROWS[i][0], text ? text : "nothing",
                                 ROWS[i][1] ? ROWS[i][1] : "nothing");
                free(text);
                json_decref(found);
        }
        json_decref(event);
}

static void test_none(void **state)
{
        static const char *const NONE[] = {"",       "a",         "$a",     "$.",      "$..a",
                                           "$.a.",   "$.a[",      "$.a[x]", "$.a[-1]", "$.a[1",
                                           "$['a']", "$.a[?(@)]", "$.a[]",  "$.a[1]b", "$.a[99999999999]"};

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(NONE); i++)
                if (json_path_is_valid(str_of(NONE[i])))
                        fail_msg("%s is taken", NONE[i]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_find),
                cmocka_unit_test(test_none),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
