/* A store as one file: what was saved is loaded, whole or not at all. */
#include "fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

static int put_many(struct txn *txn, void *arg)
{
        char key[16], value[400];

        for (int i = 0; i < *(const int *)arg; i++) {
                (void)snprintf(key, sizeof(key), "key-%05d", i);
                memset(value, 'a' + i % 26, sizeof(value));
                TRY(txn_put(txn, str_of(key), (struct str){value, (size_t)(i % 400)}));
        }
        return 0;
}

static void fill(struct store *store, int count)
{
        assert_int_equal(store_write(store, put_many, &count), 0);
}

static struct str archive_of(struct fixture *fixture, char path[PATH_MAX])
{
        fixture_path(fixture, "archive", path);
        assert_int_equal(store_save(fixture->store, path), 0);
        return file_read(path);
}

static void what_was_saved_is_loaded(void **state)
{
        struct fixture *fixture = *state;
        char path[PATH_MAX], value[1 << 17];
        struct stat st;

        memset(value, 'L', sizeof(value));
        value[sizeof(value) - 1] = '\0';
        fill(fixture->store, 300);
        put(fixture->store, "large", value);
        put(fixture->store, "empty", "");
        assert_int_equal(try_put(fixture->store, STR("\0\xff\0"), STR("\0")), 0);
        fixture_path(fixture, "archive", path);
        assert_int_equal(store_save(fixture->store, path), 0);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
        assert_int_equal(store_save(fixture->store, path), 0); /* replaces */

        assert_int_equal(store_load(fixture->store, path), -ENOTEMPTY);
        assert_int_equal(store_clear(fixture->store), 0);
        assert_int_equal(store_load(fixture->store, path), 0);
        assert_value(fixture->store, "large", value);
        assert_value(fixture->store, "empty", "");
        assert_value(fixture->store, "key-00002", "cc");
        assert_keys(
                fixture->store, "key-0000", NULL, false,
                "key-00009 key-00008 key-00007 key-00006 key-00005 key-00004 key-00003 key-00002 key-00001 "
                "key-00000 ");
        if (fixture->engine == STORE_LMDB)
                fixture_reopen(fixture);
}

/* One engine's archive is the other's. */
static void archives_know_no_engine(void **state)
{
        struct fixture *fixture = *state, other = *fixture;
        char path[PATH_MAX], again[PATH_MAX];
        struct str bytes, bytes_again;

        fill(fixture->store, 100);
        bytes = archive_of(fixture, path);
        other.engine = STORE_MEMORY;
        fixture_open(&other);
        assert_int_equal(store_load(other.store, path), 0);
        fixture_path(fixture, "again", again);
        assert_int_equal(store_save(other.store, again), 0);
        bytes_again = file_read(again);
        assert_true(str_eq(bytes, bytes_again));
        fixture_close(&other);
        free((void *)(uintptr_t)bytes.ptr);
        free((void *)(uintptr_t)bytes_again.ptr);
}

static void an_empty_store_may_be_saved(void **state)
{
        struct fixture *fixture = *state;
        char path[PATH_MAX];
        struct str bytes = archive_of(fixture, path);

        assert_int_equal(bytes.len, 15 + 1 + 8 + 4);
        assert_int_equal(store_load(fixture->store, path), 0);
        assert_keys(fixture->store, "", NULL, true, "");
        free((void *)(uintptr_t)bytes.ptr);
}

static void damage_loads_nothing(void **state)
{
        struct fixture *fixture = *state;
        char path[PATH_MAX];
        struct str bytes;
        char *changed;

        fill(fixture->store, 40);
        bytes = archive_of(fixture, path);
        changed = (char *)(uintptr_t)bytes.ptr;
        assert_int_equal(store_clear(fixture->store), 0);
        for (size_t len = 0; len < bytes.len; len += 7) {
                file_write(path, (struct str){bytes.ptr, len});
                assert_int_equal(store_load(fixture->store, path), -EBADMSG);
        }
        for (size_t i = 0; i < bytes.len; i += 3) {
                changed[i] = (char)(changed[i] ^ (1 << i % 8));
                file_write(path, bytes);
                changed[i] = (char)(changed[i] ^ (1 << i % 8));
                assert_int_equal(store_load(fixture->store, path), -EBADMSG);
        }
        assert_keys(fixture->store, "", NULL, true, "");
        file_write(path, bytes);
        assert_int_equal(store_load(fixture->store, path), 0);
        free(changed);
}

static void errors_of_files_are_told(void **state)
{
        struct fixture *fixture = *state;
        char path[PATH_MAX];

        fixture_path(fixture, "none/archive", path);
        assert_int_equal(store_save(fixture->store, path), -ENOENT);
        assert_int_equal(store_load(fixture->store, path), -ENOENT);
        assert_int_equal(store_load(fixture->store, fixture->folder), -EIO);
}

/* Two keys that always change together are saved together. */
struct mover {
        struct store *store;
        atomic_bool stop;
};

static int move_on(struct txn *txn, void *arg)
{
        TRY(txn_put(txn, STR("a-first"), *(const struct str *)arg));
        return txn_put(txn, STR("z-last"), *(const struct str *)arg);
}

static void *keep_moving(void *arg)
{
        struct mover *mover = arg;
        char text[16];

        for (int i = 0; !atomic_load(&mover->stop); i++) {
                struct str value = {text, (size_t)snprintf(text, sizeof(text), "%d", i)};

                if (store_write(mover->store, move_on, &value) < 0)
                        break;
        }
        return NULL;
}

static void a_save_is_of_one_moment(void **state)
{
        struct fixture *fixture = *state, other = *fixture;
        struct mover mover = {.store = fixture->store};
        char path[PATH_MAX];
        pthread_t thread;

        fill(fixture->store, 200);
        fixture_path(fixture, "archive", path);
        assert_int_equal(store_write(fixture->store, move_on, &STR("0")), 0);
        assert_int_equal(pthread_create(&thread, NULL, keep_moving, &mover), 0);
        other.engine = STORE_MEMORY;
        for (int i = 0; i < 10; i++) {
                struct str first, last;
                struct txn *txn;

                assert_int_equal(store_save(fixture->store, path), 0);
                fixture_open(&other);
                assert_int_equal(store_load(other.store, path), 0);
                assert_int_equal(store_read_begin(other.store, &txn), 0);
                assert_int_equal(txn_get(txn, STR("a-first"), &first), 0);
                assert_int_equal(txn_get(txn, STR("z-last"), &last), 0);
                assert_true(str_eq(first, last));
                store_read_end(txn);
                fixture_close(&other);
        }
        atomic_store(&mover.stop, true);
        pthread_join(thread, NULL);
}

static const struct CMUnitTest tests[] = {
        TEST_BOTH(what_was_saved_is_loaded),    TEST_BOTH(archives_know_no_engine),
        TEST_BOTH(an_empty_store_may_be_saved), TEST_BOTH(damage_loads_nothing),
        TEST_BOTH(errors_of_files_are_told),    TEST_BOTH(a_save_is_of_one_moment),
};

int main(void)
{
        return cmocka_run_group_tests(tests, NULL, NULL);
}
