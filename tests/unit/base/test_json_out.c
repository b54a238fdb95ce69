/* Writing JSON: escapes, malformed text, commas. */
#include "../check.h"

#include "base/json_out.h"

static void assert_string(struct str given, const char *json)
{
        _cleanup_(buf_done) struct buf buf = {};

        buf_init(&buf, 4096);
        json_add_string(&buf, given);
        assert_int_equal(buf_check(&buf), 0);
        assert_str(buf_str(&buf), str_of(json));
}

static void strings(void **state)
{
        (void)state;
        assert_string(STR_NONE, "null");
        assert_string(STR(""), "\"\"");
        assert_string(STR("plain"), "\"plain\"");
        assert_string(STR("q\"b\\s/"), "\"q\\\"b\\\\s/\"");
        assert_string(STR("\n\r\t"), "\"\\n\\r\\t\"");
        assert_string(STR("\b\f\x01\x1f\x7f"), "\"\\u0008\\u000c\\u0001\\u001f\\u007f\"");
        assert_string(STR("a\0b"), "\"a\\u0000b\"");
        assert_string(STR("\xc3\xa4\xf0\x9f\x98\x80"), "\"\xc3\xa4\xf0\x9f\x98\x80\"");
        assert_string(STR("<script>&'"), "\"<script>&'\"");
}

#define REPLACED "\xef\xbf\xbd"

static void malformed_bytes_become_replacements(void **state)
{
        (void)state;
        assert_string(STR("\xff"), "\"" REPLACED "\"");
        assert_string(STR("a\xc3"), "\"a" REPLACED "\"");
        assert_string(STR("\xc3\"x"), "\"" REPLACED "\\\"x\""); /* the quote is not swallowed */
        assert_string(STR("\xed\xa0\x80z"), "\"" REPLACED REPLACED REPLACED "z\"");
        assert_string(STR("\xf0\x9f\x98"), "\"" REPLACED REPLACED REPLACED "\"");
}

static void objects_and_arrays(void **state)
{
        _cleanup_(buf_done) struct buf buf = {};
        struct json_out out = {.buf = &buf};

        (void)state;
        buf_init(&buf, 4096);
        json_open(&out, '{');
        json_pair(&out, STR("a"), STR("1"));
        json_pair_opt(&out, STR("none"), STR_NONE);
        json_pair_opt(&out, STR("empty"), STR(""));
        json_pair(&out, STR("nil"), STR_NONE);
        json_key(&out, STR("list"));
        json_open(&out, '[');
        json_int(&out, -5);
        json_bool(&out, true);
        json_nil(&out);
        json_open(&out, '{');
        json_close(&out, '}');
        json_open(&out, '[');
        json_close(&out, ']');
        json_str(&out, STR("s"));
        json_close(&out, ']');
        json_key(&out, STR("raw"));
        json_raw(&out, STR("{\"x\":1}"));
        json_key(&out, STR("no"));
        json_bool(&out, false);
        json_close(&out, '}');
        assert_str(buf_str(&buf), STR("{\"a\":\"1\",\"empty\":\"\",\"nil\":null,"
                                      "\"list\":[-5,true,null,{},[],\"s\"],\"raw\":{\"x\":1},\"no\":false}"));
}

static void what_does_not_fit_is_marked(void **state)
{
        _cleanup_(buf_done) struct buf buf = {};

        (void)state;
        buf_init(&buf, 6);
        json_add_string(&buf, STR("abcd"));
        assert_int_equal(buf_check(&buf), 0);
        buf_clear(&buf);
        json_add_string(&buf, STR("abcde"));
        assert_int_equal(buf_check(&buf), -EMSGSIZE);
}

/* Wherever it stands among plain ones. */
static void each_byte_at_each_place(void **state)
{
        (void)state;
        for (unsigned int byte = 0; byte < 0x80; byte++)
                for (size_t at = 0; at < 20; at++) {
                        _cleanup_(buf_done) struct buf out = {}, alone = {};
                        char text[20];

                        memset(text, 'x', sizeof(text));
                        text[at] = (char)byte;
                        buf_init(&out, 100);
                        buf_init(&alone, 100);
                        json_add_string(&out, str_make(text, sizeof(text)));
                        json_add_string(&alone, str_make(text + at, 1));
                        assert_int_equal(out.len, alone.len + 19);
                        assert_memory_equal(out.data + 1 + at, alone.data + 1, alone.len - 2);
                        assert_int_equal(alone.len == 3,
                                         byte >= 0x20 && byte != '"' && byte != '\\' && byte != 0x7f);
                }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_byte_at_each_place),
                cmocka_unit_test(strings),
                cmocka_unit_test(malformed_bytes_become_replacements),
                cmocka_unit_test(objects_and_arrays),
                cmocka_unit_test(what_does_not_fit_is_marked),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
