/* Growing buffers with a maximum. */
#include "../check.h"

#include "base/buf.h"

static void an_untouched_buffer_is_the_empty_string(void **state)
{
        struct buf buf;

        (void)state;
        buf_init(&buf, 10);
        assert_str(buf_str(&buf), STR(""));
        assert_int_equal(buf_check(&buf), 0);
        buf_done(&buf);
        buf_init(&buf, 0);
        buf_add(&buf, STR(""));
        assert_int_equal(buf_check(&buf), 0);
        buf_add_byte(&buf, 'x');
        assert_int_equal(buf_check(&buf), -EMSGSIZE);
        buf_done(&buf);
}

static void appending(void **state)
{
        _cleanup_(buf_done) struct buf buf = {};

        (void)state;
        buf_init(&buf, 1000);
        buf_add(&buf, STR("ab"));
        buf_add(&buf, STR_NONE);
        buf_add_byte(&buf, '\0');
        buf_add_bytes(&buf, "cd", 2);
        buf_add_int(&buf, -7);
        buf_addf(&buf, "%s/%d", "x", 9);
        assert_str(buf_str(&buf), STR("ab\0cd-7x/9"));
        buf_clear(&buf);
        assert_str(buf_str(&buf), STR(""));
}

static void integers_of_every_length(void **state)
{
        static const struct {
                int64_t value;
                const char *text;
        } ROWS[] = {{0, "0"},
                    {-1, "-1"},
                    {1234567890, "1234567890"},
                    {INT64_MAX, "9223372036854775807"},
                    {INT64_MIN, "-9223372036854775808"}};

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
                _cleanup_(buf_done) struct buf buf = {};

                buf_init(&buf, 20);
                buf_add_int(&buf, ROWS[i].value);
                assert_str(buf_str(&buf), str_of(ROWS[i].text));
        }
}

static void the_maximum_holds_and_failure_stays(void **state)
{
        _cleanup_(buf_done) struct buf buf = {};

        (void)state;
        buf_init(&buf, 4);
        buf_add(&buf, STR("abcd"));
        assert_int_equal(buf_check(&buf), 0);
        buf_add_byte(&buf, 'e');
        assert_int_equal(buf_check(&buf), -EMSGSIZE);
        assert_str(buf_str(&buf), STR("abcd"));
        buf_clear(&buf);
        buf_add(&buf, STR("abcde"));
        buf_add(&buf, STR("a")); /* would fit, but the buffer has failed */
        assert_true(buf.failed);
        assert_int_equal(buf.len, 0);
        buf_clear(&buf);
        buf_add(&buf, STR("wxyz"));
        assert_int_equal(buf_check(&buf), 0);
}

static void long_formatted_text_fills_to_the_brim(void **state)
{
        _cleanup_(buf_done) struct buf buf = {};

        (void)state;
        for (int len = 250; len < 270; len++) { /* short texts take another way than long ones */
                buf_init(&buf, (size_t)len);
                buf_addf(&buf, "%*d", len, 1);
                assert_int_equal(buf_check(&buf), 0);
                assert_int_equal(buf.len, len);
                buf_done(&buf);
                buf_init(&buf, (size_t)len - 1);
                buf_addf(&buf, "%*d", len, 1);
                assert_int_equal(buf_check(&buf), -EMSGSIZE);
                assert_int_equal(buf.len, 0);
                buf_done(&buf);
        }
        buf_init(&buf, 1);
}

static void extending_gives_room(void **state)
{
        _cleanup_(buf_done) struct buf buf = {};
        char *room;

        (void)state;
        buf_init(&buf, 10000);
        room = buf_extend(&buf, 5000);
        assert_non_null(room);
        memset(room, 'a', 5000);
        room = buf_extend(&buf, 5000);
        assert_non_null(room);
        memset(room, 'b', 5000);
        assert_int_equal(buf.data[4999], 'a');
        assert_int_equal(buf.data[5000], 'b');
        assert_null(buf_extend(&buf, 1));
        assert_null(buf_extend(&buf, SIZE_MAX));
}

static void reserving_changes_no_content(void **state)
{
        _cleanup_(buf_done) struct buf buf = {};

        (void)state;
        buf_init(&buf, 100);
        buf_reserve(&buf, 1000); /* more than may ever be in it: nothing happens */
        assert_int_equal(buf_check(&buf), 0);
        buf_reserve(&buf, 50);
        assert_true(buf.capacity >= 50);
        assert_str(buf_str(&buf), STR(""));
        buf_add(&buf, STR("x"));
        buf_reserve(&buf, 100);
        assert_str(buf_str(&buf), STR("x"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_untouched_buffer_is_the_empty_string),
                cmocka_unit_test(appending),
                cmocka_unit_test(integers_of_every_length),
                cmocka_unit_test(the_maximum_holds_and_failure_stays),
                cmocka_unit_test(long_formatted_text_fills_to_the_brim),
                cmocka_unit_test(extending_gives_room),
                cmocka_unit_test(reserving_changes_no_content),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
