/* Calls that no client has made: what falls due has no operation, and is refused in words all the same. */
#include "services/call.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void what_falls_due_is_refused(void **state)
{
        const struct host host = {};
        struct call call;

        (void)state;
        call_init(&call, &host, 65536);
        assert_int_equal(call_denied(&call, "not to %s", "you"), -ECALL);
        assert_true(str_eq(call.error_message, STR("not to you")));
        assert_non_null(call.error);
        call_forgive(&call);
        assert_int_equal(call_invalid(&call, "no"), -ECALL);
        assert_true(str_eq(call.error_message, STR("no")));
        assert_non_null(call.error);
        call_done(&call);
}

int main(void)
{
        const struct CMUnitTest tests[] = {cmocka_unit_test(what_falls_due_is_refused)};

        return cmocka_run_group_tests(tests, NULL, NULL);
}
