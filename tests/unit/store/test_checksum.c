#include <setjmp.h>
#include <stdarg.h>

#include "store/checksum.h"

#include <cmocka.h>

/* The values of RFC 3720, B.4. */
static void agrees_with_the_rfc(void **state)
{
        char bytes[32];

        (void)state;
        assert_int_equal(checksum(0, STR("123456789")), 0xe3069283U);
        memset(bytes, 0, sizeof(bytes));
        assert_int_equal(checksum(0, (struct str){bytes, 32}), 0x8a9136aaU);
        memset(bytes, 0xFF, sizeof(bytes));
        assert_int_equal(checksum(0, (struct str){bytes, 32}), 0x62a8ab43U);
        for (int i = 0; i < 32; i++)
                bytes[i] = (char)i;
        assert_int_equal(checksum(0, (struct str){bytes, 32}), 0x46dd794eU);
        assert_int_equal(checksum(0, STR("")), 0);
}

static void pieces_make_the_whole(void **state)
{
        struct str whole = STR("a text that is taken in two pieces, cut at each place");

        (void)state;
        for (size_t i = 0; i <= whole.len; i++)
                assert_int_equal(checksum(checksum(0, str_part(whole, 0, i)), str_from(whole, i)),
                                 checksum(0, whole));
}

/* Processors without the instruction give the same. */
static void both_ways_agree(void **state)
{
        char bytes[300];

        (void)state;
        for (size_t i = 0; i < sizeof(bytes); i++)
                bytes[i] = (char)(i * i + 7 * i);
        for (size_t len = 0; len <= sizeof(bytes); len++)
                assert_int_equal(checksum(0, (struct str){bytes, len}),
                                 checksum_portable(0, (struct str){bytes, len}));
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(agrees_with_the_rfc),
                cmocka_unit_test(pieces_make_the_whole),
                cmocka_unit_test(both_ways_agree),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
