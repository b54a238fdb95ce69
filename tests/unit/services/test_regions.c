/* Regions by name. */
#include "../check.h"

#include "services/regions.h"

static void known_and_unknown(void **state)
{
        static const char *const KNOWN[] = {"us-east-1", "us-west-2", "eu-central-1", "ap-southeast-7",
                                            "sa-east-1"};
        static const char *const UNKNOWN[] = {"",        "us-east-3",  "US-EAST-1",  "us-east-1 ",
                                              "us-east", "us-east-1a", "cn-north-1", "us-gov-west-1",
                                              "local",   "*"};

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(KNOWN); i++)
                assert_true(region_is_known(str_of(KNOWN[i])));
        for (size_t i = 0; i < ARRAY_LEN(UNKNOWN); i++)
                assert_false(region_is_known(str_of(UNKNOWN[i])));
        assert_false(region_is_known(STR_NONE));
        assert_false(region_is_known(STR("us-east-1\0")));
        assert_true(region_is_known(REGION_OF_GLOBAL_SERVICES));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(known_and_unknown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
