/* Bytes as text, against the vectors of RFC 4648, RFC 3986 and the Unicode standard's table 3-7. */
#include "../check.h"

#include "base/text.h"

static struct arena arena;

static void hexadecimal(void **state)
{
        char out[4];

        (void)state;
        assert_str(hex_encode(&arena, STR("\x00\xff\x1a")), STR("00ff1a"));
        assert_str(hex_encode(&arena, STR("")), STR(""));
        assert_int_equal(hex_decode(STR("00fF1A7f"), out, 4), 0);
        assert_memory_equal(out, "\x00\xff\x1a\x7f", 4);
        assert_int_equal(hex_decode(STR("00ff1a7"), out, 4), -EINVAL);
        assert_int_equal(hex_decode(STR("00ff1a7f0"), out, 4), -EINVAL);
        assert_int_equal(hex_decode(STR("00ff1a7g"), out, 4), -EINVAL);
        assert_int_equal(hex_decode(STR(" 0ff1a7f"), out, 4), -EINVAL);
        assert_int_equal(hex_decode(STR(""), out, 0), 0);
}

static void base32_vectors(void **state)
{
        char out[16];

        (void)state;
        base32_write(out, "fooba", 5);
        assert_memory_equal(out, "MZXW6YTB", 8);
        base32_write(out, "\xff\xff\xff\xff\xff\0\0\0\0\1", 10);
        assert_memory_equal(out, "77777777AAAAAAAB", 16);
}

static void base64_vectors(void **state)
{
        static const struct {
                const char *clear, *text;
        } ROWS[] = {{"", ""},
                    {"f", "Zg=="},
                    {"fo", "Zm8="},
                    {"foo", "Zm9v"},
                    {"foob", "Zm9vYg=="},
                    {"fooba", "Zm9vYmE="},
                    {"foobar", "Zm9vYmFy"}};

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                struct buf buf;
                struct str back;

                assert_str(base64_encode(&arena, str_of(ROWS[i].clear)), str_of(ROWS[i].text));
                assert_int_equal(base64_decode(&arena, str_of(ROWS[i].text), &back), 0);
                assert_str(back, str_of(ROWS[i].clear));
                buf_init(&buf, strlen(ROWS[i].text));
                base64_append(&buf, str_of(ROWS[i].clear));
                assert_int_equal(buf_check(&buf), 0);
                assert_str(buf_str(&buf), str_of(ROWS[i].text));
                buf_done(&buf);
        }
        assert_str(base64_encode(&arena, STR("\xfb\xff\xbf")), STR("+/+/"));
        assert_str(base64url_encode(&arena, STR("\xfb\xff\xbf")), STR("-_-_"));
        assert_str(base64url_encode(&arena, STR("f")), STR("Zg"));
}

static void base64_is_strict(void **state)
{
        static const char *const BAD[] = {"Zg",   "Zg=",      "Zm8",   "Z",      "Z===",  "====",
                                          "Zh==", "Zm9=",     "Zm 9v", "Zm9v\n", "Zm9v=", "Z=9v",
                                          "=m9v", "Zm9v====", "-_-_",  "Zm9*"};
        static const char *const BAD_URL[] = {"Z", "Zg==", "+/+/", "Zh", "Zm9", "Zm9vZ", "Zm=v"};
        struct str back;

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(BAD); i++)
                if (base64_decode(&arena, str_of(BAD[i]), &back) != -EINVAL)
                        fail_msg("taken: %s", BAD[i]);
        for (size_t i = 0; i < ARRAY_LEN(BAD_URL); i++)
                if (base64url_decode(&arena, str_of(BAD_URL[i]), &back) != -EINVAL)
                        fail_msg("taken: %s", BAD_URL[i]);
        assert_int_equal(base64url_decode(&arena, STR("-_8"), &back), 0);
        assert_str(back, STR("\xfb\xff"));
}

static void base64_of_every_byte(void **state)
{
        unsigned char all[256];
        struct str back;

        (void)state;
        for (size_t i = 0; i < 256; i++)
                all[i] = (unsigned char)i;
        for (size_t len = 250; len <= 256; len++) {
                assert_int_equal(base64_decode(&arena, base64_encode(&arena, str_make(all, len)), &back), 0);
                assert_str(back, str_make(all, len));
                assert_int_equal(
                        base64url_decode(&arena, base64url_encode(&arena, str_make(all, len)), &back), 0);
                assert_str(back, str_make(all, len));
        }
}

static struct str encoded(struct str s, bool keep_slash)
{
        struct buf buf;
        struct str text;

        buf_init(&buf, 4096);
        percent_encode(&buf, s, keep_slash);
        assert_int_equal(buf_check(&buf), 0);
        text = arena_dup(&arena, buf_str(&buf));
        buf_done(&buf);
        return text;
}

static void percent_encoding(void **state)
{
        (void)state;
        assert_str(encoded(STR("AZaz09-._~"), false), STR("AZaz09-._~"));
        assert_str(encoded(STR("a b/c+d%"), false), STR("a%20b%2Fc%2Bd%25"));
        assert_str(encoded(STR("a b/c"), true), STR("a%20b/c"));
        assert_str(encoded(STR("\x00\xff\xc3\xa4!*'()"), false), STR("%00%FF%C3%A4%21%2A%27%28%29"));
}

static void percent_decoding(void **state)
{
        static const char *const BAD[] = {"%", "%4", "a%", "%zz", "%4g", "%%41", "% 1"};
        struct str back;

        (void)state;
        assert_int_equal(percent_decode(&arena, STR("a%20b%2fc+%00"), false, &back), 0);
        assert_str(back, STR("a b/c+\0"));
        assert_int_equal(percent_decode(&arena, STR("a+b%2B"), true, &back), 0);
        assert_str(back, STR("a b+"));
        assert_int_equal(percent_decode(&arena, STR("%2541"), false, &back), 0);
        assert_str(back, STR("%41")); /* once, not twice */
        for (size_t i = 0; i < ARRAY_LEN(BAD); i++)
                if (percent_decode(&arena, str_of(BAD[i]), false, &back) != -EINVAL)
                        fail_msg("taken: %s", BAD[i]);
}

static void well_formed_utf8(void **state)
{
        static const struct {
                struct str text;
                size_t length;
        } ROWS[] = {
                {STR_INIT(""), 0},
                {STR_INIT("a\0b"), 3},
                {STR_INIT("\x7f"), 1},
                {STR_INIT("\xc2\x80"), 1},
                {STR_INIT("\xdf\xbf"), 1},
                {STR_INIT("\xe0\xa0\x80"), 1},
                {STR_INIT("\xed\x9f\xbf"), 1},
                {STR_INIT("\xee\x80\x80"), 1},
                {STR_INIT("\xef\xbf\xbf"), 1},
                {STR_INIT("\xf0\x90\x80\x80"), 1},
                {STR_INIT("\xf4\x8f\xbf\xbf"), 1},
                {STR_INIT("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80!"), 4},
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                assert_true(utf8_is_valid(ROWS[i].text));
                assert_int_equal(utf8_length(ROWS[i].text), ROWS[i].length);
        }
}

static void malformed_utf8(void **state)
{
        static const struct str BAD[] = {
                STR_INIT("\x80"),
                STR_INIT("\xbf"),
                STR_INIT("\xc0\x80"),
                STR_INIT("\xc1\xbf"),
                STR_INIT("\xc2"),
                STR_INIT("\xc2\x7f"),
                STR_INIT("\xc2\xc0"),
                STR_INIT("\xe0\x9f\xbf"),
                STR_INIT("\xe0\xa0"),
                STR_INIT("\xe2\x28\xa1"),
                STR_INIT("\xed\xa0\x80"),
                STR_INIT("\xed\xbf\xbf"),
                STR_INIT("\xf0\x8f\xbf\xbf"),
                STR_INIT("\xf0\x90\x80"),
                STR_INIT("\xf4\x90\x80\x80"),
                STR_INIT("\xf5\x80\x80\x80"),
                STR_INIT("\xf8\x88\x80\x80\x80"),
                STR_INIT("\xfe"),
                STR_INIT("\xff"),
                STR_INIT("abc\xff"),
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(BAD); i++)
                if (utf8_is_valid(BAD[i]))
                        fail_msg("malformed text %zu was taken", i);
}

/* Every scalar value there is, out and back; every surrogate refused. */
static void every_code_point(void **state)
{
        struct buf buf;

        (void)state;
        buf_init(&buf, 4);
        for (uint32_t code = 0; code <= 0x10ffff; code++) {
                struct str text;
                uint32_t back = 0;
                int r;

                buf_clear(&buf);
                utf8_append(&buf, code);
                text = buf_str(&buf);
                r = utf8_next(&text, &back);
                if (code >= 0xd800 && code <= 0xdfff)
                        assert_int_equal(r, -EINVAL);
                else if (r < 0 || back != code || text.len != 0)
                        fail_msg("U+%04X became U+%04X", code, back);
        }
        buf_done(&buf);
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
                cmocka_unit_test(hexadecimal),          cmocka_unit_test(base32_vectors),
                cmocka_unit_test(base64_vectors),       cmocka_unit_test(base64_is_strict),
                cmocka_unit_test(base64_of_every_byte), cmocka_unit_test(percent_encoding),
                cmocka_unit_test(percent_decoding),     cmocka_unit_test(well_formed_utf8),
                cmocka_unit_test(malformed_utf8),       cmocka_unit_test(every_code_point),
        };

        return cmocka_run_group_tests(tests, open_arena, close_arena);
}
