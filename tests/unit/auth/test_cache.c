#include "auth/cache.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void key_of(uint32_t number, uint8_t ret[SHA256_LEN])
{
        sha256(str_make(&number, sizeof(number)), ret);
}

static bool holds(struct cache *cache, uint32_t number)
{
        uint8_t key[SHA256_LEN];
        struct arena arena;
        struct str value;
        bool found;

        key_of(number, key);
        arena_init(&arena, 4096);
        found = cache_get(cache, key, &arena, &value);
        if (found) /* never another's value */
                assert_true(str_eq(value, arena_printf(&arena, "value %u", number)));
        arena_done(&arena);
        return found;
}

static void put(struct cache *cache, uint32_t number)
{
        uint8_t key[SHA256_LEN];
        char text[32];
        int len = snprintf(text, sizeof(text), "value %u", number);

        key_of(number, key);
        cache_put(cache, key, str_make(text, (size_t)len));
}

static void test_put_and_get(void **state)
{
        struct cache *cache;

        (void)state;
        assert_int_equal(cache_new(128, &cache), 0);
        assert_false(holds(cache, 1));
        put(cache, 1);
        put(cache, 1);
        assert_true(holds(cache, 1));
        assert_false(holds(cache, 2));
        cache_free(cache);
        cache_free(NULL);
}

static void test_bounded(void **state)
{
        struct cache *cache;
        size_t kept = 0;

        (void)state;
        assert_int_equal(cache_new(128, &cache), 0);
        for (uint32_t i = 0; i < 10000; i++)
                put(cache, i);
        for (uint32_t i = 0; i < 10000; i++)
                kept += holds(cache, i);
        assert_in_range(kept, 64, 128);
        cache_free(cache);
}

/* What is used stays, while others come and go. */
static void test_recently_used_stay(void **state)
{
        struct cache *cache;

        (void)state;
        assert_int_equal(cache_new(128, &cache), 0);
        put(cache, 7);
        for (uint32_t i = 100; i < 5000; i++) {
                put(cache, i);
                assert_true(holds(cache, 7));
        }
        cache_free(cache);
}

static void *work(void *arg)
{
        for (uint32_t i = 0; i < 20000; i++) {
                put(arg, i % 500);
                (void)holds(arg, (i * 7) % 500);
        }
        return NULL;
}

static void test_many_threads(void **state)
{
        struct cache *cache;
        pthread_t threads[4];

        (void)state;
        assert_int_equal(cache_new(256, &cache), 0);
        for (size_t i = 0; i < ARRAY_LEN(threads); i++)
                assert_int_equal(pthread_create(&threads[i], NULL, work, cache), 0);
        for (size_t i = 0; i < ARRAY_LEN(threads); i++)
                assert_int_equal(pthread_join(threads[i], NULL), 0);
        cache_free(cache);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_put_and_get),
                cmocka_unit_test(test_bounded),
                cmocka_unit_test(test_recently_used_stay),
                cmocka_unit_test(test_many_threads),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
