/* Among many patterns none that fits is passed over, and where words tell them apart only those of the
 * event's are looked at. */
#include "services/events/pattern_index.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define PATTERNS 300
#define EVENTS   300

struct set {
        struct arena arena;
        const struct event_pattern *patterns[1000];
        size_t count;
        const struct event_index *index;
        uint64_t bits[16];
};

static void add(struct set *set, struct str text)
{
        struct str reason;

        assert_int_equal(event_pattern_compile(&set->arena, text, &set->patterns[set->count++], &reason), 0);
}

static size_t find(struct set *set, const char *event)
{
        json_t *json = json_loads(event, 0, NULL);
        size_t found = 0;

        assert_non_null(json);
        event_index_find(set->index, json, set->bits);
        for (size_t i = 0; i < set->count; i++) {
                bool is_found = set->bits[i / 64] >> i % 64 & 1;

                assert_true(is_found || !event_pattern_matches(set->patterns[i], json));
                found += is_found;
        }
        json_decref(json);
        return found;
}

static void a_thousand_names_cost_one(void **state)
{
        struct set set = {};

        (void)state;
        arena_init(&set.arena, 16 * 1024 * 1024);
        for (size_t i = 0; i < 999; i++) {
                struct buf text;

                buf_init(&text, 1024);
                buf_addf(&text,
                         "{\"detail-type\":[\"t\"],\"detail\":{\"eventName\":[\"Call%zu\",\"Other%zu\"]}}", i,
                         i);
                add(&set, buf_str(&text));
                buf_done(&text);
        }
        add(&set, STR("{\"detail\":{\"eventName\":[{\"prefix\":\"Call7\"}]}}"));
        assert_int_equal(event_index_make(&set.arena, set.patterns, set.count, &set.index), 0);
        assert_int_equal(find(&set, "{\"detail-type\":\"t\",\"detail\":{\"eventName\":\"Call77\"}}"), 2);
        assert_int_equal(
                find(&set,
                     "{\"detail-type\":\"t\",\"detail\":{\"eventName\":[\"Other5\",\"Call5\",\"Call6\"]}}"),
                2);
        assert_int_equal(
                find(&set,
                     "{\"detail-type\":\"t\",\"detail\":[{\"eventName\":\"Call5\"},{\"eventName\":\"x\"}]}"),
                1);
        assert_int_equal(find(&set, "{\"detail-type\":\"t\"}"), 0);
        arena_done(&set.arena);
}

static void beginnings(void **state)
{
        static const struct {
                const char *event;
                size_t found;
        } EVENTS_OF[] = {
                {"{\"name\":\"Call77.x\"}", 3},       /* 77 twice, and Call7* */
                {"{\"name\":\"Call77.\"}", 3},        /* a beginning is one of itself */
                {"{\"name\":\"Call77\"}", 1},         /* Call7* */
                {"{\"name\":\"Call7.Put\"}", 5},      /* 7 twice, Call7*, the word and the wildcard of it */
                {"{\"name\":\"Call7.Puts\"}", 4},     /* no longer the word */
                {"{\"name\":[\"x\",\"Call7.\"]}", 3}, /* 7 twice, Call7* */
                {"{\"name\":\"Call\"}", 0},           {"{\"name\":\"\"}", 0}, {"{\"name\":\"~\"}", 0},
                {"{\"name\":\"CALL7.\"}", 0},
        };
        struct set set = {};

        (void)state;
        arena_init(&set.arena, 16 * 1024 * 1024);
        for (size_t i = 0; i < 990; i++) {
                struct buf text;

                buf_init(&text, 1024);
                buf_addf(&text, "{\"name\":[\"w%zu\",{\"prefix\":\"Call%zu.\"}]}", i, i / 2);
                add(&set, buf_str(&text));
                buf_done(&text);
        }
        add(&set, STR("{\"name\":[{\"wildcard\":\"Call7*x\"}]}"));
        add(&set, STR("{\"name\":[\"Call7.Put\"]}"));
        add(&set, STR("{\"name\":[{\"wildcard\":\"Call7.Put*\"}]}"));
        assert_int_equal(event_index_make(&set.arena, set.patterns, set.count, &set.index), 0);
        for (size_t i = 0; i < ARRAY_LEN(EVENTS_OF); i++)
                assert_int_equal(find(&set, EVENTS_OF[i].event), EVENTS_OF[i].found);
        add(&set, STR("{\"name\":[{\"prefix\":\"\"}]}")); /* of every text */
        add(&set, STR("{\"name\":[{\"wildcard\":\"*\"}]}"));
        add(&set, STR("{\"name\":[{\"prefix\":{\"equals-ignore-case\":\"call\"}}]}"));
        assert_int_equal(event_index_make(&set.arena, set.patterns, set.count, &set.index), 0);
        for (size_t i = 0; i < ARRAY_LEN(EVENTS_OF); i++)
                assert_int_equal(find(&set, EVENTS_OF[i].event), EVENTS_OF[i].found + 3);
        arena_done(&set.arena);
}

/* -- At random, the same in every run */

static unsigned int draw(unsigned int below)
{
        static uint32_t state = 1;

        state = state * 1664525U + 1013904223U;
        return (state >> 16) % below;
}

static void add_tests(struct buf *text)
{
        static const char *const WORDS[] = {"\"a\"",
                                            "\"b\"",
                                            "\"ba\"",
                                            "\"bab\"",
                                            "{\"prefix\":\"a\"}",
                                            "{\"prefix\":\"b\"}",
                                            "{\"prefix\":\"ba\"}",
                                            "{\"prefix\":\"bab\"}",
                                            "{\"wildcard\":\"b*b\"}",
                                            "{\"wildcard\":\"ba*\"}"};
        static const char *const OTHERS[] = {"5",
                                             "null",
                                             "{\"exists\":false}",
                                             "{\"prefix\":\"\"}",
                                             "{\"wildcard\":\"*b\"}",
                                             "{\"equals-ignore-case\":\"A\"}"};
        unsigned int words = 1 + draw(3);
        bool has_others = draw(4) == 0; /* which no index knows */

        for (unsigned int i = 0; i < words; i++)
                buf_addf(text, "%s%s", i ? "," : "",
                         has_others && draw(2) ? OTHERS[draw(ARRAY_LEN(OTHERS))]
                                               : WORDS[draw(ARRAY_LEN(WORDS))]);
}

static void add_object(struct buf *text, unsigned int depth, bool is_pattern);

static void add_value(struct buf *text, unsigned int depth)
{
        static const char *const VALUES[] = {"\"a\"",   "\"b\"",     "\"bb\"", "\"ba\"",
                                             "\"bab\"", "\"babab\"", "\"A\"",  "\"\"",
                                             "5",       "null",      "[]",     "[\"a\",\"bb\"]"};

        if (depth > 0 && draw(3) == 0) {
                bool is_list = draw(2);

                buf_add(text, is_list ? STR("[\"b\",") : STR(""));
                add_object(text, depth - 1, false);
                buf_add(text, is_list ? STR("]") : STR(""));
        } else {
                buf_addf(text, "%s", VALUES[draw(ARRAY_LEN(VALUES))]);
        }
}

static void add_member(struct buf *text, char name, unsigned int depth, bool is_pattern)
{
        buf_addf(text, "\"%c\":", name);
        if (!is_pattern) {
                add_value(text, depth);
        } else if (depth > 0 && draw(3) == 0) {
                add_object(text, depth - 1, true);
        } else {
                buf_add(text, STR("["));
                add_tests(text);
                buf_add(text, STR("]"));
        }
}

static void add_object(struct buf *text, unsigned int depth, bool is_pattern)
{
        char first = (char)('x' + draw(2));

        buf_add(text, STR("{"));
        add_member(text, first, depth, is_pattern);
        if (draw(2)) {
                buf_add(text, STR(","));
                add_member(text, (char)(first + 1), depth, is_pattern);
        }
        if (is_pattern && draw(4) == 0)
                buf_add(text, STR(",\"$or\":[{\"x\":[\"a\"]},{\"y\":[\"b\"]}]"));
        buf_add(text, STR("}"));
}

static void none_that_fits_is_passed_over(void **state)
{
        struct set set = {};
        struct buf text;

        (void)state;
        arena_init(&set.arena, 16 * 1024 * 1024);
        buf_init(&text, 65536);
        for (size_t i = 0; i < PATTERNS; i++) {
                buf_clear(&text);
                add_object(&text, 2, true);
                add(&set, buf_str(&text));
        }
        assert_int_equal(event_index_make(&set.arena, set.patterns, set.count, &set.index), 0);
        for (size_t i = 0; i < EVENTS; i++) {
                buf_clear(&text);
                add_object(&text, 3, false);
                buf_add_byte(&text, '\0');
                (void)find(&set, buf_str(&text).ptr);
        }
        buf_done(&text);
        arena_done(&set.arena);
}

static void of_none_there_is_none(void **state)
{
        struct set set = {};

        (void)state;
        arena_init(&set.arena, 65536);
        assert_int_equal(event_index_make(&set.arena, set.patterns, 0, &set.index), 0);
        assert_int_equal(event_index_words(set.index), 0);
        assert_int_equal(find(&set, "{}"), 0);
        arena_done(&set.arena);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_thousand_names_cost_one),
                cmocka_unit_test(beginnings),
                cmocka_unit_test(none_that_fits_is_passed_over),
                cmocka_unit_test(of_none_there_is_none),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
