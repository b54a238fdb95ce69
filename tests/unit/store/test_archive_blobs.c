/* A store and its blobs come back together from one file, or nothing of them does. */
#include "blob_fixture.h"
#include "fixture.h"

#include <sys/stat.h>
#include <unistd.h>

#include "store/archive.h"

#define BLOBS  12
#define ID_KEY "blob "

struct place {
        struct blob_fixture *blobs;
        struct store *store;
        char folder[PATH_MAX];
};

static void open_place(struct place *place)
{
        const struct store_options options = {.engine = STORE_LMDB, .folder = place->folder};
        char problem[STORE_PROBLEM_MAX];
        void *state;

        assert_int_equal(blob_fixture_small(&state), 0);
        place->blobs = state;
        (void)snprintf(place->folder, sizeof(place->folder), "%s/store", place->blobs->top);
        assert_int_equal(mkdir(place->folder, 0700), 0);
        assert_int_equal(store_open(&options, &place->store, problem), 0);
}

static void close_place(struct place *place)
{
        void *state = place->blobs;

        store_close(place->store);
        (void)blob_fixture_done(&state);
}

static int put_id(struct txn *txn, void *arg)
{
        char key[64];
        const struct blob_id *id = arg;
        int len = snprintf(key, sizeof(key), ID_KEY "%02x%02x%02x%02x", id->bytes[0], id->bytes[1],
                           id->bytes[2], id->bytes[3]);

        return txn_put(txn, str_make(key, (size_t)len), str_make(id->bytes, sizeof(id->bytes)));
}

/* As a service would: keys that name blobs. */
static int each_blob(struct txn *txn, int (*visit)(void *arg, struct blob_id id), void *arg)
{
        _cleanup_(cursor_closep) struct cursor *cursor = NULL;
        struct str key, value;
        struct blob_id id;
        int r;

        TRY(cursor_open(txn, STR(ID_KEY), STR_NONE, true, &cursor));
        while ((r = cursor_next(cursor, &key, &value)) == 0) {
                memcpy(id.bytes, value.ptr, sizeof(id.bytes));
                TRY(visit(arg, id));
        }
        return r == -ENOENT ? 0 : r;
}

static void fill(struct place *place, struct blob_id ids[BLOBS])
{
        for (unsigned int i = 0; i < BLOBS; i++) {
                ids[i] = blob_put(place->blobs, i, i * 150);
                assert_int_equal(store_write(place->store, put_id, &ids[i]), 0);
        }
}

static struct archive_options options_of(const struct place *place)
{
        return (struct archive_options){
                .store = place->store, .blobs = place->blobs->blobs, .each_blob = each_blob};
}

static void archive_path(const struct place *place, char path[PATH_MAX])
{
        (void)snprintf(path, PATH_MAX, "%s/archive", place->blobs->top);
}

static int try_load(struct place *place, const char *path, struct archive_counts *counts)
{
        const struct archive_options options = options_of(place);

        TRY(archive_store_is_empty(options.store));
        TRY(archive_check(&options, path, counts));
        TRY(archive_load_blobs(&options, path));
        return archive_load_keys(&options, path, counts);
}

static uint64_t keys_of(struct place *place)
{
        struct store_stats stats;

        store_get_stats(place->store, &stats);
        return stats.keys;
}

static void assert_all(struct place *place, const struct blob_id ids[BLOBS])
{
        for (unsigned int i = 0; i < BLOBS; i++)
                assert_blob(place->blobs, ids[i], i, i * 150, 100);
        assert_int_equal(blob_count(place->blobs), BLOBS);
        assert_int_equal(unfinished_count(place->blobs), 0);
        assert_int_equal(keys_of(place), BLOBS);
}

static void they_come_back_together(void **state)
{
        struct place from, to;
        struct archive_counts counts;
        struct archive_options options;
        struct blob_id ids[BLOBS];
        char path[PATH_MAX];

        (void)state;
        open_place(&from);
        open_place(&to);
        fill(&from, ids);
        archive_path(&from, path);
        options = options_of(&from);
        assert_int_equal(archive_save(&options, path, &counts), 0);
        assert_true(counts.keys == BLOBS && counts.blobs == BLOBS && counts.missing == 0);
        assert_int_equal(try_load(&to, path, &counts), 0);
        assert_true(counts.keys == BLOBS && counts.blobs == BLOBS && counts.missing == 0);
        assert_all(&to, ids);
        assert_int_equal(try_load(&to, path, &counts), -ENOTEMPTY);
        assert_all(&to, ids);
        assert_int_equal(store_clear(to.store), 0); /* files of the same names make room */
        assert_int_equal(store_load(to.store, path), -EINVAL);
        assert_int_equal(try_load(&to, path, &counts), 0);
        assert_all(&to, ids);
        close_place(&from);
        close_place(&to);
}

static void any_damage_loads_nothing(void **state)
{
        struct place from, to;
        struct archive_counts counts;
        struct archive_options options;
        struct blob_id ids[BLOBS];
        char path[PATH_MAX], *changed;
        struct str bytes;

        (void)state;
        open_place(&from);
        open_place(&to);
        fill(&from, ids);
        archive_path(&from, path);
        options = options_of(&from);
        assert_int_equal(archive_save(&options, path, &counts), 0);
        bytes = file_read(path);
        changed = (char *)(uintptr_t)bytes.ptr;
        for (size_t len = 0; len < bytes.len; len += 13) {
                file_write(path, str_part(bytes, 0, len));
                assert_int_equal(try_load(&to, path, &counts), -EBADMSG);
        }
        for (size_t i = 15; i < bytes.len; i += 11) {
                changed[i] = (char)(changed[i] ^ (1 << i % 8));
                file_write(path, bytes);
                changed[i] = (char)(changed[i] ^ (1 << i % 8));
                assert_int_equal(try_load(&to, path, &counts), -EBADMSG);
        }
        changed[13] = '3';
        file_write(path, bytes);
        assert_int_equal(try_load(&to, path, &counts), -ENOTSUP);
        assert_int_equal(keys_of(&to), 0);
        assert_int_equal(blob_count(to.blobs), 0);
        assert_int_equal(unfinished_count(to.blobs), 0);
        free(changed);
        close_place(&from);
        close_place(&to);
}

/* What earlier programs saved: the bodies were copied beside it. */
static void an_archive_without_blobs_leaves_them_alone(void **state)
{
        struct place from, to;
        struct archive_counts counts;
        struct blob_id ids[BLOBS], own;
        char path[PATH_MAX];

        (void)state;
        open_place(&from);
        open_place(&to);
        fill(&from, ids);
        archive_path(&from, path);
        assert_int_equal(store_save(from.store, path), 0);
        own = blob_put(to.blobs, 3, 700);
        assert_int_equal(try_load(&to, path, &counts), 0);
        assert_true(counts.keys == BLOBS && counts.blobs == 0);
        assert_blob(to.blobs, own, 3, 700, 100);
        assert_int_equal(blob_count(to.blobs), 1);
        close_place(&from);
        close_place(&to);
}

static void one_that_is_missing_holds_up_no_other(void **state)
{
        struct place from, to;
        struct archive_counts counts;
        struct archive_options options;
        struct blob_id ids[BLOBS];
        char path[PATH_MAX];

        (void)state;
        open_place(&from);
        open_place(&to);
        fill(&from, ids);
        blob_path(from.blobs, ids[4], path);
        assert_int_equal(unlink(path), 0);
        archive_path(&from, path);
        options = options_of(&from);
        assert_int_equal(archive_save(&options, path, &counts), 0);
        assert_true(counts.blobs == BLOBS && counts.missing == 1);
        assert_int_equal(try_load(&to, path, &counts), 0);
        assert_true(counts.blobs == BLOBS && counts.missing == 1);
        assert_no_blob(to.blobs, ids[4]);
        assert_blob(to.blobs, ids[5], 5, 750, 100);
        close_place(&from);
        close_place(&to);
}

/* Once the names are written, all of them are deleted. */
struct deletion {
        struct place *place;
        const struct blob_id *ids;
        bool is_done;
};

static int delete_all(void *arg, const struct archive_progress *progress)
{
        struct deletion *deletion = arg;

        if (progress->blobs_total < BLOBS || deletion->is_done)
                return 0;
        for (size_t i = 0; i < BLOBS; i++)
                assert_int_equal(blob_delete(deletion->place->blobs->blobs, deletion->ids[i]), 0);
        assert_int_equal(blob_delete(deletion->place->blobs->blobs, deletion->ids[0]), -ENOENT);
        assert_int_equal(blob_count(deletion->place->blobs), 0);
        deletion->is_done = true;
        return 0;
}

static void what_is_deleted_meanwhile_is_saved(void **state)
{
        struct place from, to;
        struct archive_counts counts;
        struct archive_options options;
        struct blob_id ids[BLOBS];
        struct deletion deletion = {&from, ids, false};
        char path[PATH_MAX], kept[PATH_MAX];

        (void)state;
        open_place(&from);
        open_place(&to);
        fill(&from, ids);
        archive_path(&from, path);
        options = options_of(&from);
        options.tell = delete_all;
        options.arg = &deletion;
        assert_int_equal(archive_save(&options, path, &counts), 0);
        assert_true(deletion.is_done && counts.blobs == BLOBS && counts.missing == 0);
        assert_no_blob(from.blobs, ids[3]);
        (void)snprintf(kept, sizeof(kept), "%s/kept", from.blobs->folder);
        assert_int_equal(rmdir(kept), 0); /* it is empty */
        assert_int_equal(try_load(&to, path, &counts), 0);
        assert_all(&to, ids);
        close_place(&from);
        close_place(&to);
}

static int end_it(void *arg, const struct archive_progress *progress)
{
        (void)arg;
        return progress->bytes > 2000 ? -ECANCELED : 0;
}

static void one_that_is_ended_leaves_what_was(void **state)
{
        struct place from, to;
        struct archive_counts counts;
        struct archive_options options;
        struct blob_id ids[BLOBS];
        char path[PATH_MAX], new_path[PATH_MAX + 8];
        struct str before, after;

        (void)state;
        open_place(&from);
        open_place(&to);
        fill(&from, ids);
        archive_path(&from, path);
        options = options_of(&from);
        assert_int_equal(archive_save(&options, path, &counts), 0);
        before = file_read(path);
        options.tell = end_it;
        assert_int_equal(archive_save(&options, path, &counts), -ECANCELED);
        after = file_read(path);
        assert_true(str_eq(before, after));
        (void)snprintf(new_path, sizeof(new_path), "%s.new", path);
        assert_int_equal(access(new_path, F_OK), -1);
        options = options_of(&to);
        assert_int_equal(archive_check(&options, path, &counts), 0);
        options.tell = end_it;
        assert_int_equal(archive_load_blobs(&options, path), -ECANCELED);
        assert_int_equal(keys_of(&to), 0);
        assert_int_equal(blob_count(to.blobs), 0);
        assert_int_equal(unfinished_count(to.blobs), 0);
        free((void *)(uintptr_t)before.ptr);
        free((void *)(uintptr_t)after.ptr);
        close_place(&from);
        close_place(&to);
}

static void held_ones_go_at_the_next_start(void **state)
{
        struct blob_fixture *fixture = *state;
        struct blob_id id = blob_put(fixture, 1, 600);
        uint64_t len;
        int fd;

        blobs_hold(fixture->blobs);
        blobs_hold(fixture->blobs);
        assert_int_equal(blob_delete(fixture->blobs, id), 0);
        blobs_release(fixture->blobs);
        assert_int_equal(blob_file_open(fixture->blobs, id, &fd, &len), 0);
        assert_int_equal(len, 32 + 600 + 2 * 16);
        assert_int_equal(close(fd), 0);
        blobs_stop(fixture);
        blobs_start(fixture);
        assert_int_equal(blob_file_open(fixture->blobs, id, &fd, &len), -ENOENT);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(they_come_back_together),
                cmocka_unit_test(any_damage_loads_nothing),
                cmocka_unit_test(an_archive_without_blobs_leaves_them_alone),
                cmocka_unit_test(one_that_is_missing_holds_up_no_other),
                cmocka_unit_test(what_is_deleted_meanwhile_is_saved),
                cmocka_unit_test(one_that_is_ended_leaves_what_was),
                cmocka_unit_test_setup_teardown(held_ones_go_at_the_next_start, blob_fixture_small,
                                                blob_fixture_done),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
