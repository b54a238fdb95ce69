/* The folder of the default engine: who may open it, and what is done about damage. */
#include "fixture.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void assert_refused(struct fixture *fixture, int error, const char *why)
{
        char problem[STORE_PROBLEM_MAX];

        assert_int_equal(fixture_try_open(fixture, problem), error);
        assert_null(fixture->store);
        if (!strstr(problem, why))
                fail_msg("'%s' does not say '%s'", problem, why);
}

static void keeps_what_was_written(void **state)
{
        struct fixture *fixture = *state;
        char key[16];

        for (int i = 0; i < 20; i++) {
                (void)snprintf(key, sizeof(key), "k%d", i);
                put(fixture->store, key, key);
                fixture_reopen(fixture);
        }
        for (int i = 0; i < 20; i++) {
                (void)snprintf(key, sizeof(key), "k%d", i);
                assert_value(fixture->store, key, key);
        }
}

static void is_open_once(void **state)
{
        struct fixture *fixture = *state;
        struct fixture second = *fixture;
        char pid[32];

        (void)snprintf(pid, sizeof(pid), "in use by process %ld", (long)getpid());
        second.store = NULL;
        assert_refused(&second, -EBUSY, pid);
        fixture_close(fixture);
        fixture_open(&second);
        fixture_close(&second);
}

/* Also when it is another process, and when that dies. */
static void is_free_again_when_its_process_dies(void **state)
{
        struct fixture *fixture = *state;
        int ready[2], status;
        char byte, text[32];
        pid_t child;

        fixture_close(fixture);
        assert_int_equal(pipe(ready), 0);
        child = fork();
        if (child == 0) {
                char problem[STORE_PROBLEM_MAX];

                if (fixture_try_open(fixture, problem) == 0 && write(ready[1], "x", 1) == 1)
                        pause();
                _exit(1);
        }
        assert_int_equal(read(ready[0], &byte, 1), 1);
        (void)snprintf(text, sizeof(text), "in use by process %ld", (long)child);
        assert_refused(fixture, -EBUSY, text);
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, &status, 0), child);
        fixture_open(fixture);
        (void)close(ready[0]);
        (void)close(ready[1]);
}

static void assert_mode(const struct fixture *fixture, const char *name, mode_t mode)
{
        char path[PATH_MAX];
        struct stat st;

        fixture_path(fixture, name, path);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, mode);
}

static void files_are_ours_alone(void **state)
{
        struct fixture *fixture = *state;
        char path[PATH_MAX];

        assert_mode(fixture, "store.mdb", 0600);
        assert_mode(fixture, "store.mdb-lock", 0600);
        assert_mode(fixture, "store.lock", 0600);
        fixture_close(fixture);

        fixture_path(fixture, "store.mdb", path);
        assert_int_equal(chmod(path, 0640), 0);
        assert_refused(fixture, -EPERM, "store.mdb is open to other users");
        assert_int_equal(chmod(path, 0600), 0);

        assert_int_equal(chmod(fixture->folder, 0770), 0);
        assert_refused(fixture, -EPERM, "can be written by other users");
        assert_int_equal(chmod(fixture->folder, 0755), 0);
        fixture_open(fixture);
}

static void files_are_files(void **state)
{
        struct fixture *fixture = *state;
        char path[PATH_MAX], elsewhere[PATH_MAX];

        fixture_close(fixture);
        fixture_path(fixture, "store.mdb", path);
        fixture_path(fixture, "elsewhere", elsewhere);
        assert_int_equal(rename(path, elsewhere), 0);
        assert_int_equal(symlink(elsewhere, path), 0);
        assert_refused(fixture, -ELOOP, "store.mdb");
        assert_int_equal(unlink(path), 0);
        assert_int_equal(mkdir(path, 0700), 0);
        assert_refused(fixture, -EPERM, "is not a file");
        assert_int_equal(rmdir(path), 0);
}

static void needs_a_folder(void **state)
{
        struct fixture *fixture = *state;
        struct fixture other = *fixture;
        char path[PATH_MAX];

        other.store = NULL;
        (void)snprintf(other.folder, sizeof(other.folder), "%.40s/none", fixture->folder);
        assert_refused(&other, -ENOENT, "none cannot be read");
        fixture_path(fixture, "none", path);
        file_write(path, STR("x"));
        assert_refused(&other, -ENOTDIR, "is not a folder");
}

/* What a start that was cut short leaves is no store, and no hindrance. */
static void a_start_cut_short_is_made_good(void **state)
{
        struct fixture *fixture = *state;
        char path[PATH_MAX];

        fixture_close(fixture);
        fixture_path(fixture, "store.mdb", path);
        assert_int_equal(unlink(path), 0);
        fixture_path(fixture, "store.mdb-new", path);
        file_write(path, STR("half a page"));
        fixture_open(fixture);
        put(fixture->store, "a", "1");
        fixture_reopen(fixture);
        assert_value(fixture->store, "a", "1");
        assert_int_equal(access(path, F_OK), -1);
}

static void an_empty_file_is_damage(void **state)
{
        struct fixture *fixture = *state;
        char path[PATH_MAX];

        fixture_close(fixture);
        fixture_path(fixture, "store.mdb", path);
        file_write(path, STR(""));
        assert_refused(fixture, -EBADMSG, "store.mdb is damaged at page 0 (byte 0): the file ends here");
        file_write(path, STR("merlon"));
        assert_refused(fixture, -EBADMSG, "is damaged");
}

/* -- Damage. */

#define KEYS 700

static size_t value_len(int i)
{
        return i % 50 == 7 ? 9000 : (size_t)(i * 13 % 300);
}

static struct str value_of(int i, char room[9000])
{
        memset(room, 'a' + i % 26, 9000);
        return (struct str){room, value_len(i)};
}

struct part {
        int first, last;
        bool is_delete;
};

static int write_part(struct txn *txn, void *arg)
{
        const struct part *part = arg;
        char key[16], room[9000];

        for (int i = part->first; i < part->last; i++) {
                (void)snprintf(key, sizeof(key), "key-%04d", i);
                TRY(part->is_delete ? txn_delete(txn, str_of(key))
                                    : txn_put(txn, str_of(key), value_of(i, room)));
        }
        return 0;
}

/* Several levels, long values, and pages that were freed. */
static void fill(struct store *store)
{
        const struct part parts[] = {
                {0, 500, false}, {200, 400, true}, {500, KEYS, false}, {200, 400, false}, {0, 50, false}};

        for (size_t i = 0; i < ARRAY_LEN(parts); i++)
                assert_int_equal(store_write(store, write_part, (void *)(uintptr_t)&parts[i]), 0);
}

/* What opens in spite of a changed byte has all that was written, and goes on working. */
static void assert_whole(struct store *store)
{
        char key[16], room[9000];
        struct str found_key, value;
        struct part part = {0, KEYS, true};
        struct cursor *cursor;
        struct txn *txn;

        assert_int_equal(store_read_begin(store, &txn), 0);
        assert_int_equal(cursor_open(txn, STR(""), STR_NONE, true, &cursor), 0);
        for (int i = 0; i < KEYS; i++) {
                (void)snprintf(key, sizeof(key), "key-%04d", i);
                assert_int_equal(cursor_next(cursor, &found_key, &value), 0);
                assert_true(str_eq(found_key, str_of(key)));
                assert_true(str_eq(value, value_of(i, room)));
        }
        assert_int_equal(cursor_next(cursor, &found_key, &value), -ENOENT);
        cursor_close(cursor);
        store_read_end(txn);
        assert_int_equal(store_write(store, write_part, &part), 0);
        part.is_delete = false;
        assert_int_equal(store_write(store, write_part, &part), 0);
}

static bool opens_or_is_refused(struct fixture *fixture)
{
        char problem[STORE_PROBLEM_MAX];
        int r = fixture_try_open(fixture, problem);

        if (r == 0) {
                assert_whole(fixture->store);
                fixture_close(fixture);
                return true;
        }
        assert_int_equal(r, -EBADMSG);
        assert_non_null(strstr(problem, "store.mdb is damaged at page "));
        return false;
}

static struct str begin_damage(struct fixture *fixture, char path[PATH_MAX])
{
        fixture->no_sync = true;
        fill(fixture->store);
        fixture_close(fixture);
        fixture_path(fixture, "store.mdb", path);
        return file_read(path);
}

static void a_file_cut_short_is_refused(void **state)
{
        struct fixture *fixture = *state;
        char path[PATH_MAX];
        struct str whole = begin_damage(fixture, path);

        for (size_t len = 0; len < whole.len; len += 509) {
                file_write(path, (struct str){whole.ptr, len});
                assert_false(opens_or_is_refused(fixture));
        }
        file_write(path, (struct str){whole.ptr, whole.len - 1});
        (void)opens_or_is_refused(fixture);
        file_write(path, whole);
        assert_true(opens_or_is_refused(fixture));
        free((void *)(uintptr_t)whole.ptr);
}

static uint32_t draw(uint64_t *seed, size_t below)
{
        *seed = *seed * 6364136223846793005U + 1442695040888963407U;
        return (uint32_t)((*seed >> 33) % below);
}

/* Mostly where structure is: meta pages, and the headers and first nodes of pages. */
static size_t draw_place(uint64_t *seed, size_t len)
{
        switch (draw(seed, 4)) {
        case 0:
                return draw(seed, 2) * 4096 + draw(seed, 160);
        case 1:
                return draw(seed, len / 4096) * 4096 + draw(seed, 48);
        default:
                return draw(seed, len);
        }
}

static void a_changed_byte_is_found_or_harmless(void **state)
{
        struct fixture *fixture = *state;
        char path[PATH_MAX];
        struct str whole = begin_damage(fixture, path);
        char *bytes = (char *)(uintptr_t)whole.ptr;
        uint64_t seed = 7;
        int refused = 0;

        for (int n = 0; n < 3000; n++) {
                size_t at = draw_place(&seed, whole.len);
                char before = bytes[at];

                bytes[at] = (char)(draw(&seed, 2) ? before ^ (1 << draw(&seed, 8)) : (int)draw(&seed, 256));
                file_write(path, whole);
                bytes[at] = before;
                refused += !opens_or_is_refused(fixture);
        }
        assert_true(refused > 1000);
        free(bytes);
}

static void overwritten_ranges_are_found_or_harmless(void **state)
{
        struct fixture *fixture = *state;
        char path[PATH_MAX];
        struct str whole = begin_damage(fixture, path);
        char *bytes = malloc(whole.len);
        uint64_t seed = 11;

        assert_non_null(bytes);
        for (int n = 0; n < 500; n++) {
                size_t at = draw_place(&seed, whole.len), len = 1 + draw(&seed, 6000);
                size_t from = draw(&seed, whole.len - 6001);

                memcpy(bytes, whole.ptr, whole.len);
                if (len > whole.len - at)
                        len = whole.len - at;
                if (draw(&seed, 2))
                        memset(bytes + at, draw(&seed, 2) ? 0 : 0xFF, len);
                else
                        memmove(bytes + at, whole.ptr + from, len);
                file_write(path, (struct str){bytes, whole.len});
                (void)opens_or_is_refused(fixture);
        }
        free(bytes);
        free((void *)(uintptr_t)whole.ptr);
}

/* A page that was written to another's place is whole in itself. */
static void misplaced_pages_are_found_or_harmless(void **state)
{
        struct fixture *fixture = *state;
        char path[PATH_MAX];
        struct str whole = begin_damage(fixture, path);
        char *bytes = malloc(whole.len);
        uint64_t seed = 13;

        assert_non_null(bytes);
        for (int n = 0; n < 300; n++) {
                size_t to = draw(&seed, whole.len / 4096), from = draw(&seed, whole.len / 4096);

                memcpy(bytes, whole.ptr, whole.len);
                memcpy(bytes + to * 4096, whole.ptr + from * 4096, 4096);
                if (draw(&seed, 2) && to >= 2) /* with its number set right */
                        memcpy(bytes + to * 4096, &(uint64_t){to}, 8);
                file_write(path, (struct str){bytes, whole.len});
                (void)opens_or_is_refused(fixture);
        }
        free(bytes);
        free((void *)(uintptr_t)whole.ptr);
}

static const struct CMUnitTest tests[] = {
        TEST_LMDB(keeps_what_was_written),
        TEST_LMDB(is_open_once),
        TEST_LMDB(is_free_again_when_its_process_dies),
        TEST_LMDB(files_are_ours_alone),
        TEST_LMDB(files_are_files),
        TEST_LMDB(needs_a_folder),
        TEST_LMDB(a_start_cut_short_is_made_good),
        TEST_LMDB(an_empty_file_is_damage),
        TEST_LMDB_IN_MEMORY(a_file_cut_short_is_refused),
        TEST_LMDB_IN_MEMORY(a_changed_byte_is_found_or_harmless),
        TEST_LMDB_IN_MEMORY(overwritten_ranges_are_found_or_harmless),
        TEST_LMDB_IN_MEMORY(misplaced_pages_are_found_or_harmless),
};

int main(void)
{
        return cmocka_run_group_tests(tests, NULL, NULL);
}
