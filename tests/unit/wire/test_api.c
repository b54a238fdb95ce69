/* Every operation of every service of this server: random inputs and outputs there and back, and what only
 * whole tables can show. */
#include "roundtrip.h"
#include "wire_test.h"

#define ROUNDS 100

static bool is_implemented(const struct api_service *service)
{
        return service->protocol == API_QUERY || service->protocol == API_EC2 ||
               service->protocol == API_JSON_1_0 || service->protocol == API_JSON_1_1;
}

static void there_and_back(void **state)
{
        uint64_t seed = 1;

        (void)state;
        for (size_t i = 0; i < api_service_count; i++)
                for (size_t k = 0; is_implemented(api_services[i]) && k < api_services[i]->operation_count;
                     k++)
                        roundtrip_operation(&api_services[i]->operations[k], seed++, ROUNDS);
        assert_true(seed > 1);
}

static void operations_are_found(void **state)
{
        (void)state;
        for (size_t i = 0; i < api_service_count; i++)
                for (size_t k = 0; k < api_services[i]->operation_count; k++) {
                        const struct api_operation *operation = &api_services[i]->operations[k];

                        assert_ptr_equal(wire_find_operation(api_services[i], operation->name), operation);
                        assert_ptr_equal(operation->service, api_services[i]);
                }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(there_and_back),
                cmocka_unit_test(operations_are_found),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
