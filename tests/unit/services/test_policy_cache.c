/* The cache of compiled policies: one compilation for one text, bounded, shared by threads. */
#include "services/policy_cache.h"

#include <pthread.h>
#include <stdio.h>

#include "../check.h" /* behind the others: cmocka has a fail() of its own */

#define ALLOW                                                                                                \
        "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"iam:*\","             \
        "\"Resource\":\"*\"}]}"

struct text {
        char bytes[256];
};

/* A policy that only `number` tells from others. */
static struct str numbered(unsigned int number, struct text *text)
{
        (void)snprintf(text->bytes, sizeof(text->bytes),
                       "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"S%u\",\"Effect\":\"Allow\","
                       "\"Action\":\"iam:*\",\"Resource\":\"*\"}]}",
                       number);
        return str_of(text->bytes);
}

static struct policy_cache *new_cache(size_t max)
{
        struct policy_cache *cache;

        assert_int_equal(policy_cache_new(max, SIZE_MAX, &cache), 0);
        return cache;
}

static struct cached_policy *get(struct policy_cache *cache, struct str document)
{
        struct cached_policy *entry;

        assert_int_equal(policy_cache_get(cache, document, POLICY_IDENTITY, &entry), 0);
        assert_str(policy_document(cached_policy_get(entry)), document);
        return entry;
}

static void one_text_is_compiled_once(void **state)
{
        struct policy_cache *cache = new_cache(10);
        char copy[] = ALLOW;
        struct cached_policy *first = get(cache, STR(ALLOW));
        struct cached_policy *second = get(cache, str_of(copy)); /* by content, not by place */
        struct text text;
        struct cached_policy *other = get(cache, numbered(1, &text));

        (void)state;
        assert_ptr_equal(first, second);
        assert_ptr_not_equal(first, other);
        memset(copy, 'x', sizeof(copy) - 1); /* the cache has its own copy */
        assert_str(policy_document(cached_policy_get(second)), STR(ALLOW));
        policy_cache_release(first);
        policy_cache_release(second);
        policy_cache_release(other);
        policy_cache_free(cache);
        policy_cache_free(NULL);
}

static void kinds_are_kept_apart(void **state)
{
        struct policy_cache *cache = new_cache(10);
        struct cached_policy *identity = get(cache, STR(ALLOW));
        struct cached_policy *scp, *trust;

        (void)state;
        assert_int_equal(policy_cache_get(cache, STR(ALLOW), POLICY_SCP, &scp), 0);
        assert_ptr_not_equal(identity, scp);
        assert_int_equal(policy_cache_get(cache, STR(ALLOW), POLICY_TRUST, &trust), -EINVAL);
        policy_cache_release(identity);
        policy_cache_release(scp);
        policy_cache_free(cache);
}

static void what_does_not_compile_is_refused_every_time(void **state)
{
        static const char *const BAD[] = {"", "{", "[]", "{\"Statement\":[{\"Effect\":\"Maybe\"}]}"};
        struct policy_cache *cache = new_cache(10);
        struct cached_policy *entry;

        (void)state;
        for (int round = 0; round < 2; round++)
                for (size_t i = 0; i < ARRAY_LEN(BAD); i++)
                        assert_int_equal(policy_cache_get(cache, str_of(BAD[i]), POLICY_IDENTITY, &entry),
                                         -EINVAL);
        policy_cache_free(cache);
}

/* Entries that are used stay; the rest makes room. An entry's address tells whether it was compiled anew. */
static void what_is_held_or_used_stays(void **state)
{
        struct policy_cache *cache = new_cache(50);
        struct cached_policy *held = get(cache, STR(ALLOW));
        struct text used_text;
        struct cached_policy *used = get(cache, numbered(9999, &used_text));

        (void)state;
        policy_cache_release(used);
        for (unsigned int i = 0; i < 1000; i++) {
                struct text text;
                struct cached_policy *again;

                policy_cache_release(get(cache, numbered(i, &text)));
                again = get(cache, str_of(used_text.bytes));
                assert_ptr_equal(again, used);
                policy_cache_release(again);
        }
        {
                struct cached_policy *again = get(cache, STR(ALLOW));

                assert_ptr_equal(again, held);
                policy_cache_release(again);
        }
        assert_int_equal(policy_statement_count(cached_policy_get(held)), 1);
        policy_cache_release(held);
        policy_cache_free(cache);
}

/* More held at once than the bound: all stay valid, and go when they are released. */
static void more_may_be_held_than_the_bound(void **state)
{
        struct policy_cache *cache = new_cache(4);
        struct cached_policy *held[40];
        struct text texts[40];

        (void)state;
        for (unsigned int i = 0; i < 40; i++)
                held[i] = get(cache, numbered(i, &texts[i]));
        for (unsigned int i = 0; i < 40; i++) {
                assert_str(policy_document(cached_policy_get(held[i])), str_of(texts[i].bytes));
                policy_cache_release(held[i]);
        }
        for (unsigned int i = 100; i < 200; i++) {
                struct text text;

                policy_cache_release(get(cache, numbered(i, &text)));
        }
        policy_cache_free(cache);
}

/* Room for one policy of this size: the others go, however few they are. */
static void bytes_are_bounded_too(void **state)
{
        struct policy_cache *cache;
        struct cached_policy *kept;
        struct text first, text;

        (void)state;
        assert_int_equal(policy_cache_new(1000, 1, &cache), 0);
        kept = get(cache, numbered(0, &first));
        for (unsigned int i = 1; i < 10; i++)
                policy_cache_release(get(cache, numbered(i, &text)));
        assert_str(policy_document(cached_policy_get(kept)), str_of(first.bytes));
        assert_true(policy_cache_bytes(cache) <= 3 * policy_memory(cached_policy_get(kept)));
        policy_cache_release(kept);
        policy_cache_free(cache);
}

static void *use_many(void *arg)
{
        struct policy_cache *cache = arg;
        size_t wrong = 0;

        for (unsigned int i = 0; i < 5000; i++) {
                struct text text;
                struct str document = numbered(i * 7 % 40, &text);
                struct cached_policy *entry;

                if (policy_cache_get(cache, document, POLICY_IDENTITY, &entry) < 0) {
                        wrong++;
                        continue;
                }
                wrong += !str_eq(policy_document(cached_policy_get(entry)), document);
                policy_cache_release(entry);
        }
        return (void *)wrong;
}

static void threads_share_and_sweep(void **state)
{
        struct policy_cache *cache = new_cache(10); /* a sweep every few calls */
        pthread_t threads[8];

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(threads); i++)
                assert_int_equal(pthread_create(&threads[i], NULL, use_many, cache), 0);
        for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
                void *wrong;

                pthread_join(threads[i], &wrong);
                assert_null(wrong);
        }
        policy_cache_free(cache);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(one_text_is_compiled_once),
                cmocka_unit_test(kinds_are_kept_apart),
                cmocka_unit_test(what_does_not_compile_is_refused_every_time),
                cmocka_unit_test(what_is_held_or_used_stays),
                cmocka_unit_test(more_may_be_held_than_the_bound),
                cmocka_unit_test(bytes_are_bounded_too),
                cmocka_unit_test(threads_share_and_sweep),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
