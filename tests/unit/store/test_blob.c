/* Blobs come back as they were written, whole or in part; what was given up or cut short leaves nothing. */
#include "blob_fixture.h"

#include "fixture.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static void sizes_around_the_borders_of_frames(void **state)
{
        static const size_t SIZES[] = {0,    1,    2,    511,  512,  513,  1023,      1024,
                                       1025, 1535, 1536, 1537, 4095, 4096, 512 * 100, 512 * 100 + 1};
        struct blob_fixture *fixture = *state;

        for (size_t i = 0; i < ARRAY_LEN(SIZES); i++) {
                struct blob_id id = blob_put(fixture, (unsigned int)i, SIZES[i]);

                assert_blob(fixture, id, (unsigned int)i, SIZES[i], 1);
                assert_blob(fixture, id, (unsigned int)i, SIZES[i], FRAME_LEN);
                assert_blob(fixture, id, (unsigned int)i, SIZES[i], 700);
                assert_blob(fixture, id, (unsigned int)i, SIZES[i], 100000);
                assert_int_equal(blob_check(fixture->blobs, id, BLOB_KEY), 0);
        }
        assert_int_equal(blob_count(fixture), ARRAY_LEN(SIZES));
}

static void sizes_around_the_borders_of_usual_frames(void **state)
{
        static const size_t SIZES[] = {0, 65535, 65536, 65537, 131072, 1000000, 3 * 65536 + 1};
        struct blob_fixture *fixture = *state;

        for (size_t i = 0; i < ARRAY_LEN(SIZES); i++) {
                struct blob_id id = blob_put(fixture, (unsigned int)i, SIZES[i]);

                assert_blob(fixture, id, (unsigned int)i, SIZES[i], 10000);
                assert_blob(fixture, id, (unsigned int)i, SIZES[i], 1 << 20);
        }
}

static unsigned int draw(uint64_t *seed, unsigned int below)
{
        *seed = *seed * 6364136223846793005U + 1442695040888963407U;
        return (unsigned int)(*seed >> 33) % below;
}

/* However it is cut into pieces, it is the same blob. */
static void pieces_of_any_length(void **state)
{
        struct blob_fixture *fixture = *state;
        uint64_t seed = 1, size;
        char bytes[3000];

        for (unsigned int round = 0; round < 100; round++) {
                struct blob_writer *writer;
                struct blob_id id;
                size_t total = draw(&seed, 20000), at = 0;

                assert_int_equal(blob_writer_begin(fixture->blobs, BLOB_KEY, &writer), 0);
                while (at < total) {
                        size_t len = draw(&seed, round % 2 ? 3000 : 20);

                        if (len > total - at)
                                len = total - at;
                        blob_fill(round, at, bytes, len);
                        assert_int_equal(blob_write(writer, str_make(bytes, len)), 0);
                        at += len;
                }
                assert_int_equal(blob_writer_end(writer, &id, &size), 0);
                assert_int_equal(size, total);
                assert_blob(fixture, id, round, total, 4096);
        }
}

static void ranges(void **state)
{
        enum { SIZE = 20000 };
        struct blob_fixture *fixture = *state;
        struct blob_id id = blob_put(fixture, 9, SIZE);
        struct blob_reader *reader;
        char got[5000], expected[5000];
        uint64_t seed = 2;

        assert_int_equal(blob_reader_open(fixture->blobs, id, BLOB_KEY, &reader), 0);
        for (int i = 0; i < 5000; i++) {
                uint64_t offset = draw(&seed, SIZE + 600);
                size_t wanted = draw(&seed, i % 2 ? 5000 : 10), len;
                size_t left = offset < SIZE ? (size_t)(SIZE - offset) : 0;

                assert_int_equal(blob_read_at(reader, offset, got, wanted, &len), 0);
                assert_int_equal(len, wanted < left ? wanted : left);
                blob_fill(9, offset, expected, len);
                assert_memory_equal(got, expected, len);
        }
        {
                size_t len = 1;

                assert_int_equal(blob_read_at(reader, UINT64_MAX, got, sizeof(got), &len), 0);
                assert_int_equal(len, 0);
        }
        blob_reader_close(reader);
}

static struct blob_writer *half_written(struct blob_fixture *fixture)
{
        struct blob_writer *writer;
        char bytes[5000] = {};

        assert_int_equal(blob_writer_begin(fixture->blobs, BLOB_KEY, &writer), 0);
        assert_int_equal(blob_write(writer, str_make(bytes, sizeof(bytes))), 0);
        return writer;
}

static void what_is_given_up_leaves_nothing(void **state)
{
        struct blob_fixture *fixture = *state;
        struct blob_writer *writer = half_written(fixture);
        struct blobs_stats stats;

        assert_int_equal(unfinished_count(fixture), 1);
        assert_int_equal(blob_count(fixture), 0);
        blob_writer_abort(writer);
        blob_writer_abort(NULL);
        assert_int_equal(unfinished_count(fixture), 0);
        assert_int_equal(blob_count(fixture), 0);
        blobs_get_stats(fixture->blobs, &stats);
        assert_int_equal(stats.aborted, 1);
        assert_int_equal(stats.ended, 0);
}

static void what_a_crash_left_is_removed(void **state)
{
        struct blob_fixture *fixture = *state;
        struct blob_id id = blob_put(fixture, 1, 3000);
        char path[PATH_MAX];

        blobs_stop(fixture);
        for (int i = 0; i < 3; i++) {
                (void)snprintf(path, sizeof(path), "%s/new/%032x", fixture->folder, i);
                file_write(path, STR("mrlnblob and some more"));
        }
        blobs_start(fixture);
        assert_int_equal(unfinished_count(fixture), 0);
        assert_int_equal(blob_count(fixture), 1);
        assert_blob(fixture, id, 1, 3000, 500);
}

static void deleted_blobs(void **state)
{
        struct blob_fixture *fixture = *state;
        struct blob_id id = blob_put(fixture, 1, 3000), other = blob_put(fixture, 2, 100);
        struct blob_reader *reader;
        char got[3000], expected[3000];
        size_t len;

        assert_int_equal(blob_reader_open(fixture->blobs, id, BLOB_KEY, &reader), 0);
        assert_int_equal(blob_delete(fixture->blobs, id), 0);
        assert_no_blob(fixture, id);
        assert_int_equal(blob_delete(fixture->blobs, id), -ENOENT);
        assert_int_equal(blob_read_at(reader, 0, got, sizeof(got), &len), 0); /* who reads goes on */
        blob_fill(1, 0, expected, sizeof(expected));
        assert_memory_equal(got, expected, len);
        blob_reader_close(reader);
        assert_blob(fixture, other, 2, 100, 100);
        assert_int_equal(blob_count(fixture), 1);
}

struct seen {
        struct blobs *blobs;
        struct blob_id ids[40];
        size_t count;
        int answer;
};

static int see(void *arg, struct blob_id id, uint64_t file_len)
{
        struct seen *seen = arg;

        assert_true(seen->count < ARRAY_LEN(seen->ids));
        seen->ids[seen->count++] = id;
        assert_int_equal(file_len, 32 + 1000 + 2 * 16);
        return seen->answer;
}

static int delete_it(void *arg, struct blob_id id, uint64_t file_len)
{
        (void)file_len;
        return blob_delete(arg, id);
}

static void all_of_them(void **state)
{
        struct blob_fixture *fixture = *state;
        struct seen seen = {.blobs = fixture->blobs};
        char path[PATH_MAX], other[PATH_MAX + 16];

        for (unsigned int i = 0; i < ARRAY_LEN(seen.ids); i++)
                (void)blob_put(fixture, i, 1000);
        blob_path(fixture, blob_put(fixture, 40, 1000), path);
        assert_int_equal(unlink(path), 0);
        *strrchr(path, '/') = '\0';
        (void)snprintf(other, sizeof(other), "%s/not-a-blob", path); /* somebody's */
        file_write(other, STR(""));
        assert_int_equal(blobs_each(fixture->blobs, see, &seen), 0);
        assert_int_equal(seen.count, ARRAY_LEN(seen.ids));
        for (size_t i = 0; i < seen.count; i++)
                assert_int_equal(blob_check(fixture->blobs, seen.ids[i], BLOB_KEY), 0);
        seen = (struct seen){.answer = -EINTR};
        assert_int_equal(blobs_each(fixture->blobs, see, &seen), -EINTR);
        assert_int_equal(seen.count, 1);
        assert_int_equal(blobs_each(fixture->blobs, delete_it, fixture->blobs), 0);
        assert_int_equal(blob_count(fixture), 0);
}

/* By their names: two digits. */
static unsigned int folders_of_blobs(const struct blob_fixture *fixture)
{
        char path[PATH_MAX];
        unsigned int count = 0;

        for (unsigned int i = 0; i < 256; i++) {
                (void)snprintf(path, sizeof(path), "%s/%02x", fixture->folder, i);
                if (access(path, F_OK) == 0)
                        count++;
        }
        return count;
}

static uint64_t syncs_of(const struct blob_fixture *fixture)
{
        struct blobs_stats stats;

        blobs_get_stats(fixture->blobs, &stats);
        return stats.folder_syncs;
}

static void folders_come_with_their_first(void **state)
{
        struct blob_fixture *fixture = *state;
        struct blob_id id;

        assert_int_equal(folders_of_blobs(fixture), 0);
        assert_int_equal(blob_count(fixture), 0);
        id = blob_put(fixture, 1, 1000);
        assert_int_equal(folders_of_blobs(fixture), 1);
        assert_int_equal(syncs_of(fixture), 2); /* of the folder, and of what holds it now */
        (void)blob_put(fixture, 1, 10);
        assert_int_equal(syncs_of(fixture), 3);
        assert_int_equal(blob_delete(fixture->blobs, id), 0);
        id = blob_put(fixture, 1, 1000);
        blobs_stop(fixture);
        blobs_start(fixture);
        assert_blob(fixture, id, 1, 1000, 1000);
        for (unsigned int i = 0; i < 200; i++) /* some draws of a folder */
                (void)blob_put(fixture, i, 10);
        assert_in_range(folders_of_blobs(fixture), 2, 5);
        assert_int_equal(blob_count(fixture), 202);
}

static unsigned int mode_of(const char *path)
{
        struct stat st;

        assert_int_equal(stat(path, &st), 0);
        return st.st_mode & 07777;
}

static void nobody_else_may_read(void **state)
{
        struct blob_fixture *fixture = *state;
        struct blob_id id = blob_put(fixture, 1, 10);
        char path[PATH_MAX];

        blob_path(fixture, id, path);
        assert_int_equal(mode_of(path), 0600);
        *strrchr(path, '/') = '\0';
        assert_int_equal(mode_of(path), 0700);
        assert_int_equal(mode_of(fixture->folder), 0700);
}

static void one_process_a_folder(void **state)
{
        struct blob_fixture *fixture = *state;
        char problem[STORE_PROBLEM_MAX];
        struct blobs *second;

        assert_int_equal(blobs_try_start(fixture, &second, problem), -EBUSY);
        assert_non_null(strstr(problem, "is in use"));
}

static void folders_that_are_refused(void **state)
{
        struct blob_fixture *fixture = *state;
        char problem[STORE_PROBLEM_MAX];
        struct blobs *blobs;

        blobs_stop(fixture);
        assert_int_equal(chmod(fixture->folder, 0770), 0);
        assert_int_equal(blobs_try_start(fixture, &blobs, problem), -EPERM);
        assert_non_null(strstr(problem, "can be written by other users"));
        assert_int_equal(chmod(fixture->folder, 0700), 0);
        fixture->frame_len = 1000;
        assert_int_equal(blobs_try_start(fixture, &blobs, problem), -EINVAL);
        (void)snprintf(fixture->folder, sizeof(fixture->folder), "%s/a/b", fixture->top);
        fixture->frame_len = 0;
        assert_int_equal(blobs_try_start(fixture, &blobs, problem), -ENOENT);
        assert_non_null(strstr(problem, "cannot be made"));
}

/* A file that may not grow is a full disk to its writer. */
static void with_files_up_to(rlim_t most, void (*work)(struct blob_fixture *), struct blob_fixture *fixture)
{
        struct rlimit before, less;

        (void)signal(SIGXFSZ, SIG_IGN);
        assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
        less = (struct rlimit){most, before.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &less), 0);
        work(fixture);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
}

static void write_too_much(struct blob_fixture *fixture)
{
        struct blob_writer *writer = half_written(fixture);
        struct blob_id id;
        char bytes[1000] = {};
        uint64_t size;
        int r = 0;

        for (int i = 0; r == 0 && i < 100; i++)
                r = blob_write(writer, str_make(bytes, sizeof(bytes)));
        assert_int_equal(r, -ENOSPC);
        assert_int_equal(blob_write(writer, STR("more")), -ENOSPC);
        assert_int_equal(blob_writer_end(writer, &id, &size), -ENOSPC);
}

/* Only the last frame, which is written at the end, finds no room. */
static void end_too_much(struct blob_fixture *fixture)
{
        struct blob_writer *writer;
        struct blob_id id;
        uint64_t size;

        assert_int_equal(blob_writer_begin(fixture->blobs, BLOB_KEY, &writer), 0);
        assert_int_equal(blob_write(writer, STR("a few bytes")), 0);
        assert_int_equal(blob_writer_end(writer, &id, &size), -ENOSPC);
}

static void a_full_disk(void **state)
{
        struct blob_fixture *fixture = *state;
        struct blob_id id;

        with_files_up_to(20000, write_too_much, fixture);
        with_files_up_to(50, end_too_much, fixture);
        with_files_up_to(10, end_too_much, fixture);
        assert_int_equal(unfinished_count(fixture), 0);
        assert_int_equal(blob_count(fixture), 0);
        id = blob_put(fixture, 1, 30000);
        assert_blob(fixture, id, 1, 30000, 1000);
}

#define TEST_SMALL(f) cmocka_unit_test_setup_teardown(f, blob_fixture_small, blob_fixture_done)
#define TEST_USUAL(f) cmocka_unit_test_setup_teardown(f, blob_fixture_usual, blob_fixture_done)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST_SMALL(sizes_around_the_borders_of_frames),
                TEST_USUAL(sizes_around_the_borders_of_usual_frames),
                TEST_SMALL(pieces_of_any_length),
                TEST_SMALL(ranges),
                TEST_SMALL(what_is_given_up_leaves_nothing),
                TEST_SMALL(what_a_crash_left_is_removed),
                TEST_SMALL(deleted_blobs),
                TEST_SMALL(all_of_them),
                TEST_USUAL(folders_come_with_their_first),
                TEST_USUAL(nobody_else_may_read),
                TEST_USUAL(one_process_a_folder),
                TEST_USUAL(folders_that_are_refused),
                TEST_SMALL(a_full_disk),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
