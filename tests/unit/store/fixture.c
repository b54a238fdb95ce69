#include "fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static int begin(void **state, enum store_engine engine, const char *place)
{
        struct fixture *fixture = calloc(1, sizeof(*fixture));

        assert_non_null(fixture);
        *fixture = (struct fixture){.engine = engine, .max_bytes = (size_t)256 << 20};
        (void)snprintf(fixture->folder, sizeof(fixture->folder), "%s/merlon-store-test-XXXXXX", place);
        assert_non_null(mkdtemp(fixture->folder));
        fixture_open(fixture);
        *state = fixture;
        return 0;
}

int fixture_lmdb(void **state)
{
        return begin(state, STORE_LMDB, "/tmp");
}

int fixture_lmdb_in_memory(void **state)
{
        return begin(state, STORE_LMDB, access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
}

int fixture_memory(void **state)
{
        return begin(state, STORE_MEMORY, "/tmp");
}

int fixture_done(void **state)
{
        struct fixture *fixture = *state;
        char path[PATH_MAX];
        const struct dirent *entry;
        DIR *dir;

        fixture_close(fixture);
        dir = opendir(fixture->folder);
        while (dir && (entry = readdir(dir))) {
                fixture_path(fixture, entry->d_name, path);
                (void)unlink(path);
        }
        if (dir)
                (void)closedir(dir);
        (void)rmdir(fixture->folder);
        free(fixture);
        return 0;
}

int fixture_try_open(struct fixture *fixture, char problem[STORE_PROBLEM_MAX])
{
        struct store_options options = {.engine = fixture->engine,
                                        .folder = fixture->folder,
                                        .max_bytes = fixture->max_bytes,
                                        .unsafe_no_sync = fixture->no_sync};

        return store_open(&options, &fixture->store, problem);
}

void fixture_open(struct fixture *fixture)
{
        char problem[STORE_PROBLEM_MAX];
        int r = fixture_try_open(fixture, problem);

        if (r < 0)
                fail_msg("%s", problem);
        assert_string_equal(problem, "");
}

void fixture_close(struct fixture *fixture)
{
        store_close(fixture->store);
        fixture->store = NULL;
}

void fixture_reopen(struct fixture *fixture)
{
        fixture_close(fixture);
        fixture_open(fixture);
}

void fixture_path(const struct fixture *fixture, const char *name, char path[PATH_MAX])
{
        (void)snprintf(path, PATH_MAX, "%s/%s", fixture->folder, name);
}

struct str file_read(const char *path)
{
        struct stat st;
        int fd = open(path, O_RDONLY);
        char *bytes;

        assert_true(fd >= 0 && fstat(fd, &st) == 0);
        bytes = malloc((size_t)st.st_size + 1);
        assert_non_null(bytes);
        assert_int_equal(read(fd, bytes, (size_t)st.st_size), st.st_size);
        (void)close(fd);
        return (struct str){bytes, (size_t)st.st_size};
}

void file_write(const char *path, struct str bytes)
{
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, bytes.ptr, bytes.len), bytes.len);
        (void)close(fd);
}

struct pair {
        struct str key, value;
};

static int put_pair(struct txn *txn, void *arg)
{
        const struct pair *pair = arg;

        return txn_put(txn, pair->key, pair->value);
}

static int delete_key(struct txn *txn, void *arg)
{
        const struct pair *pair = arg;

        return txn_delete(txn, pair->key);
}

int try_put(struct store *store, struct str key, struct str value)
{
        struct pair pair = {key, value};

        return store_write(store, put_pair, &pair);
}

int try_delete(struct store *store, struct str key)
{
        struct pair pair = {key, STR_NONE};

        return store_write(store, delete_key, &pair);
}

void put(struct store *store, const char *key, const char *value)
{
        assert_int_equal(try_put(store, str_of(key), str_of(value)), 0);
}

void assert_value(struct store *store, const char *key, const char *value)
{
        struct txn *txn;
        struct str got;
        int r;

        assert_int_equal(store_read_begin(store, &txn), 0);
        r = txn_get(txn, str_of(key), &got);
        if (value) {
                assert_int_equal(r, 0);
                assert_true(str_is_set(got));
                assert_int_equal(got.len, strlen(value));
                assert_memory_equal(got.ptr, value, got.len);
        } else {
                assert_int_equal(r, -ENOENT);
        }
        store_read_end(txn);
}

void assert_keys(struct store *store, const char *prefix, const char *after, bool ascending, const char *keys)
{
        char found[4096] = "";
        struct cursor *cursor;
        struct txn *txn;
        struct str key, value;
        size_t len = 0;
        int r;

        assert_int_equal(store_read_begin(store, &txn), 0);
        assert_int_equal(cursor_open(txn, str_of(prefix), str_of(after), ascending, &cursor), 0);
        while ((r = cursor_next(cursor, &key, &value)) == 0)
                len += (size_t)snprintf(found + len, sizeof(found) - len, "%.*s ", STR_ARG(key));
        assert_int_equal(r, -ENOENT);
        assert_int_equal(cursor_next(cursor, &key, &value), -ENOENT);
        cursor_close(cursor);
        store_read_end(txn);
        assert_string_equal(found, keys);
}
