#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* Every three-byte text at every offset of the eight bytes that are looked at together: valid exactly when
 * its characters are. */
static void utf8_in_steps_of_eight(void **state)
{
        static const struct {
                const char *bytes;
                bool is_valid;
        } CASES[] = {{"abc", true},
                     {"\xc3\xa9z", true},
                     {"\xe4\xb8\xad", true},
                     {"\xf0\x9f\x98\x80", true},
                     {"\x80", false},
                     {"\xc3", false},
                     {"\xc0\x80", false},
                     {"\xed\xa0\x80", false},
                     {"\xf4\x90\x80\x80", false},
                     {"\xff", false},
                     {"\xe4\xb8", false}};
        char text[40];

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(CASES); i++)
                for (size_t before = 0; before < 20; before++)
                        for (size_t after = 0; after < 10; after++) {
                                size_t len = strlen(CASES[i].bytes);

                                memset(text, 'x', sizeof(text));
                                memcpy(text + before, CASES[i].bytes, len);
                                assert_int_equal(utf8_is_valid((struct str){text, before + len + after}),
                                                 CASES[i].is_valid);
                        }
        assert_true(utf8_is_valid(STR("")));
        assert_true(utf8_is_valid(STR_NONE));
}

static void integers(void **state)
{
        static const int64_t VALUES[] = {0, 7, -7, 10, INT64_MAX, INT64_MIN, -100};
        struct buf buf;
        char want[32];

        (void)state;
        buf_init(&buf, 64);
        for (size_t i = 0; i < ARRAY_LEN(VALUES); i++) {
                buf_clear(&buf);
                buf_add_int(&buf, VALUES[i]);
                (void)snprintf(want, sizeof(want), "%lld", (long long)VALUES[i]);
                assert_true(str_eq(buf_str(&buf), str_of(want)));
        }
        buf_done(&buf);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(utf8_in_steps_of_eight),
                cmocka_unit_test(integers),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
