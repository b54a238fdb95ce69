/* Traces of denials: found by request id, the newest TRACE_KEPT of them. */
#include "../check.h"

#include "server/trace.h"

static struct store *store;

static int open_store(void **state)
{
        struct store_options options = {.engine = STORE_MEMORY};
        char problem[STORE_PROBLEM_MAX];

        (void)state;
        return store_open(&options, &store, problem);
}

static int close_store(void **state)
{
        (void)state;
        store_close(store);
        return 0;
}

struct putting {
        unsigned int from, count;
};

static int put_many(struct txn *txn, void *arg)
{
        const struct putting *putting = arg;

        for (unsigned int i = 0; i < putting->count; i++) {
                char id[32], json[64];

                (void)snprintf(id, sizeof(id), "request-%u", putting->from + i);
                (void)snprintf(json, sizeof(json), "{\"n\":%u}", putting->from + i);
                TRY(trace_put(txn, str_of(id), str_of(json)));
        }
        return 0;
}

static void put(unsigned int from, unsigned int count)
{
        struct putting putting = {from, count};

        assert_int_equal(store_write(store, put_many, &putting), 0);
}

static int get(struct str id, struct arena *arena, struct str *ret)
{
        struct txn *txn;
        int r;

        assert_int_equal(store_read_begin(store, &txn), 0);
        r = trace_get(txn, arena, id, ret);
        store_read_end(txn);
        return r;
}

static void assert_trace(unsigned int number, bool is_kept)
{
        struct arena arena;
        struct str json;
        char id[32], expected[64];

        arena_init(&arena, 4096);
        (void)snprintf(id, sizeof(id), "request-%u", number);
        (void)snprintf(expected, sizeof(expected), "{\"n\":%u}", number);
        assert_int_equal(get(str_of(id), &arena, &json), is_kept ? 0 : -ENOENT);
        if (is_kept)
                assert_str(json, str_of(expected));
        arena_done(&arena);
}

static void traces_are_found_by_request(void **state)
{
        struct arena arena;
        struct str json;

        (void)state;
        put(1, 3);
        assert_trace(1, true);
        assert_trace(3, true);
        assert_trace(4, false);
        arena_init(&arena, 4096);
        assert_int_equal(get(STR(""), &arena, &json), -ENOENT);
        assert_int_equal(get(STR("request"), &arena, &json), -ENOENT);
        assert_int_equal(get(STR("0123456789012345678901234567890123456789012345678901234567890123456789"),
                             &arena, &json),
                         -ENOENT);
        arena_done(&arena);
        arena_init(&arena, 1);
        assert_int_equal(get(STR("request-1"), &arena, &json), -ENOMEM);
        arena_done(&arena);
}

static int put_bad(struct txn *txn, void *arg)
{
        const struct str *id = arg;

        return trace_put(txn, *id, STR("{}"));
}

static void ids_are_bounded(void **state)
{
        struct str longest = STR("0123456789012345678901234567890123456789012345678901234567890123");
        struct str too_long = STR("01234567890123456789012345678901234567890123456789012345678901234");
        struct str empty = STR("");

        (void)state;
        assert_int_equal(store_write(store, put_bad, &longest), 0);
        assert_int_equal(store_write(store, put_bad, &too_long), -EINVAL);
        assert_int_equal(store_write(store, put_bad, &empty), -EINVAL);
}

static void the_newest_are_kept(void **state)
{
        struct store_stats stats;

        (void)state;
        put(1, TRACE_KEPT);
        assert_trace(1, true);
        put(TRACE_KEPT + 1, 1);
        assert_trace(1, false);
        assert_trace(2, true);
        put(TRACE_KEPT + 2, 500);
        assert_trace(501, false);
        assert_trace(502, true);
        assert_trace(TRACE_KEPT + 501, true);
        store_get_stats(store, &stats);
        assert_int_equal(stats.keys, 2 * TRACE_KEPT); /* a row and its way by id, each */
}

#define IN_STORE(f) cmocka_unit_test_setup_teardown(f, open_store, close_store)

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_STORE(traces_are_found_by_request),
                IN_STORE(ids_are_bounded),
                IN_STORE(the_newest_are_kept),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
