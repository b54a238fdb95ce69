/* Numbers, dates and addresses of conditions. */
#include "support.h"

#include "policy/values.h"

static void test_decimals(void **state)
{
        static const char *const ASCENDING[] = {"-10", "-9.5",  "-1.01", "-1",
                                                "0",   "0.001", ".5",    "1",
                                                "1.5", "+9",    "10",    "123456789012345678901234567890"};
        static const char *const BAD[] = {"",    "-",  "+",  ".",   "1.",    "1e3",
                                          "0x1", " 1", "1 ", "--1", "1.2.3", "one"};
        struct decimal a, b;

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ASCENDING); i++)
                for (size_t k = 0; k < ARRAY_LEN(ASCENDING); k++) {
                        int order = i == k ? 0 : i < k ? -1 : 1, cmp;

                        assert_true(decimal_parse(str_of(ASCENDING[i]), &a));
                        assert_true(decimal_parse(str_of(ASCENDING[k]), &b));
                        cmp = decimal_cmp(&a, &b);
                        assert_int_equal((cmp > 0) - (cmp < 0), order);
                }
        for (size_t i = 0; i < ARRAY_LEN(BAD); i++)
                assert_false(decimal_parse(str_of(BAD[i]), &a));
        assert_true(decimal_parse(STR("-0.0"), &a) && decimal_parse(STR("00"), &b) &&
                    decimal_cmp(&a, &b) == 0);
}

struct date_case {
        const char *text;
        int64_t ms;
};

static void test_dates(void **state)
{
        static const struct date_case GOOD[] = {
                {"1970-01-01T00:00:00Z", 0},
                {"1970", 0},
                {"1970-01", 0},
                {"1970-01-01", 0},
                {"2020-01-01", INT64_C(1577836800000)},
                {"2020-02-29T23:59:59Z", INT64_C(1583020799000)},
                {"2020-01-01T00:00:00.25Z", INT64_C(1577836800250)},
                {"2020-01-01T00:00:00.123999Z", INT64_C(1577836800123)},
                {"2020-01-01T01:30:00+01:30", INT64_C(1577836800000)},
                {"2019-12-31T19:00-05:00", INT64_C(1577836800000)},
                {"2020-01-01T00:00:00", INT64_C(1577836800000)},
                {"2016-12-31T23:59:60Z", INT64_C(1483228800000)},
                {"1969-12-31T23:59:59Z", -1000},
                {"0001-01-01T00:00:00Z", INT64_C(-62135596800000)},
                {"1577836800", INT64_C(1577836800000)},
                {"1577836800.5", INT64_C(1577836800500)},
                {"-1.5", -1500},
                {"0", 0},
        };
        static const char *const BAD[] = {"",
                                          "now",
                                          "2020-1-1",
                                          "2020-13-01",
                                          "2020-02-30",
                                          "2021-02-29",
                                          "2020-01-01T",
                                          "2020-01-01T24:00Z",
                                          "2020-01-01T00:60Z",
                                          "2020-01-01T00:00:61Z",
                                          "2020-01-01T00Z",
                                          "2020-01-01 00:00:00Z",
                                          "2020-01-01T00:00:00.Z",
                                          "2020-01-01T00:00:00+25:00",
                                          "2020-01-01T00:00:00+0100",
                                          "2020-01-01Z",
                                          "1577836800Z",
                                          "1577836800.",
                                          "1234567890123456",
                                          "2020-",
                                          "--1"};
        int64_t ms;

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(GOOD); i++) {
                assert_true(policy_date_parse(str_of(GOOD[i].text), &ms));
                assert_int_equal(ms, GOOD[i].ms);
        }
        for (size_t i = 0; i < ARRAY_LEN(BAD); i++)
                if (policy_date_parse(str_of(BAD[i]), &ms))
                        fail_msg("%s is no date", BAD[i]);
}

static bool contains(const char *range_text, const char *address_text)
{
        struct ip_range range, address;

        assert_true(ip_range_parse(str_of(range_text), &range));
        assert_true(ip_range_parse(str_of(address_text), &address));
        return ip_range_contains(&range, &address);
}

static void test_addresses(void **state)
{
        static const char *const BAD[] = {
                "",           "1.2.3",      "1.2.3.4.5",   "1.2.3.256", "01.2.3.4",     "1.2.3.4/",
                "1.2.3.4/33", "1.2.3.4/-1", "1.2.3.4/1/2", "::/129",    "fe80::1%eth0", "1.2.3.4/0x8",
                "x",          "/8",         "g::"};
        struct ip_range range;

        (void)state;
        assert_true(contains("10.0.0.0/8", "10.255.255.255"));
        assert_false(contains("10.0.0.0/8", "11.0.0.0"));
        assert_true(contains("10.1.2.3/9", "10.127.0.1"));
        assert_false(contains("10.1.2.3/9", "10.128.0.1"));
        assert_true(contains("0.0.0.0/0", "255.1.2.3"));
        assert_true(contains("2001:db8::/33", "2001:db8:7fff::1"));
        assert_false(contains("2001:db8::/33", "2001:db8:8000::1"));
        assert_true(contains("::1", "0:0:0:0:0:0:0:1"));
        assert_false(contains("::/0", "1.2.3.4"));
        for (size_t i = 0; i < ARRAY_LEN(BAD); i++)
                if (ip_range_parse(str_of(BAD[i]), &range))
                        fail_msg("%s is no address", BAD[i]);
}

static void test_base64(void **state)
{
        (void)state;
        assert_true(base64_is_valid(STR("")));
        assert_true(base64_is_valid(STR("QQ==")));
        assert_true(base64_is_valid(STR("QUI=")));
        assert_true(base64_is_valid(STR("+/09")));
        assert_false(base64_is_valid(STR("QQ=")));
        assert_false(base64_is_valid(STR("Q===")));
        assert_false(base64_is_valid(STR("QQ==QQ==")));
        assert_false(base64_is_valid(STR("Q Q=")));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_decimals),
                cmocka_unit_test(test_dates),
                cmocka_unit_test(test_addresses),
                cmocka_unit_test(test_base64),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
