/* What is wrong with a file is found with its key, and as well with nothing but its proof. */
#include "blob_fixture.h"

#include "fixture.h"

#include <unistd.h>

struct specimen {
        struct blob_id id;
        struct blob_proof proof;
        uint64_t size;
};

static struct specimen make(struct blob_fixture *fixture, unsigned int number, size_t size)
{
        struct specimen specimen;
        struct blob_writer *writer;
        char *bytes = malloc(size + 1);

        assert_non_null(bytes);
        blob_fill(number, 0, bytes, size);
        assert_int_equal(blob_writer_begin(fixture->blobs, BLOB_KEY, &writer), 0);
        assert_int_equal(blob_writer_prove(writer, &specimen.proof), 0);
        assert_int_equal(blob_write(writer, str_make(bytes, size / 3)), 0);
        assert_int_equal(blob_write(writer, str_make(bytes + size / 3, size - size / 3)), 0);
        assert_int_equal(blob_writer_end(writer, &specimen.id, &specimen.size), 0);
        free(bytes);
        return specimen;
}

enum by { BY_KEY, BY_PROOF, BY_LENGTH };

static enum blob_fault examine(struct blob_fixture *fixture, const struct specimen *specimen, enum by by)
{
        const struct blob_examination how = {.size = specimen->size,
                                             .key = by == BY_KEY ? BLOB_KEY : NULL,
                                             .proof = by == BY_PROOF ? &specimen->proof : NULL};
        enum blob_fault fault;

        assert_int_equal(blob_examine(fixture->blobs, specimen->id, &how, &fault), 0);
        return fault;
}

static void what_is_whole_is_sound(void **state)
{
        static const size_t SIZES[] = {0, 1, 511, 512, 513, 1024, 5000};

        for (size_t i = 0; i < ARRAY_LEN(SIZES); i++) {
                struct specimen specimen = make(*state, (unsigned int)i, SIZES[i]);

                assert_int_equal(examine(*state, &specimen, BY_KEY), BLOB_SOUND);
                assert_int_equal(examine(*state, &specimen, BY_PROOF), BLOB_SOUND);
                assert_int_equal(examine(*state, &specimen, BY_LENGTH), BLOB_SOUND);
        }
}

/* Every bit of it. */
static void every_changed_bit_is_found(void **state)
{
        struct specimen specimen = make(*state, 1, 1100);
        struct str file = blob_file_read(*state, specimen.id);
        char *bytes = (char *)(uintptr_t)file.ptr;

        for (size_t at = 0; at < file.len; at++) {
                char mask = (char)(1 << at % 8);

                bytes[at] = (char)(bytes[at] ^ mask);
                blob_file_write(*state, specimen.id, file);
                assert_int_not_equal(examine(*state, &specimen, BY_KEY), BLOB_SOUND);
                assert_int_not_equal(examine(*state, &specimen, BY_PROOF), BLOB_SOUND);
                bytes[at] = (char)(bytes[at] ^ mask);
        }
        blob_file_write(*state, specimen.id, file);
        assert_int_equal(examine(*state, &specimen, BY_PROOF), BLOB_SOUND);
        free(bytes);
}

static void what_is_wrong_is_told(void **state)
{
        struct specimen one = make(*state, 1, 1100), other = make(*state, 2, 1100);
        struct str mine = blob_file_read(*state, one.id), others = blob_file_read(*state, other.id);
        char *longer = malloc(mine.len + 1), path[PATH_MAX];

        assert_non_null(longer);
        memcpy(longer, mine.ptr, mine.len);
        longer[mine.len] = 'x';
        for (enum by by = BY_KEY; by <= BY_LENGTH; by++) {
                blob_file_write(*state, one.id, str_part(mine, 0, mine.len - 1));
                assert_int_equal(examine(*state, &one, by), BLOB_SHORT);
                blob_file_write(*state, one.id, str_part(mine, 0, 10));
                assert_int_equal(examine(*state, &one, by), BLOB_SHORT);
                blob_file_write(*state, one.id, str_make(longer, mine.len + 1));
                assert_int_equal(examine(*state, &one, by), BLOB_LONG);
                blob_file_write(*state, one.id, others);
                assert_int_equal(examine(*state, &one, by), BLOB_FOREIGN);
                blob_path(*state, one.id, path);
                assert_int_equal(unlink(path), 0);
                assert_int_equal(examine(*state, &one, by), BLOB_MISSING);
        }
        memcpy(longer, mine.ptr, 32); /* another's bytes under its header */
        memcpy(longer + 32, others.ptr + 32, mine.len - 32);
        blob_file_write(*state, one.id, str_make(longer, mine.len));
        assert_int_equal(examine(*state, &one, BY_KEY), BLOB_CHANGED);
        assert_int_equal(examine(*state, &one, BY_PROOF), BLOB_CHANGED);
        free(longer);
        free((char *)(uintptr_t)mine.ptr);
        free((char *)(uintptr_t)others.ptr);
}

static int count_pieces(void *arg, size_t bytes)
{
        *(size_t *)arg += bytes;
        return *(size_t *)arg > 1500 ? -ECANCELED : 0;
}

static void it_pauses_and_may_be_ended(void **state)
{
        struct specimen specimen = make(*state, 1, 5000);
        size_t read = 0;
        const struct blob_examination how = {
                .size = specimen.size, .proof = &specimen.proof, .pause = count_pieces, .arg = &read};
        enum blob_fault fault;

        assert_int_equal(blob_examine(((struct blob_fixture *)*state)->blobs, specimen.id, &how, &fault),
                         -ECANCELED);
        assert_int_equal(read, 3 * (FRAME_LEN + 16));
}

static void proofs_of_bytes(void **state)
{
        struct blob_proof proof, again;

        (void)state;
        assert_int_equal(blob_proof_make(STR("bytes"), &proof), 0);
        assert_int_equal(blob_proof_check(STR("bytes"), &proof), 0);
        assert_int_equal(blob_proof_check(STR("byteS"), &proof), -EBADMSG);
        assert_int_equal(blob_proof_check(STR("byte"), &proof), -EBADMSG);
        assert_int_equal(blob_proof_make(STR("bytes"), &again), 0);
        assert_memory_not_equal(proof.bytes, again.bytes, BLOB_PROOF_LEN);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(what_is_whole_is_sound, blob_fixture_small,
                                                blob_fixture_done),
                cmocka_unit_test_setup_teardown(every_changed_bit_is_found, blob_fixture_small,
                                                blob_fixture_done),
                cmocka_unit_test_setup_teardown(what_is_wrong_is_told, blob_fixture_small, blob_fixture_done),
                cmocka_unit_test_setup_teardown(it_pauses_and_may_be_ended, blob_fixture_small,
                                                blob_fixture_done),
                cmocka_unit_test(proofs_of_bytes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
