#include "blob_fixture.h"

#include "fixture.h"

#include <dirent.h>
#include <ftw.h>
#include <unistd.h>

const uint8_t BLOB_KEY[BLOB_KEY_LEN] = {'a', ' ', 'k', 'e', 'y'};

static int begin(void **state, size_t frame_len, const char *place)
{
        struct blob_fixture *fixture = calloc(1, sizeof(*fixture));

        assert_non_null(fixture);
        fixture->frame_len = frame_len;
        (void)snprintf(fixture->top, sizeof(fixture->top), "%s/merlon-blob-test-XXXXXX", place);
        assert_non_null(mkdtemp(fixture->top));
        (void)snprintf(fixture->folder, sizeof(fixture->folder), "%s/blobs", fixture->top);
        blobs_start(fixture);
        *state = fixture;
        return 0;
}

int blob_fixture_small(void **state)
{
        return begin(state, FRAME_LEN, access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
}

int blob_fixture_usual(void **state)
{
        return begin(state, 0, "/tmp");
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
        (void)st;
        (void)type;
        (void)ftw;
        return remove(path);
}

int blob_fixture_done(void **state)
{
        struct blob_fixture *fixture = *state;

        blobs_stop(fixture);
        (void)nftw(fixture->top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
        free(fixture);
        return 0;
}

int blobs_try_start(struct blob_fixture *fixture, struct blobs **ret, char problem[STORE_PROBLEM_MAX])
{
        struct blobs_options options = {.folder = fixture->folder, .frame_len = fixture->frame_len};

        return blobs_open(&options, ret, problem);
}

void blobs_start(struct blob_fixture *fixture)
{
        char problem[STORE_PROBLEM_MAX];
        int r = blobs_try_start(fixture, &fixture->blobs, problem);

        if (r < 0)
                fail_msg("%s", problem);
        assert_string_equal(problem, "");
}

void blobs_stop(struct blob_fixture *fixture)
{
        blobs_close(fixture->blobs);
        fixture->blobs = NULL;
}

void blob_fill(unsigned int number, uint64_t offset, char *out, size_t len)
{
        for (size_t i = 0; i < len; i++) {
                uint64_t at = offset + i;

                out[i] = (char)(at * 31 + (at >> 8) * 7 + number * 101);
        }
}

struct blob_id blob_put(struct blob_fixture *fixture, unsigned int number, size_t size)
{
        struct blob_writer *writer;
        struct blob_id id;
        uint64_t written;
        char *bytes = malloc(size + 1);

        assert_non_null(bytes);
        blob_fill(number, 0, bytes, size);
        assert_int_equal(blob_writer_begin(fixture->blobs, BLOB_KEY, &writer), 0);
        assert_int_equal(blob_write(writer, str_make(bytes, size)), 0);
        assert_int_equal(blob_writer_end(writer, &id, &written), 0);
        assert_int_equal(written, size);
        free(bytes);
        return id;
}

typedef int (*blob_read)(struct blob_reader *reader, uint64_t offset, void *out, size_t len, size_t *ret_len);

/* As one does who must not wait, and hands what would to somebody else. */
static int read_now_or_later(struct blob_reader *reader, uint64_t offset, void *out, size_t len,
                             size_t *ret_len)
{
        int r = blob_read_now(reader, offset, out, len, ret_len);

        return r == -EAGAIN ? blob_read_at(reader, offset, out, len, ret_len) : r;
}

static int open_now_or_later(struct blobs *blobs, struct blob_id id, const uint8_t key[BLOB_KEY_LEN],
                             struct blob_reader **ret)
{
        int r = blob_reader_open_now(blobs, id, key, ret);

        return r == -EAGAIN ? blob_reader_open(blobs, id, key, ret) : r;
}

static int read_and_compare(struct blob_reader *reader, blob_read read, unsigned int number, size_t size,
                            size_t piece)
{
        char *got = malloc(piece), *expected = malloc(piece);
        size_t len = 1;
        int r = 0;

        assert_true(got && expected);
        assert_int_equal(blob_size(reader), size);
        for (uint64_t at = 0; r == 0 && len; at += len) {
                r = read(reader, at, got, piece, &len);
                if (r < 0)
                        break;
                if (read == blob_read_at)
                        assert_int_equal(len, at + piece <= size ? piece : size - at);
                assert_true(len <= piece && at + len <= size && (len || at == size));
                blob_fill(number, at, expected, len);
                assert_memory_equal(got, expected, len);
        }
        free(got);
        free(expected);
        return r;
}

void assert_blob(struct blob_fixture *fixture, struct blob_id id, unsigned int number, size_t size,
                 size_t piece)
{
        struct blob_reader *reader;

        assert_int_equal(blob_reader_open(fixture->blobs, id, BLOB_KEY, &reader), 0);
        assert_int_equal(read_and_compare(reader, blob_read_at, number, size, piece), 0);
        blob_reader_close(reader);
        assert_int_equal(open_now_or_later(fixture->blobs, id, BLOB_KEY, &reader), 0);
        assert_int_equal(read_and_compare(reader, read_now_or_later, number, size, piece), 0);
        blob_reader_close(reader);
}

void assert_no_blob(struct blob_fixture *fixture, struct blob_id id)
{
        struct blob_reader *reader;

        assert_int_equal(blob_reader_open(fixture->blobs, id, BLOB_KEY, &reader), -ENOENT);
        assert_int_equal(open_now_or_later(fixture->blobs, id, BLOB_KEY, &reader), -ENOENT);
        assert_int_equal(blob_check(fixture->blobs, id, BLOB_KEY), -ENOENT);
}

static int open_and_compare(struct blob_reader *reader, int opened, blob_read read, unsigned int number,
                            size_t size)
{
        int r = opened;

        if (r == 0) {
                r = read_and_compare(reader, read, number, size, FRAME_LEN);
                blob_reader_close(reader);
        }
        return r;
}

int blob_try_read(struct blob_fixture *fixture, struct blob_id id, const uint8_t key[BLOB_KEY_LEN],
                  unsigned int number, size_t size)
{
        struct blob_reader *reader = NULL;
        int checked = blob_check(fixture->blobs, id, key), r;

        r = blob_reader_open(fixture->blobs, id, key, &reader);
        assert_int_equal(open_and_compare(reader, r, blob_read_at, number, size), checked);
        r = open_now_or_later(fixture->blobs, id, key, &reader);
        assert_int_equal(open_and_compare(reader, r, read_now_or_later, number, size), checked);
        return checked;
}

void blob_path(const struct blob_fixture *fixture, struct blob_id id, char path[PATH_MAX])
{
        size_t len = (size_t)snprintf(path, PATH_MAX, "%s/%02x/", fixture->folder, id.bytes[0]);

        for (size_t i = 1; i < BLOB_ID_LEN; i++)
                len += (size_t)snprintf(path + len, PATH_MAX - len, "%02x", id.bytes[i]);
}

struct str blob_file_read(const struct blob_fixture *fixture, struct blob_id id)
{
        char path[PATH_MAX];

        blob_path(fixture, id, path);
        return file_read(path);
}

void blob_file_write(const struct blob_fixture *fixture, struct blob_id id, struct str bytes)
{
        char path[PATH_MAX];

        blob_path(fixture, id, path);
        file_write(path, bytes);
}

static int count_one(void *arg, struct blob_id id, uint64_t file_len)
{
        (void)id;
        (void)file_len;
        ++*(size_t *)arg;
        return 0;
}

size_t blob_count(struct blob_fixture *fixture)
{
        size_t count = 0;

        assert_int_equal(blobs_each(fixture->blobs, count_one, &count), 0);
        return count;
}

size_t unfinished_count(const struct blob_fixture *fixture)
{
        char path[PATH_MAX];
        size_t count = 0;
        DIR *dir;

        (void)snprintf(path, sizeof(path), "%s/new", fixture->folder);
        dir = opendir(path);
        assert_non_null(dir);
        for (const struct dirent *entry; (entry = readdir(dir));)
                count += entry->d_name[0] != '.';
        (void)closedir(dir);
        return count;
}
