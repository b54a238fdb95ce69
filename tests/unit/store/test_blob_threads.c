/* Many writers, readers and walks at once. */
#include "blob_fixture.h"

#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "store/blob_dir.h"

#define THREADS 16
#define BLOBS   40
#define READS   20

struct work {
        struct blob_fixture *fixture;
        pthread_t thread;
        unsigned int number;
        struct blob_id kept[BLOBS];
        size_t count;
        int wrong;
};

static size_t size_of(unsigned int thread, unsigned int i)
{
        return (thread * 7919 + i * 104729) % 20000;
}

static int write_one(struct work *work, unsigned int i, bool is_given_up)
{
        size_t size = size_of(work->number, i);
        struct blob_writer *writer;
        uint64_t written;
        char piece[1000];

        TRY(blob_writer_begin(work->fixture->blobs, BLOB_KEY, &writer));
        for (size_t at = 0, len; at < size; at += len) {
                len = size - at < sizeof(piece) ? size - at : sizeof(piece);
                blob_fill(work->number, at, piece, len);
                work->wrong += blob_write(writer, str_make(piece, len)) < 0;
        }
        if (is_given_up) {
                blob_writer_abort(writer);
                return 0;
        }
        return blob_writer_end(writer, &work->kept[work->count++], &written);
}

/* No assertions here: they belong to the test's own thread. */
static void *keep_writing(void *arg)
{
        struct work *work = arg;

        for (unsigned int i = 0; i < BLOBS; i++) {
                work->wrong += write_one(work, i, i % 8 == 7) < 0;
                if (i % 8 == 3)
                        work->wrong += blob_delete(work->fixture->blobs, work->kept[--work->count]) < 0;
        }
        return NULL;
}

static int nothing(void *arg, struct blob_id id, uint64_t file_len)
{
        (void)arg;
        (void)id;
        return file_len >= 48 ? 0 : -EBADMSG; /* never by half */
}

static void many_writers(void **state)
{
        struct blob_fixture *fixture = *state;
        struct work *works = calloc(THREADS, sizeof(*works));
        struct blobs_stats stats;
        size_t count = 0;

        assert_non_null(works);
        for (unsigned int i = 0; i < THREADS; i++) {
                works[i] = (struct work){.fixture = fixture, .number = i};
                assert_int_equal(pthread_create(&works[i].thread, NULL, keep_writing, &works[i]), 0);
        }
        for (int i = 0; i < 20; i++)
                assert_int_equal(blobs_each(fixture->blobs, nothing, NULL), 0);
        for (unsigned int i = 0; i < THREADS; i++) {
                pthread_join(works[i].thread, NULL);
                assert_int_equal(works[i].wrong, 0);
                for (size_t k = 0; k < works[i].count; k++)
                        assert_int_equal(blob_check(fixture->blobs, works[i].kept[k], BLOB_KEY), 0);
                count += works[i].count;
        }
        assert_int_equal(blob_count(fixture), count);
        assert_int_equal(unfinished_count(fixture), 0);
        blobs_get_stats(fixture->blobs, &stats);
        assert_int_equal(stats.ended - stats.deleted, count);
        assert_true(stats.folder_syncs > 0 && stats.folder_syncs <= stats.ended);
        free(works);
}

#define LONG ((size_t)20 << 20)

static void *write_long(void *arg)
{
        struct work *work = arg;
        static const char PIECE[65536] = "long";
        struct blob_writer *writer;
        uint64_t size = 0;

        work->wrong += blob_writer_begin(work->fixture->blobs, BLOB_KEY, &writer) < 0;
        for (size_t at = 0; at < LONG; at += sizeof(PIECE))
                work->wrong += blob_write(writer, str_make(PIECE, sizeof(PIECE))) < 0;
        if (work->number % 4 == 3) {
                blob_writer_abort(writer);
                return NULL;
        }
        work->wrong += blob_writer_end(writer, &work->kept[work->count++], &size) < 0 || size != LONG;
        return NULL;
}

/* What is synced ahead is the writer's file for as long as that takes, whatever becomes of the writer. */
static void long_ones_are_synced_ahead(void **state)
{
        struct blob_fixture *fixture = *state;
        struct work *works = calloc(4, sizeof(*works));
        struct blobs_stats stats;

        assert_non_null(works);
        for (unsigned int i = 0; i < 4; i++) {
                works[i] = (struct work){.fixture = fixture, .number = i};
                assert_int_equal(pthread_create(&works[i].thread, NULL, write_long, &works[i]), 0);
        }
        for (unsigned int i = 0; i < 4; i++) {
                pthread_join(works[i].thread, NULL);
                assert_int_equal(works[i].wrong, 0);
                for (size_t k = 0; k < works[i].count; k++)
                        assert_int_equal(blob_check(fixture->blobs, works[i].kept[k], BLOB_KEY), 0);
        }
        for (int tries = 0; tries < 3000; tries++) {
                blobs_get_stats(fixture->blobs, &stats);
                if (stats.synced_ahead > 0)
                        break;
                usleep(10000);
        }
        assert_true(stats.synced_ahead > 0);
        assert_int_equal(blob_count(fixture), 3);
        assert_int_equal(unfinished_count(fixture), 0);
        free(works);
}

static size_t open_files(void)
{
        DIR *dir = opendir("/proc/self/fd");
        size_t count = 0;

        assert_non_null(dir);
        while (readdir(dir))
                count++;
        (void)closedir(dir);
        return count;
}

/* Of names at once, of descriptors when the folder is closed at the latest. */
static void long_ones_that_are_deleted_leave_nothing(void **state)
{
        struct blob_fixture *fixture = *state;
        size_t before;

        blobs_stop(fixture);
        before = open_files();
        blobs_start(fixture);
        for (unsigned int i = 0; i < 40; i++) {
                struct blob_id id = blob_put(fixture, i, (size_t)3 << 19);

                assert_int_equal(blob_delete(fixture->blobs, id), 0);
                assert_no_blob(fixture, id);
                assert_int_equal(blob_delete(fixture->blobs, id), -ENOENT);
        }
        assert_int_equal(blob_count(fixture), 0);
        blobs_stop(fixture);
        assert_int_equal(open_files(), before);
        blobs_start(fixture);
        assert_int_equal(blob_count(fixture), 0);
}

static pthread_mutex_t disk = PTHREAD_MUTEX_INITIALIZER;

static void close_when_the_disk_has_time(struct blobs *blobs, const struct blob_file *files, size_t count)
{
        pthread_mutex_lock(&disk);
        pthread_mutex_unlock(&disk);
        blob_close_all(blobs, files, count);
}

/* It stays whole, and goes when it is asked for again. */
static void who_deletes_more_than_the_disk_gives_back_is_told(void **state)
{
        struct blob_fixture *fixture = *state;
        struct blob_id id;
        unsigned int count = 0;
        int r = 0;

        fixture->blobs->closing.work = close_when_the_disk_has_time;
        pthread_mutex_lock(&disk);
        while (r == 0 && count <= 2 * BLOB_THREAD_FILES) {
                id = blob_put(fixture, ++count, (size_t)1 << 20);
                r = blob_delete_unpinned(fixture->blobs, id);
        }
        assert_int_equal(r, -EAGAIN);
        assert_int_equal(blob_count(fixture), 1);
        assert_int_equal(blob_check(fixture->blobs, id, BLOB_KEY), 0);
        pthread_mutex_unlock(&disk);
        for (int tries = 0; r == -EAGAIN && tries < 3000; tries++) {
                usleep(10000);
                r = blob_delete_unpinned(fixture->blobs, id);
        }
        assert_int_equal(r, 0);
        assert_int_equal(blob_count(fixture), 0);
}

struct reading {
        struct blob_fixture *fixture;
        pthread_t thread;
        struct blob_id id;
        int wrong;
};

static int read_all(struct reading *reading)
{
        struct blob_reader *reader;
        char got[3000], expected[3000];
        size_t len = 1;
        int wrong = 0;

        TRY(blob_reader_open(reading->fixture->blobs, reading->id, BLOB_KEY, &reader));
        for (uint64_t at = 0; len && !wrong; at += len) {
                wrong = blob_read_at(reader, at, got, sizeof(got), &len);
                blob_fill(1, at, expected, len);
                wrong |= memcmp(got, expected, len) != 0;
        }
        blob_reader_close(reader);
        return wrong;
}

static void *keep_reading(void *arg)
{
        struct reading *reading = arg;

        for (int i = 0; i < READS; i++)
                reading->wrong += read_all(reading) != 0;
        return NULL;
}

static void many_readers_of_one(void **state)
{
        struct blob_fixture *fixture = *state;
        struct reading readings[THREADS];
        struct blob_id id = blob_put(fixture, 1, 100000);

        for (size_t i = 0; i < THREADS; i++) {
                readings[i] = (struct reading){.fixture = fixture, .id = id};
                assert_int_equal(pthread_create(&readings[i].thread, NULL, keep_reading, &readings[i]), 0);
        }
        for (size_t i = 0; i < THREADS; i++) {
                pthread_join(readings[i].thread, NULL);
                assert_int_equal(readings[i].wrong, 0);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(many_writers, blob_fixture_usual, blob_fixture_done),
                cmocka_unit_test_setup_teardown(long_ones_are_synced_ahead, blob_fixture_usual,
                                                blob_fixture_done),
                cmocka_unit_test_setup_teardown(long_ones_that_are_deleted_leave_nothing, blob_fixture_usual,
                                                blob_fixture_done),
                cmocka_unit_test_setup_teardown(who_deletes_more_than_the_disk_gives_back_is_told,
                                                blob_fixture_small, blob_fixture_done),
                cmocka_unit_test_setup_teardown(many_readers_of_one, blob_fixture_small, blob_fixture_done),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
