#include <openssl/crypto.h> /* first: its headers use a word that banned.h bans */

#include "crypto/key_pair.h"
#include "crypto/keyring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void test_new_is_zeroed(void **state)
{
        struct secret secret;

        (void)state;
        assert_int_equal(secret_new(&secret, 100), 0);
        for (size_t i = 0; i < 100; i++)
                assert_int_equal(secret.bytes[i], 0);
        secret_done(&secret);
        assert_null(secret.bytes);
        secret_done(&secret); /* twice is fine */
}

static void test_copy(void **state)
{
        struct secret secret;

        (void)state;
        assert_int_equal(secret_copy(&secret, STR("hunter2")), 0);
        assert_true(secret_equal(secret_str(&secret), STR("hunter2")));
        secret_done(&secret);
        assert_int_equal(secret_copy(&secret, STR("")), 0);
        assert_int_equal(secret.len, 0);
        secret_done(&secret);
}

static void test_equal(void **state)
{
        (void)state;
        assert_true(secret_equal(STR("same"), STR("same")));
        assert_false(secret_equal(STR("same"), STR("sand")));
        assert_false(secret_equal(STR("same"), STR("same ")));
        assert_true(secret_equal(STR_NONE, STR("")));
}

/* More than the locked heap holds: the rest comes from ordinary memory, and all of it can be used and freed.
 */
static void test_more_than_the_locked_heap(void **state)
{
        enum { COUNT = 100, SIZE = 16 * 1024 };
        static struct secret secrets[COUNT];

        (void)state;
        for (int i = 0; i < COUNT; i++) {
                assert_int_equal(secret_new(&secrets[i], SIZE), 0);
                memset(secrets[i].bytes, i, SIZE);
        }
        for (int i = 0; i < COUNT; i++) {
                assert_int_equal(secrets[i].bytes[SIZE - 1], i);
                secret_done(&secrets[i]);
        }
}

/* libcrypto keeps the private numbers of EC keys in the same heap, and cannot do without. */
static void test_secrets_leave_room_for_keys(void **state)
{
        enum { COUNT = 64 * 1024, SIZE = 32 };
        static struct secret secrets[COUNT];
        struct key_pair *pair = NULL;

        (void)state;
        for (int i = 0; i < COUNT; i++)
                assert_int_equal(secret_new(&secrets[i], SIZE), 0);
        assert_int_equal(key_pair_make(KEY_P384, &pair), 0);
        key_pair_unref(pair);
        for (int i = 0; i < COUNT; i++)
                secret_done(&secrets[i]);
}

/* It goes to functions of ours, which keep what grows and wipe what goes. */
static void test_memory_of_libcrypto(void **state)
{
        CRYPTO_malloc_fn take;
        CRYPTO_realloc_fn resize;
        CRYPTO_free_fn give_back;
        char *memory;

        (void)state;
        CRYPTO_get_mem_functions(&take, &resize, &give_back);
        assert_ptr_not_equal(give_back, CRYPTO_free);
        memory = OPENSSL_malloc(10);
        memcpy(memory, "some text", 10);
        for (size_t size = 10; size < 100000; size *= 2) {
                memory = OPENSSL_realloc(memory, size);
                assert_non_null(memory);
                assert_string_equal(memory, "some text");
        }
        memory = OPENSSL_realloc(memory, 10);
        assert_string_equal(memory, "some text");
        assert_null(OPENSSL_realloc(memory, 0));
        memory = OPENSSL_realloc(NULL, 5);
        assert_non_null(memory);
        OPENSSL_free(memory);
        OPENSSL_free(NULL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_new_is_zeroed),
                cmocka_unit_test(test_copy),
                cmocka_unit_test(test_equal),
                cmocka_unit_test(test_more_than_the_locked_heap),
                cmocka_unit_test(test_secrets_leave_room_for_keys),
                cmocka_unit_test(test_memory_of_libcrypto),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
