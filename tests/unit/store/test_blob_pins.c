/* Blobs that somebody is to read stay; all others go. */
#include "blob_fixture.h"

#include <pthread.h>

#define THREADS 8
#define ROUNDS  200
#define CROWD   ((size_t)300000)
#define SIZE    ((size_t)2000)

static bool is_there(struct blob_fixture *fixture, struct blob_id id)
{
        int64_t written;

        return blob_written_ms(fixture->blobs, id, &written) == 0;
}

static void what_is_pinned_stays(void **state)
{
        struct blob_fixture *fixture = *state;
        struct blob_id id = blob_put(fixture, 1, SIZE), other = blob_put(fixture, 2, SIZE);
        struct blob_pin one = {.id = id}, two = {.id = id};

        assert_int_equal(blob_pin(fixture->blobs, &one), 0);
        assert_int_equal(blob_pin(fixture->blobs, &two), 0);
        assert_int_equal(blob_delete_unpinned(fixture->blobs, id), -EBUSY);
        assert_int_equal(blob_delete_unpinned(fixture->blobs, other), 0);
        assert_no_blob(fixture, other);
        blob_unpin(fixture->blobs, &one);
        blob_unpin(fixture->blobs, &one);
        assert_int_equal(blob_delete_unpinned(fixture->blobs, id), -EBUSY);
        assert_blob(fixture, id, 1, SIZE, SIZE);
        blob_unpin(fixture->blobs, &two);
        assert_int_equal(blob_delete_unpinned(fixture->blobs, id), 0);
        assert_no_blob(fixture, id);
        assert_int_equal(blob_delete_unpinned(fixture->blobs, id), -ENOENT);
}

static void a_pin_that_never_was_one(void **state)
{
        struct blob_fixture *fixture = *state;
        struct blob_pin pin = {.id = blob_put(fixture, 1, SIZE)};

        blob_unpin(fixture->blobs, &pin);
        assert_int_equal(blob_delete_unpinned(fixture->blobs, pin.id), 0);
}

/* All on one shelf, taken out from the middle and both ends. */
static void many_pins(void **state)
{
        struct blob_fixture *fixture = *state;
        struct blob_id id = blob_put(fixture, 1, SIZE);
        struct blob_pin pins[7];

        for (size_t i = 0; i < ARRAY_LEN(pins); i++) {
                pins[i] = (struct blob_pin){.id = id};
                assert_int_equal(blob_pin(fixture->blobs, &pins[i]), 0);
        }
        for (size_t i = 0; i < ARRAY_LEN(pins); i++) {
                assert_int_equal(blob_delete_unpinned(fixture->blobs, id), -EBUSY);
                blob_unpin(fixture->blobs, &pins[i * 3 % ARRAY_LEN(pins)]);
        }
        assert_int_equal(blob_delete_unpinned(fixture->blobs, id), 0);
}

/* Many who take their time do not cost each that comes a look at them all: else this would not end. */
static void a_crowd(void **state)
{
        struct blob_fixture *fixture = *state;
        struct blob_id id = blob_put(fixture, 1, SIZE);
        struct blob_pin *pins = calloc(CROWD, sizeof(*pins));

        assert_non_null(pins);
        for (size_t i = 0; i < CROWD; i++) {
                pins[i].id = id;
                assert_int_equal(blob_pin(fixture->blobs, &pins[i]), 0);
        }
        assert_int_equal(blob_delete_unpinned(fixture->blobs, id), -EBUSY);
        for (size_t i = 0; i < CROWD; i++)
                blob_unpin(fixture->blobs, &pins[i]);
        assert_int_equal(blob_delete_unpinned(fixture->blobs, id), 0);
        free(pins);
}

struct reading {
        struct blob_fixture *fixture;
        pthread_t thread;
        struct blob_id ids[ROUNDS];
        int wrong;
};

/* What is there behind the pin is there until it is taken out. */
static int read_one(struct blob_fixture *fixture, struct blob_id id)
{
        struct blob_pin pin = {.id = id};
        int wrong = 0;

        if (blob_pin(fixture->blobs, &pin) < 0)
                return 0;
        if (is_there(fixture, id))
                for (int i = 0; i < 3; i++)
                        wrong += blob_check(fixture->blobs, id, BLOB_KEY) < 0;
        blob_unpin(fixture->blobs, &pin);
        return wrong;
}

static void *keep_reading(void *arg)
{
        struct reading *reading = arg;

        for (size_t i = 0; i < ROUNDS; i++)
                reading->wrong += read_one(reading->fixture, reading->ids[i]);
        return NULL;
}

static void readers_and_deletions(void **state)
{
        struct blob_fixture *fixture = *state;
        struct reading *readings = calloc(THREADS, sizeof(*readings));
        struct blob_id ids[ROUNDS];

        assert_non_null(readings);
        for (size_t i = 0; i < ROUNDS; i++)
                ids[i] = blob_put(fixture, (unsigned int)i, SIZE);
        for (size_t i = 0; i < THREADS; i++) {
                readings[i].fixture = fixture;
                memcpy(readings[i].ids, ids, sizeof(ids));
                assert_int_equal(pthread_create(&readings[i].thread, NULL, keep_reading, &readings[i]), 0);
        }
        for (size_t i = 0; i < ROUNDS; i++) {
                int r;

                while ((r = blob_delete_unpinned(fixture->blobs, ids[i])) == -EBUSY)
                        ;
                assert_int_equal(r, 0);
        }
        for (size_t i = 0; i < THREADS; i++) {
                pthread_join(readings[i].thread, NULL);
                assert_int_equal(readings[i].wrong, 0);
        }
        assert_int_equal(blob_count(fixture), 0);
        free(readings);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(what_is_pinned_stays, blob_fixture_small, blob_fixture_done),
                cmocka_unit_test_setup_teardown(a_pin_that_never_was_one, blob_fixture_small,
                                                blob_fixture_done),
                cmocka_unit_test_setup_teardown(many_pins, blob_fixture_small, blob_fixture_done),
                cmocka_unit_test_setup_teardown(a_crowd, blob_fixture_small, blob_fixture_done),
                cmocka_unit_test_setup_teardown(readers_and_deletions, blob_fixture_small, blob_fixture_done),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
