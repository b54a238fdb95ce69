/* Our reader of JSON against jansson: both accept the same texts. */
#include "wire_test.h"

#include "random_value.h"

#include <jansson.h>

#define ROUNDS 200000

static bool jansson_accepts(struct str text)
{
        json_t *json = json_loadb(text.ptr, text.len, JSON_ALLOW_NUL, NULL);
        bool is_object = json_is_object(json);

        json_decref(json);
        return is_object;
}

/* What jansson refuses though RFC 8259 does not: NUL in a member's name, and numbers that no double or int64
 * holds. */
static bool is_beyond_jansson(struct str text)
{
        size_t digits = 0;

        for (size_t i = 0; i < text.len; i++) {
                digits = strchr("0123456789", text.ptr[i]) ? digits + 1 : 0;
                if (digits > 2 || text.ptr[i] == '\0')
                        return true;
        }
        return str_find(text, STR("\\u0000")) >= 0;
}

static void compare(struct bench *b, struct str text)
{
        bool ours;

        if (is_beyond_jansson(text))
                return;
        arena_reset(&b->arena);
        ours = decode_json(b, text) == 0;
        if (ours != jansson_accepts(text))
                fail_msg("%s: %.*s", ours ? "only ours accepts" : "only jansson accepts", STR_ARG(text));
}

/* Texts of pieces that are JSON more often than chance would have it. */
static struct str random_json(struct random_source *source, char *room, size_t size)
{
        static const char *const PIECES[] = {"{",
                                             "}",
                                             "[",
                                             "]",
                                             ",",
                                             ":",
                                             "\"a\"",
                                             "\"\\n\"",
                                             "\"\\ud83d\\ude00\"",
                                             "\"",
                                             "1",
                                             "-0",
                                             "1.5",
                                             "2e1",
                                             "true",
                                             "false",
                                             "null",
                                             " ",
                                             "\n",
                                             "\"\xc3\xa9\"",
                                             "\\",
                                             "\xff",
                                             "{}",
                                             "[]",
                                             "\"b\":",
                                             "\"c\":1",
                                             "01",
                                             "1.",
                                             "e",
                                             "\"\\ud800\"",
                                             "\x01",
                                             "\x7f"};
        size_t count = 1 + random_below(source, 9);
        struct buf text = {.data = room, .capacity = size, .max = size};

        buf_add_byte(&text, '{');
        for (size_t i = 0; i < count; i++)
                buf_add(&text, str_of(PIECES[random_below(source, ARRAY_LEN(PIECES))]));
        if (random_below(source, 8))
                buf_add_byte(&text, '}');
        return buf_str(&text);
}

static void same_as_jansson(void **state)
{
        static const struct str GOOD[] = {STR_INIT("{\"x\":[1,{\"y\":[]},\"\\u00e9\",-0.5e+7],\"z\":{}}"),
                                          STR_INIT("{\"x\":\"\\/\\b\\f\\\\\"}"),
                                          STR_INIT("{\"\":null, \"a\" : [ ] }")};
        struct random_source source = {.state = 7};
        _cleanup_(bench_done) struct bench b = {};
        char room[256];

        (void)state;
        bench_init(&b);
        for (size_t i = 0; i < ARRAY_LEN(GOOD); i++) {
                assert_int_equal(decode_json(&b, GOOD[i]), 0);
                compare(&b, GOOD[i]);
                for (size_t at = 0; at < GOOD[i].len; at++)
                        for (int byte = 0; byte < 256; byte++) {
                                memcpy(room, GOOD[i].ptr, GOOD[i].len);
                                room[at] = (char)byte;
                                compare(&b, (struct str){room, GOOD[i].len});
                        }
        }
        for (size_t i = 0; i < ROUNDS; i++)
                compare(&b, random_json(&source, room, sizeof(room)));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(same_as_jansson),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
