/* The test vectors of RFC 6238, appendix B, which has eight digits: the last six of them. */
#include "../check.h"

#include "crypto/totp.h"

static const struct str SEED = STR_INIT("12345678901234567890");

static const struct {
        int64_t time_s;
        const char *code;
} VECTORS[] = {
        {59, "287082"},         {1111111109, "081804"}, {1111111111, "050471"},
        {1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"},
};

static void codes_are_those_of_the_rfc(void **state)
{
        char code[TOTP_DIGITS];

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(VECTORS); i++) {
                totp_code(SEED, totp_step(VECTORS[i].time_s * 1000), code);
                assert_memory_equal(code, VECTORS[i].code, TOTP_DIGITS);
        }
}

static void only_the_whole_code_of_the_step_is_right(void **state)
{
        (void)state;
        assert_true(totp_is(SEED, 1, STR("287082")));
        assert_false(totp_is(SEED, 2, STR("287082")));
        assert_false(totp_is(SEED, 1, STR("287083")));
        assert_false(totp_is(SEED, 1, STR("28708")));
        assert_false(totp_is(SEED, 1, STR("94287082")));
        assert_false(totp_is(SEED, 1, STR("")));
        assert_false(totp_is(SEED, 1, STR_NONE));
        assert_false(totp_is(STR("12345678901234567891"), 1, STR("287082")));
}

static void a_step_is_thirty_seconds(void **state)
{
        (void)state;
        assert_int_equal(totp_step(29999), 0);
        assert_int_equal(totp_step(30000), 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(codes_are_those_of_the_rfc),
                cmocka_unit_test(only_the_whole_code_of_the_step_is_right),
                cmocka_unit_test(a_step_is_thirty_seconds),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
