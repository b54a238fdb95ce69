#include "roundtrip.h"
#include "wire_test.h"

#define ROUNDS 3000

static void query(void **state)
{
        (void)state;
        roundtrip_operation(sample_query_operation, 1, ROUNDS);
}

static void json(void **state)
{
        (void)state;
        roundtrip_operation(sample_json_operation, 2, ROUNDS);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(query),
                cmocka_unit_test(json),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
