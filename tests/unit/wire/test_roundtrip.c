#include "roundtrip.h"
#include "wire_test.h"

#include "crate.h"
#include "parcel.h"

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

static void all_of(const struct api_service *service)
{
        for (size_t i = 0; i < service->operation_count; i++)
                roundtrip_operation(&service->operations[i], i, ROUNDS / 6);
}

static void rest_xml(void **state)
{
        (void)state;
        all_of(&crate_service);
}

static void rest_json(void **state)
{
        (void)state;
        all_of(&parcel_service);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(query),
                cmocka_unit_test(json),
                cmocka_unit_test(rest_xml),
                cmocka_unit_test(rest_json),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
