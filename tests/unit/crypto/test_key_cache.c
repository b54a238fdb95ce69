#include "crypto/key_cache.h"

#include "../check.h"

#include <pthread.h>
#include <stdatomic.h>

#define MOST      4
#define MAX_AGE   1000
#define NEVER_OLD INT64_MAX

static struct key_cache *cache;

static int set_up(void **state)
{
        (void)state;
        return key_cache_new(MOST, MAX_AGE, &cache);
}

static int tear_down(void **state)
{
        (void)state;
        key_cache_free(cache);
        return 0;
}

static struct str sealed_of(char *room, int n)
{
        return str_make(room, (size_t)snprintf(room, 32, "sealed %d", n));
}

/* The key of a sealed text is that text again, so that a mix-up shows. */
static struct opened_key key_of(struct str sealed)
{
        struct opened_key key = {};

        assert_int_equal(secret_copy(&key.bytes, sealed), 0);
        return key;
}

static const struct opened_key *put(struct str sealed, int64_t now_ms)
{
        struct opened_key key = key_of(sealed);
        const struct opened_key *held = key_cache_put(cache, sealed, now_ms, &key);

        assert_null(key.bytes.bytes); /* taken over */
        return held;
}

static void put_and_release(int n, int64_t now_ms)
{
        char room[32];
        const struct opened_key *held = put(sealed_of(room, n), now_ms);

        assert_non_null(held);
        opened_key_release(held);
}

static bool is_there(int n, int64_t now_ms)
{
        char room[32];
        struct str sealed = sealed_of(room, n);
        _cleanup_(opened_key_releasep) const struct opened_key *held = key_cache_get(cache, sealed, now_ms);

        if (held)
                assert_true(secret_equal(secret_str(&held->bytes), sealed));
        return held != NULL;
}

static void test_put_and_get(void **state)
{
        (void)state;
        assert_false(is_there(1, 0));
        put_and_release(1, 0);
        assert_true(is_there(1, 0));
        assert_false(is_there(2, 0));
        opened_key_release(NULL);
}

static void test_empty_sealed_bytes(void **state)
{
        const struct opened_key *held = put(STR_NONE, 0), *again;

        (void)state;
        again = key_cache_get(cache, STR(""), 0);
        assert_ptr_equal(held, again);
        opened_key_release(held);
        opened_key_release(again);
}

static void test_the_first_to_put_wins(void **state)
{
        const struct opened_key *first = put(STR("same"), 0), *second = put(STR("same"), 0);

        (void)state;
        assert_ptr_equal(first, second);
        opened_key_release(first);
        opened_key_release(second);
}

static void test_least_recently_used_goes_first(void **state)
{
        (void)state;
        for (int n = 0; n < MOST; n++)
                put_and_release(n, 0);
        assert_true(is_there(0, 0)); /* used: 1 is now the one for the longest unused */
        put_and_release(MOST, 0);
        assert_false(is_there(1, 0));
        for (int n = 0; n <= MOST; n++)
                assert_int_equal(is_there(n, 0), n != 1);
}

static void test_never_more_than_allowed(void **state)
{
        int there = 0;

        (void)state;
        for (int n = 0; n < 100; n++)
                put_and_release(n, 0);
        for (int n = 0; n < 100; n++)
                there += is_there(n, 0);
        assert_int_equal(there, MOST);
        for (int n = 100 - MOST; n < 100; n++)
                assert_true(is_there(n, 0));
}

static void test_age(void **state)
{
        (void)state;
        put_and_release(1, 5000);
        assert_true(is_there(1, 5000 + MAX_AGE)); /* using it makes it no younger */
        assert_false(is_there(1, 5000 + MAX_AGE + 1));
        assert_false(is_there(1, 5000)); /* gone for good */
}

/* Kept past its age by a holder only: the cache itself lets go when anything is put. */
static void test_put_drops_what_is_old(void **state)
{
        struct opened_key key = {};
        struct key_pair *pair = NULL;
        const struct opened_key *held;

        (void)state;
        assert_int_equal(key_pair_make(KEY_ED25519, &pair), 0);
        key.pair = key_pair_ref(pair);
        held = key_cache_put(cache, STR("old"), 0, &key);
        assert_ptr_equal(held->pair, pair);
        put_and_release(1, MAX_AGE + 1);
        assert_null(key_cache_get(cache, STR("old"), 0)); /* though it would be young enough at 0 */
        assert_int_equal(key_pair_kind(held->pair), KEY_ED25519);
        opened_key_release(held);
        key_pair_unref(pair);
}

static void test_drop_old(void **state)
{
        (void)state;
        put_and_release(1, 0);
        put_and_release(2, 1);
        key_cache_drop_old(cache, MAX_AGE + 1);
        assert_false(is_there(1, 0));
        assert_true(is_there(2, 1));
        key_cache_drop_old(cache, MAX_AGE + 2);
        key_cache_drop_old(cache, MAX_AGE + 2);
        assert_false(is_there(2, 1));
}

static void test_an_old_one_is_put_anew(void **state)
{
        const struct opened_key *old = put(STR("same"), 0), *fresh = put(STR("same"), MAX_AGE + 1), *found;

        (void)state;
        assert_ptr_not_equal(old, fresh);
        found = key_cache_get(cache, STR("same"), 2 * MAX_AGE);
        assert_ptr_equal(found, fresh);
        opened_key_release(old);
        opened_key_release(fresh);
        opened_key_release(found);
}

static void test_forget(void **state)
{
        const struct opened_key *held = put(STR("sealed"), 0);

        (void)state;
        key_cache_forget(cache, STR("sealed"));
        key_cache_forget(cache, STR("sealed"));
        key_cache_forget(cache, STR("never there"));
        assert_null(key_cache_get(cache, STR("sealed"), 0));
        assert_true(secret_equal(secret_str(&held->bytes), STR("sealed"))); /* its holder still has it */
        opened_key_release(held);
}

static void test_clear(void **state)
{
        (void)state;
        for (int n = 0; n < MOST; n++)
                put_and_release(n, 0);
        key_cache_clear(cache);
        for (int n = 0; n < MOST; n++)
                assert_false(is_there(n, 0));
        put_and_release(0, 0);
        assert_true(is_there(0, 0));
}

static void test_holders_outlive_the_cache(void **state)
{
        struct key_cache *other = NULL;
        struct opened_key key = key_of(STR("kept"));
        const struct opened_key *held;

        (void)state;
        key_cache_free(NULL);
        assert_int_equal(key_cache_new(1, MAX_AGE, &other), 0);
        held = key_cache_put(other, STR("sealed"), 0, &key);
        key_cache_free(other);
        assert_true(secret_equal(secret_str(&held->bytes), STR("kept")));
        opened_key_release(held);
}

static void test_bounds_of_the_cache_itself(void **state)
{
        _cleanup_(key_cache_freep) struct key_cache *none = NULL, *most = NULL;
        struct key_cache *more = NULL;
        struct opened_key key = key_of(STR("kept"));
        const struct opened_key *held;

        (void)state;
        assert_int_equal(key_cache_new(KEY_CACHE_MOST + 1, MAX_AGE, &more), -EINVAL);
        assert_int_equal(key_cache_new(KEY_CACHE_MOST, MAX_AGE, &most), 0);
        assert_int_equal(key_cache_new(0, MAX_AGE, &none), 0);
        held = key_cache_put(none, STR("sealed"), 0, &key);
        assert_true(secret_equal(secret_str(&held->bytes), STR("kept")));
        assert_null(key_cache_get(none, STR("sealed"), 0));
        opened_key_release(held);
}

static void test_no_age_is_too_old(void **state)
{
        _cleanup_(key_cache_freep) struct key_cache *forever = NULL;
        struct opened_key key = key_of(STR("kept"));
        const struct opened_key *found;

        (void)state;
        assert_int_equal(key_cache_new(1, NEVER_OLD, &forever), 0);
        opened_key_release(key_cache_put(forever, STR("sealed"), 0, &key));
        found = key_cache_get(forever, STR("sealed"), NEVER_OLD);
        assert_non_null(found);
        opened_key_release(found);
}

/* -- Many threads: whatever they do to it, what a get gives is the right key and stays so while it is held.
 */

static atomic_int wrong;

static void use_one(int n, int64_t now_ms)
{
        char room[32];
        struct str sealed = sealed_of(room, n);
        const struct opened_key *held = key_cache_get(cache, sealed, now_ms);

        if (!held) {
                struct opened_key key = {};

                if (secret_copy(&key.bytes, sealed) == 0)
                        held = key_cache_put(cache, sealed, now_ms, &key);
        }
        if (!held || !secret_equal(secret_str(&held->bytes), sealed))
                atomic_fetch_add(&wrong, 1);
        opened_key_release(held);
}

static void *use(void *arg)
{
        int step = (int)(intptr_t)arg;
        char room[32];

        for (int i = 0; i < 5000; i++) {
                use_one(i * step % 7, i);
                if (i % 50 == step)
                        key_cache_forget(cache, sealed_of(room, i % 7));
                if (i % 500 == step)
                        key_cache_clear(cache);
        }
        return NULL;
}

static void test_threads(void **state)
{
        pthread_t threads[4];

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(threads); i++)
                assert_int_equal(pthread_create(&threads[i], NULL, use, (void *)(intptr_t)(i + 1)), 0);
        for (size_t i = 0; i < ARRAY_LEN(threads); i++)
                assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(atomic_load(&wrong), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(test_put_and_get),
                TEST(test_empty_sealed_bytes),
                TEST(test_the_first_to_put_wins),
                TEST(test_least_recently_used_goes_first),
                TEST(test_never_more_than_allowed),
                TEST(test_age),
                TEST(test_put_drops_what_is_old),
                TEST(test_drop_old),
                TEST(test_an_old_one_is_put_anew),
                TEST(test_forget),
                TEST(test_clear),
                TEST(test_holders_outlive_the_cache),
                TEST(test_bounds_of_the_cache_itself),
                TEST(test_no_age_is_too_old),
                TEST(test_threads),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
