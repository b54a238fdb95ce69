/* Whatever is changed in a blob's file is found, and no byte that was changed is ever given. */
#include "blob_fixture.h"

#define SIZE      ((size_t)3 * FRAME_LEN + 100)
#define HEADER    ((size_t)32)
#define SEALED    (FRAME_LEN + 16)
#define FILE_LEN  (HEADER + 3 * SEALED + 100 + 16)
#define FRAME(n)  (HEADER + (n)*SEALED)
#define BAD(file) assert_damaged(fixture, id, (file))

static void assert_damaged(struct blob_fixture *fixture, struct blob_id id, struct str file)
{
        blob_file_write(fixture, id, file);
        assert_int_equal(blob_try_read(fixture, id, BLOB_KEY, 1, SIZE), -EBADMSG);
}

static void assert_sound(struct blob_fixture *fixture, struct blob_id id, struct str file)
{
        blob_file_write(fixture, id, file);
        assert_int_equal(blob_try_read(fixture, id, BLOB_KEY, 1, SIZE), 0);
}

static struct blob_id put(struct blob_fixture *fixture, struct str *ret_file)
{
        struct blob_id id = blob_put(fixture, 1, SIZE);

        *ret_file = blob_file_read(fixture, id);
        assert_int_equal(ret_file->len, FILE_LEN);
        return id;
}

static char *bytes_of(struct str file)
{
        return (char *)(uintptr_t)file.ptr;
}

static void each_byte_changed(void **state)
{
        struct blob_fixture *fixture = *state;
        struct str file;
        struct blob_id id = put(fixture, &file);
        char *bytes = bytes_of(file);

        for (size_t i = 0; i < file.len; i++) {
                char kept = bytes[i];

                bytes[i] = (char)(kept ^ (1 << i % 8));
                BAD(file);
                bytes[i] = (char)(kept ^ 0xff);
                BAD(file);
                bytes[i] = kept;
        }
        assert_sound(fixture, id, file);
        free(bytes);
}

static void each_length(void **state)
{
        struct blob_fixture *fixture = *state;
        char longer[FILE_LEN + 2000] = {};
        struct str file;
        struct blob_id id = put(fixture, &file);

        for (size_t len = 0; len < file.len; len++)
                BAD(str_part(file, 0, len));
        memcpy(longer, file.ptr, file.len);
        for (size_t len = file.len + 1; len < sizeof(longer); len++)
                BAD(str_make(longer, len));
        assert_sound(fixture, id, file);
        free(bytes_of(file));
}

/* An empty blob has a frame too. */
static void an_empty_blob(void **state)
{
        struct blob_fixture *fixture = *state;
        struct blob_id id = blob_put(fixture, 1, 0);
        struct str file = blob_file_read(fixture, id);

        assert_int_equal(file.len, HEADER + 16);
        for (size_t len = 0; len < file.len; len++) {
                blob_file_write(fixture, id, str_part(file, 0, len));
                assert_int_equal(blob_try_read(fixture, id, BLOB_KEY, 1, 0), -EBADMSG);
        }
        free(bytes_of(file));
}

static void frames_out_of_place(void **state)
{
        struct blob_fixture *fixture = *state;
        struct str file;
        struct blob_id id = put(fixture, &file);
        char moved[FILE_LEN + SEALED];

        for (size_t from = 0; from < 3; from++)
                for (size_t to = 0; to < 3; to++) {
                        if (from == to)
                                continue;
                        memcpy(moved, file.ptr, file.len); /* doubled */
                        memcpy(moved + FRAME(to), file.ptr + FRAME(from), SEALED);
                        BAD(str_make(moved, file.len));
                        memcpy(moved + FRAME(from), file.ptr + FRAME(to), SEALED); /* swapped */
                        BAD(str_make(moved, file.len));
                }
        for (size_t gone = 0; gone < 3; gone++) {
                memcpy(moved, file.ptr, FRAME(gone));
                memcpy(moved + FRAME(gone), file.ptr + FRAME(gone + 1), file.len - FRAME(gone + 1));
                BAD(str_make(moved, file.len - SEALED));
                memcpy(moved, file.ptr, FRAME(gone + 1)); /* there twice */
                memcpy(moved + FRAME(gone + 1), file.ptr + FRAME(gone), file.len - FRAME(gone));
                BAD(str_make(moved, file.len + SEALED));
        }
        free(bytes_of(file));
}

/* The same key and the same bytes: still, nothing of one blob passes for the other's. */
static void frames_of_another_blob(void **state)
{
        struct blob_fixture *fixture = *state;
        struct str file, other_file;
        struct blob_id id = put(fixture, &file);
        char mixed[FILE_LEN];

        (void)put(fixture, &other_file);
        for (size_t frame = 0; frame < 3; frame++) {
                assert_memory_not_equal(file.ptr + FRAME(frame), other_file.ptr + FRAME(frame), SEALED);
                memcpy(mixed, file.ptr, file.len);
                memcpy(mixed + FRAME(frame), other_file.ptr + FRAME(frame), SEALED);
                BAD(str_make(mixed, file.len));
        }
        memcpy(mixed, file.ptr, file.len); /* the last */
        memcpy(mixed + FRAME(3), other_file.ptr + FRAME(3), file.len - FRAME(3));
        BAD(str_make(mixed, file.len));
        memcpy(mixed, other_file.ptr, file.len); /* all but the header, and all of it */
        memcpy(mixed, file.ptr, HEADER);
        BAD(str_make(mixed, file.len));
        BAD(other_file);
        free(bytes_of(file));
        free(bytes_of(other_file));
}

static void another_key(void **state)
{
        struct blob_fixture *fixture = *state;
        uint8_t key[BLOB_KEY_LEN];
        struct str file;
        struct blob_id id = put(fixture, &file);

        for (size_t i = 0; i < sizeof(key); i++) {
                memcpy(key, BLOB_KEY, sizeof(key));
                key[i] ^= 1;
                assert_int_equal(blob_try_read(fixture, id, key, 1, SIZE), -EBADMSG);
        }
        free(bytes_of(file));
}

/* What is whole can still be read around it; what is not is never given, not even in part. */
static void damage_in_the_middle(void **state)
{
        struct blob_fixture *fixture = *state;
        char got[2 * FRAME_LEN], zero[FRAME_LEN] = {}, expected[FRAME_LEN];
        struct blob_reader *reader;
        struct str file;
        struct blob_id id = put(fixture, &file);
        size_t len = 77;

        bytes_of(file)[FRAME(1) + 300] ^= 1;
        blob_file_write(fixture, id, file);
        assert_int_equal(blob_reader_open(fixture->blobs, id, BLOB_KEY, &reader), 0);
        memset(got, 0, sizeof(got));
        assert_int_equal(blob_read_at(reader, FRAME_LEN, got, FRAME_LEN, &len), -EBADMSG);
        assert_int_equal(blob_read_at(reader, FRAME_LEN + 1, got, 5, &len), -EBADMSG);
        assert_int_equal(len, 77);
        assert_memory_equal(got, zero, FRAME_LEN);
        for (size_t number = 0; number < 3; number += 2) {
                assert_int_equal(blob_read_at(reader, number * FRAME_LEN, got, FRAME_LEN, &len), 0);
                blob_fill(1, number * FRAME_LEN, expected, FRAME_LEN);
                assert_memory_equal(got, expected, FRAME_LEN);
        }
        blob_reader_close(reader);
        free(bytes_of(file));
}

/* Frames of another size than the folder's own are no damage. */
static void frames_of_another_size(void **state)
{
        struct blob_fixture *fixture = *state;
        struct blob_id id = blob_put(fixture, 4, 100000);

        blobs_stop(fixture);
        fixture->frame_len = (size_t)1 << 20;
        blobs_start(fixture);
        assert_blob(fixture, id, 4, 100000, 5000);
        id = blob_put(fixture, 5, 3000000);
        assert_blob(fixture, id, 5, 3000000, 100000);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, blob_fixture_small, blob_fixture_done)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(each_byte_changed),      TEST(each_length),
                TEST(an_empty_blob),          TEST(frames_out_of_place),
                TEST(frames_of_another_blob), TEST(another_key),
                TEST(damage_in_the_middle),   TEST(frames_of_another_size),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
