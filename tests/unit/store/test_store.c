/* What a store promises, whatever its engine. */
#include "fixture.h"

static void puts_gets_and_deletes(void **state)
{
        struct store *store = ((struct fixture *)*state)->store;

        assert_value(store, "a", NULL);
        put(store, "a", "1");
        assert_value(store, "a", "1");
        put(store, "a", "two");
        assert_value(store, "a", "two");
        put(store, "empty", "");
        assert_value(store, "empty", "");
        assert_int_equal(try_delete(store, STR("a")), 0);
        assert_value(store, "a", NULL);
        assert_int_equal(try_delete(store, STR("a")), -ENOENT);
}

static void walks_in_order(void **state)
{
        struct store *store = ((struct fixture *)*state)->store;
        static const char *const keys[] = {"b2", "a", "b1", "c", "b", "b3", "bb"};

        assert_keys(store, "", NULL, true, "");
        assert_keys(store, "", NULL, false, "");
        for (size_t i = 0; i < ARRAY_LEN(keys); i++)
                put(store, keys[i], "x");
        assert_keys(store, "", NULL, true, "a b b1 b2 b3 bb c ");
        assert_keys(store, "", NULL, false, "c bb b3 b2 b1 b a ");
        assert_keys(store, "b", NULL, true, "b b1 b2 b3 bb ");
        assert_keys(store, "b", NULL, false, "bb b3 b2 b1 b ");
        assert_keys(store, "d", NULL, true, "");
        assert_keys(store, "d", NULL, false, "");
        assert_keys(store, "0", NULL, false, "");
}

static void walks_from_a_key_on(void **state)
{
        struct store *store = ((struct fixture *)*state)->store;
        static const char *const keys[] = {"a", "b", "b1", "b2", "b3", "c"};

        for (size_t i = 0; i < ARRAY_LEN(keys); i++)
                put(store, keys[i], "x");
        assert_keys(store, "b", "b1", true, "b2 b3 ");
        assert_keys(store, "b", "b11", true, "b2 b3 "); /* need not be there */
        assert_keys(store, "b", "b2", false, "b1 b ");
        assert_keys(store, "b", "b11", false, "b1 b ");
        assert_keys(store, "b", "b3", true, "");
        assert_keys(store, "b", "b", false, "");
        assert_keys(store, "b", "a", true, "b b1 b2 b3 "); /* outside of the range: bounded by it */
        assert_keys(store, "b", "c", true, "");
        assert_keys(store, "b", "c", false, "b3 b2 b1 b ");
        assert_keys(store, "b", "a", false, "");
        assert_keys(store, "", "b3", true, "c ");
        assert_keys(store, "", "", true, "a b b1 b2 b3 c ");
        assert_keys(store, "", "", false, "");
}

/* Bytes 0xFF have no successor, and zero bytes end nothing. */
static void keys_are_any_bytes(void **state)
{
        struct store *store = ((struct fixture *)*state)->store;
        static const struct str keys[] = {STR_INIT("\0\0"),   STR_INIT("\0\1"),     STR_INIT("\1\0"),
                                          STR_INIT("\1\xff"), STR_INIT("\2"),       STR_INIT("\xfe\xff\xff"),
                                          STR_INIT("\xff"),   STR_INIT("\xff\xff"), STR_INIT("\xff\xff\1")};
        static const struct {
                struct str prefix;
                size_t first, count;
        } walks[] = {
                {STR_INIT(""), 0, 9},         {STR_INIT("\0"), 0, 2},   {STR_INIT("\1"), 2, 2},
                {STR_INIT("\1\xff"), 3, 1},   {STR_INIT("\xfe"), 5, 1}, {STR_INIT("\xff"), 6, 3},
                {STR_INIT("\xff\xff"), 7, 2},
        };
        struct cursor *cursor;
        struct str key, value;
        struct txn *txn;

        for (size_t i = ARRAY_LEN(keys); i-- > 0;)
                assert_int_equal(try_put(store, keys[i], keys[i]), 0);
        assert_int_equal(store_read_begin(store, &txn), 0);
        for (size_t w = 0; w < 2 * ARRAY_LEN(walks); w++) {
                bool ascending = w % 2;
                size_t first = walks[w / 2].first, count = walks[w / 2].count;

                assert_int_equal(cursor_open(txn, walks[w / 2].prefix, STR_NONE, ascending, &cursor), 0);
                for (size_t i = 0; i < count; i++) {
                        assert_int_equal(cursor_next(cursor, &key, &value), 0);
                        assert_true(str_eq(key, keys[ascending ? first + i : first + count - 1 - i]));
                        assert_true(str_eq(key, value));
                }
                assert_int_equal(cursor_next(cursor, &key, &value), -ENOENT);
                cursor_close(cursor);
        }
        store_read_end(txn);
}

static void keys_have_a_length(void **state)
{
        struct store *store = ((struct fixture *)*state)->store;
        char bytes[STORE_KEY_MAX + 1];
        struct str longest = {bytes, STORE_KEY_MAX}, longer = {bytes, STORE_KEY_MAX + 1}, got;
        struct cursor *cursor;
        struct txn *txn;

        memset(bytes, 'k', sizeof(bytes));
        assert_int_equal(try_put(store, longest, STR("v")), 0);
        assert_int_equal(try_put(store, longer, STR("v")), -ENAMETOOLONG);
        assert_int_equal(try_put(store, STR(""), STR("v")), -EINVAL);
        assert_int_equal(try_put(store, STR("\0"), STR("v")), -EINVAL); /* the store's own */
        assert_int_equal(try_delete(store, STR("\0")), -ENOENT);
        assert_int_equal(try_delete(store, longer), -ENOENT);
        assert_int_equal(store_read_begin(store, &txn), 0);
        assert_int_equal(txn_get(txn, longest, &got), 0);
        assert_int_equal(txn_get(txn, longer, &got), -ENOENT);
        assert_int_equal(txn_get(txn, STR(""), &got), -ENOENT);
        assert_int_equal(txn_get(txn, STR("\0"), &got), -ENOENT);
        assert_int_equal(cursor_open(txn, longer, STR_NONE, true, &cursor), -EINVAL);
        assert_int_equal(cursor_open(txn, STR(""), longer, true, &cursor), -EINVAL);
        assert_int_equal(cursor_open(txn, STR(""), longest, true, &cursor), 0);
        assert_int_equal(cursor_next(cursor, &got, &got), -ENOENT);
        cursor_close(cursor);
        store_read_end(txn);
}

static void values_may_be_large(void **state)
{
        struct store *store = ((struct fixture *)*state)->store;
        static const size_t sizes[] = {1, 100, 2000, 2040, 4096, 8192, 65536, 1 << 20, 20 << 20};
        char *bytes = malloc(20 << 20);
        struct txn *txn;
        struct str got;

        assert_non_null(bytes);
        for (size_t i = 0; i < (20 << 20); i++)
                bytes[i] = (char)(i * 2654435761U >> 13);
        for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
                char key = (char)('a' + i);

                assert_int_equal(try_put(store, (struct str){&key, 1}, (struct str){bytes, sizes[i]}), 0);
                assert_int_equal(store_read_begin(store, &txn), 0);
                assert_int_equal(txn_get(txn, (struct str){&key, 1}, &got), 0);
                assert_true(str_eq(got, (struct str){bytes, sizes[i]}));
                store_read_end(txn);
        }
        free(bytes);
}

static void a_snapshot_stays_as_it_was(void **state)
{
        struct store *store = ((struct fixture *)*state)->store;
        struct txn *old, *new;
        struct str got, held;

        put(store, "a", "before");
        put(store, "gone", "here");
        assert_int_equal(store_read_begin(store, &old), 0);
        assert_false(txn_is_write(old));
        assert_int_equal(txn_get(old, STR("a"), &held), 0);
        put(store, "a", "after");
        put(store, "b", "new");
        assert_int_equal(try_delete(store, STR("gone")), 0);
        for (int i = 0; i < 100; i++) /* pages that were freed are used again, but not those still seen */
                put(store, "a", "after");
        assert_int_equal(store_read_begin(store, &new), 0);
        assert_int_equal(txn_get(new, STR("a"), &got), 0);
        assert_true(str_eq(got, STR("after")));
        assert_int_equal(txn_get(new, STR("gone"), &got), -ENOENT);
        assert_int_equal(txn_get(old, STR("a"), &got), 0);
        assert_true(str_eq(got, STR("before")));
        assert_true(str_eq(held, STR("before")));
        assert_int_equal(txn_get(old, STR("b"), &got), -ENOENT);
        assert_int_equal(txn_get(old, STR("gone"), &got), 0);
        store_read_end(old);
        store_read_end(new);
        store_read_end(NULL);
}

/* More at once than are kept at rest. */
static void many_read_at_once(void **state)
{
        struct store *store = ((struct fixture *)*state)->store;
        struct txn *txns[500];
        struct str got;

        put(store, "a", "1");
        for (int round = 0; round < 3; round++) {
                for (size_t i = 0; i < ARRAY_LEN(txns); i++)
                        assert_int_equal(store_read_begin(store, &txns[i]), 0);
                for (size_t i = 0; i < ARRAY_LEN(txns); i++) {
                        assert_int_equal(txn_get(txns[i], STR("a"), &got), 0);
                        store_read_end(txns[i]);
                }
        }
}

static int fail_after_writing(struct txn *txn, void *arg)
{
        assert_true(txn_is_write(txn));
        TRY(txn_put(txn, STR("a"), STR("wrong")));
        TRY(txn_put(txn, STR("new"), STR("wrong")));
        TRY(txn_delete(txn, STR("b")));
        return *(const int *)arg;
}

static void a_failed_write_leaves_nothing(void **state)
{
        struct store *store = ((struct fixture *)*state)->store;
        int error = -EDOM;

        put(store, "a", "1");
        put(store, "b", "2");
        assert_int_equal(store_write(store, fail_after_writing, &error), -EDOM);
        assert_value(store, "a", "1");
        assert_value(store, "b", "2");
        assert_value(store, "new", NULL);
}

static int sees_its_own_writes(struct txn *txn, void *arg)
{
        struct str got;

        (void)arg;
        assert_int_equal(txn_put(txn, STR("x"), STR("1")), 0);
        assert_int_equal(txn_get(txn, STR("x"), &got), 0);
        assert_true(str_eq(got, STR("1")));
        assert_int_equal(txn_delete(txn, STR("x")), 0);
        assert_int_equal(txn_get(txn, STR("x"), &got), -ENOENT);
        assert_int_equal(txn_delete(txn, STR("x")), -ENOENT);
        return 0;
}

static void a_write_sees_itself(void **state)
{
        assert_int_equal(store_write(((struct fixture *)*state)->store, sees_its_own_writes, NULL), 0);
}

static int copies_within(struct txn *txn, void *arg)
{
        struct str value;
        char key[] = "copy-000";

        (void)arg;
        for (int i = 0; i < 300; i++) {
                (void)snprintf(key, sizeof(key), "copy-%03d", i);
                TRY(txn_get(txn, STR("source"), &value));
                TRY(txn_put(txn, str_of(key), value));
        }
        return 0;
}

/* A value that was read may be given to a put, though that moves the page on which it lies. */
static void values_of_the_store_may_be_put(void **state)
{
        struct store *store = ((struct fixture *)*state)->store;
        char value[301] = "";

        memset(value, 'v', sizeof(value) - 1);
        put(store, "source", value);
        assert_int_equal(store_write(store, copies_within, NULL), 0);
        assert_value(store, "copy-000", value);
        assert_value(store, "copy-150", value);
        assert_value(store, "copy-299", value);
}

struct walk {
        bool ascending, refill;
        int visited;
};

static int put_numbered(struct txn *txn, void *arg)
{
        char key[16];

        (void)arg;
        for (int i = 0; i < 2000; i++) {
                (void)snprintf(key, sizeof(key), "k%04d", i);
                TRY(txn_put(txn, str_of(key), STR("value")));
        }
        return 0;
}

static int deletes_behind_itself(struct txn *txn, void *arg)
{
        _cleanup_(cursor_closep) struct cursor *cursor = NULL;
        struct walk *walk = arg;
        struct str key, value;
        char copy[16];
        int r;

        TRY(cursor_open(txn, STR("k"), STR_NONE, walk->ascending, &cursor));
        while ((r = cursor_next(cursor, &key, &value)) == 0) {
                int expected = walk->ascending ? walk->visited : 1999 - walk->visited;

                (void)snprintf(copy, sizeof(copy), "k%04d", expected);
                assert_true(str_eq(key, str_of(copy)));
                TRY(txn_delete(txn, key));
                if (walk->refill && walk->visited % 3 == 0)
                        TRY(txn_put(txn, str_of(copy),
                                    STR("a longer value than was there before, to split pages")));
                walk->visited++;
        }
        return r == -ENOENT ? 0 : r;
}

static void a_walk_may_change_what_it_passed(void **state)
{
        struct store *store = ((struct fixture *)*state)->store;

        for (int mode = 0; mode < 4; mode++) {
                struct walk walk = {.ascending = mode & 1, .refill = mode & 2};
                struct store_stats stats;

                assert_int_equal(store_clear(store), 0);
                assert_int_equal(store_write(store, put_numbered, NULL), 0);
                assert_int_equal(store_write(store, deletes_behind_itself, &walk), 0);
                assert_int_equal(walk.visited, 2000);
                store_get_stats(store, &stats);
                assert_int_equal(stats.keys, walk.refill ? 667 : 0);
        }
}

static void clears_all(void **state)
{
        struct fixture *fixture = *state;

        assert_int_equal(store_write(fixture->store, put_numbered, NULL), 0);
        assert_int_equal(store_clear(fixture->store), 0);
        assert_keys(fixture->store, "", NULL, true, "");
        assert_int_equal(store_clear(fixture->store), 0);
        put(fixture->store, "a", "1");
        assert_keys(fixture->store, "", NULL, true, "a ");
        if (fixture->engine == STORE_LMDB) {
                fixture_reopen(fixture);
                assert_keys(fixture->store, "", NULL, true, "a ");
        }
}

static void counts(void **state)
{
        struct store *store = ((struct fixture *)*state)->store;
        struct store_stats stats;
        int error = -EDOM;

        store_get_stats(store, &stats);
        assert_int_equal(stats.keys, 0);
        assert_int_equal(stats.commits, 0);
        put(store, "a", "1");
        put(store, "b", "1");
        assert_int_equal(store_write(store, fail_after_writing, &error), -EDOM);
        store_get_stats(store, &stats);
        assert_int_equal(stats.keys, 2);
        assert_int_equal(stats.commits, 2); /* what failed was not committed */
        assert_int_equal(stats.jobs, 3);
        assert_int_equal(stats.failed_commits, 0);
        assert_int_equal(stats.queue_length, 0);
        assert_true(stats.bytes_used >= 8192);
}

/* Against a plain sorted array: random puts, deletes, gets and walks. */
#define MODEL_KEYS 400
struct model {
        bool is_there[MODEL_KEYS];
        uint32_t value[MODEL_KEYS];
        uint64_t seed;
};

static uint32_t draw(struct model *model, uint32_t below)
{
        model->seed = model->seed * 6364136223846793005U + 1442695040888963407U;
        return (uint32_t)(model->seed >> 33) % below;
}

static struct str model_key(uint32_t i, char room[16])
{
        return (struct str){room, (size_t)snprintf(room, 16, "%04u", i)};
}

static int change_at_random(struct txn *txn, void *arg)
{
        struct model *model = arg;
        char room[16];

        for (int n = 0; n < 60; n++) {
                uint32_t i = draw(model, MODEL_KEYS);
                struct str key = model_key(i, room);

                if (draw(model, 3) == 0) {
                        assert_int_equal(txn_delete(txn, key), model->is_there[i] ? 0 : -ENOENT);
                        model->is_there[i] = false;
                } else {
                        char value[3000];
                        size_t len = 4 + draw(model, draw(model, 20) == 0 ? 2990 : 100);

                        model->value[i] = draw(model, UINT32_MAX);
                        memset(value, 'x', len);
                        memcpy(value, &model->value[i], 4);
                        assert_int_equal(txn_put(txn, key, (struct str){value, len}), 0);
                        model->is_there[i] = true;
                }
        }
        return 0;
}

static void assert_same(struct store *store, const struct model *model, bool ascending)
{
        struct cursor *cursor;
        struct str key, value;
        struct txn *txn;
        char room[16];

        assert_int_equal(store_read_begin(store, &txn), 0);
        assert_int_equal(cursor_open(txn, STR(""), STR_NONE, ascending, &cursor), 0);
        for (uint32_t n = 0; n < MODEL_KEYS; n++) {
                uint32_t i = ascending ? n : MODEL_KEYS - 1 - n;

                if (!model->is_there[i]) {
                        assert_int_equal(txn_get(txn, model_key(i, room), &value), -ENOENT);
                        continue;
                }
                assert_int_equal(cursor_next(cursor, &key, &value), 0);
                assert_true(str_eq(key, model_key(i, room)));
                assert_memory_equal(value.ptr, &model->value[i], 4);
        }
        assert_int_equal(cursor_next(cursor, &key, &value), -ENOENT);
        cursor_close(cursor);
        store_read_end(txn);
}

static void agrees_with_a_model(void **state)
{
        struct fixture *fixture = *state;
        struct model model = {.seed = 42};

        for (int round = 0; round < 200; round++) {
                assert_int_equal(store_write(fixture->store, change_at_random, &model), 0);
                assert_same(fixture->store, &model, round % 2);
                if (fixture->engine == STORE_LMDB && round % 50 == 49)
                        fixture_reopen(fixture); /* checks the whole structure too */
        }
        assert_same(fixture->store, &model, true);
}

static const struct CMUnitTest tests[] = {
        TEST_BOTH(puts_gets_and_deletes),
        TEST_BOTH(walks_in_order),
        TEST_BOTH(walks_from_a_key_on),
        TEST_BOTH(keys_are_any_bytes),
        TEST_BOTH(keys_have_a_length),
        TEST_BOTH(values_may_be_large),
        TEST_BOTH(a_snapshot_stays_as_it_was),
        TEST_BOTH(many_read_at_once),
        TEST_BOTH(a_failed_write_leaves_nothing),
        TEST_BOTH(a_write_sees_itself),
        TEST_BOTH(values_of_the_store_may_be_put),
        TEST_BOTH(a_walk_may_change_what_it_passed),
        TEST_BOTH(clears_all),
        TEST_BOTH(counts),
        TEST_BOTH(agrees_with_a_model),
};

int main(void)
{
        return cmocka_run_group_tests(tests, NULL, NULL);
}
