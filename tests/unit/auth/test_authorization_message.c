#include "auth/authorization_message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define ACCOUNT STR("123456789012")

static void test_round_trip(void **state)
{
        struct keyring *keyring;
        struct str message, json;
        struct arena arena;

        (void)state;
        arena_init(&arena, (size_t)1 << 20);
        assert_int_equal(keyring_ephemeral(&keyring), 0);
        assert_int_equal(
                authorization_message_encode(keyring, ACCOUNT, STR("{\"allowed\":false}"), &arena, &message),
                0);
        assert_int_equal(authorization_message_decode(keyring, ACCOUNT, message, &arena, &json), 0);
        assert_true(str_eq(json, STR("{\"allowed\":false}")));
        assert_int_equal(authorization_message_decode(keyring, STR("210987654321"), message, &arena, &json),
                         -EBADMSG);
        assert_int_equal(authorization_message_decode(keyring, ACCOUNT, str_from(message, 4), &arena, &json),
                         -EBADMSG);
        assert_int_equal(authorization_message_decode(keyring, ACCOUNT, STR("!"), &arena, &json), -EBADMSG);
        assert_int_equal(authorization_message_decode(keyring, ACCOUNT, STR(""), &arena, &json), -EBADMSG);
        keyring_free(keyring);
        arena_done(&arena);
}

static void test_limit(void **state)
{
        struct keyring *keyring;
        struct str message, json = {NULL, 7600};
        struct arena arena;

        (void)state;
        arena_init(&arena, (size_t)1 << 20);
        json.ptr = arena_alloc(&arena, 20000);
        assert_non_null(json.ptr);
        assert_int_equal(keyring_ephemeral(&keyring), 0);
        assert_int_equal(authorization_message_encode(keyring, ACCOUNT, json, &arena, &message), 0);
        assert_true(message.len <= AUTHORIZATION_MESSAGE_MAX);
        json.len = 7700;
        assert_int_equal(authorization_message_encode(keyring, ACCOUNT, json, &arena, &message), -EMSGSIZE);
        json.len = 20000;
        assert_int_equal(authorization_message_encode(keyring, ACCOUNT, json, &arena, &message), -EMSGSIZE);
        keyring_free(keyring);
        arena_done(&arena);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_round_trip),
                cmocka_unit_test(test_limit),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
