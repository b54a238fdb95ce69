/* The recorder: what is added is in the outbox, once, after whatever failures of the store. */
#include "fixture.h"

#include "events/recorder.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define WAITING ((size_t)1 << 20)

static struct recorder *new_recorder(struct store *store, size_t max_bytes,
                                     int (*note)(struct txn *, const struct event *))
{
        struct recorder_options options = {.store = store, .max_bytes = max_bytes, .note = note};
        struct recorder *recorder;

        assert_int_equal(recorder_new(&options, &recorder), 0);
        return recorder;
}

static int add_numbered(struct recorder *recorder, unsigned int number, size_t size)
{
        _cleanup_(buf_done) struct buf encoded = {};

        buf_init(&encoded, 2 << 20);
        encode_numbered(&encoded, number, size);
        return recorder_add(recorder, buf_str(&encoded));
}

struct tally {
        unsigned int times[40000];
        unsigned int last, count;
        bool is_ordered;
};

static int tally_event(void *arg, uint64_t number, struct str encoded)
{
        struct tally *tally = arg;
        struct event event;
        unsigned int n;

        (void)number;
        assert_int_equal(event_decode(encoded, &event), 0);
        n = number_of_event(&event);
        assert_in_range(n, 0, ARRAY_LEN(tally->times) - 1);
        tally->times[n]++;
        tally->is_ordered = tally->is_ordered && (tally->count == 0 || n == tally->last + 1);
        tally->last = n;
        tally->count++;
        return 0;
}

/* Everything in the outbox, each number counted; to be freed. */
static struct tally *read_all(struct store *store)
{
        struct tally *tally = calloc(1, sizeof(*tally));
        struct txn *txn;
        uint64_t after = 0;

        assert_non_null(tally);
        tally->is_ordered = true;
        assert_int_equal(store_read_begin(store, &txn), 0);
        assert_int_equal(outbox_read(txn, &after, SIZE_MAX, tally_event, tally), 0);
        store_read_end(txn);
        return tally;
}

static void assert_each_once(struct store *store, unsigned int count, bool is_ordered)
{
        struct tally *tally = read_all(store);

        assert_int_equal(tally->count, count);
        for (unsigned int i = 0; i < count; i++)
                assert_int_equal(tally->times[i], 1);
        if (is_ordered)
                assert_true(tally->is_ordered);
        free(tally);
}

static void a_flush_makes_all_durable(void **state)
{
        struct store *store = open_store(0);
        struct recorder *recorder = new_recorder(store, WAITING, NULL);
        struct recorder_stats stats;

        (void)state;
        assert_int_equal(recorder_flush(recorder), 0); /* of nothing */
        for (unsigned int i = 0; i < 1000; i++)
                assert_int_equal(add_numbered(recorder, i, 10), 0);
        assert_int_equal(recorder_flush(recorder), 0);
        assert_each_once(store, 1000, true);
        recorder_get_stats(recorder, &stats);
        assert_true(stats.recorded == 1000 && stats.waiting_bytes == 0 && stats.failures == 0);
        recorder_free(recorder);
        store_close(store);
}

static void events_share_commits(void **state)
{
        struct store *store = open_store(0);
        struct recorder *recorder = new_recorder(store, WAITING, NULL);
        struct store_stats stats;

        (void)state;
        for (unsigned int i = 0; i < 1000; i++)
                assert_int_equal(add_numbered(recorder, i, 10), 0);
        assert_int_equal(recorder_flush(recorder), 0);
        store_get_stats(store, &stats);
        assert_true(stats.commits < 100);
        recorder_free(recorder);
        store_close(store);
}

static void a_recorder_that_goes_writes_what_waits(void **state)
{
        struct store *store = open_store(0);
        struct recorder *recorder = new_recorder(store, WAITING, NULL);

        (void)state;
        for (unsigned int i = 0; i < 100; i++)
                assert_int_equal(add_numbered(recorder, i, 10), 0);
        recorder_free(recorder);
        recorder_free(NULL);
        assert_each_once(store, 100, true);
        store_close(store);
}

/* -- A store that cannot take more */

#define SMALL_STORE ((size_t)1 << 20)

static int fill(struct txn *txn, void *arg)
{
        static char block[4096];
        unsigned int *count = arg;
        char key[32];

        (void)snprintf(key, sizeof(key), "filler%u", *count);
        return txn_put(txn, str_of(key), str_make(block, sizeof(block)));
}

static int remove_filler(struct txn *txn, void *arg)
{
        unsigned int *number = arg;
        char key[32];

        (void)snprintf(key, sizeof(key), "filler%u", *number);
        return txn_delete(txn, str_of(key));
}

static void empty_store(struct store *store, unsigned int count)
{
        for (unsigned int i = 0; i < count; i++)
                assert_int_equal(store_write(store, remove_filler, &i), 0);
}

static unsigned int fill_store(struct store *store)
{
        unsigned int count = 0;

        while (store_write(store, fill, &count) == 0)
                count++;
        return count;
}

static void a_full_store_loses_nothing(void **state)
{
        struct store *store = open_store(SMALL_STORE);
        struct recorder *recorder = new_recorder(store, WAITING, NULL);
        struct recorder_stats stats;
        unsigned int fillers = fill_store(store);

        (void)state;
        assert_true(fillers > 10);
        for (unsigned int i = 0; i < 20; i++)
                assert_int_equal(add_numbered(recorder, i, 4000), 0);
        assert_true(recorder_flush(recorder) < 0);
        assert_true(recorder_flush(recorder) < 0); /* and again, without hanging */
        recorder_get_stats(recorder, &stats);
        assert_true(stats.failures > 0 && stats.waiting_bytes >= 20 * 4000 && stats.recorded == 0);
        assert_true(recorder_has_room(recorder));

        empty_store(store, fillers);
        assert_int_equal(add_numbered(recorder, 20, 10), 0); /* the next event tries again */
        assert_int_equal(recorder_flush(recorder), 0);
        assert_each_once(store, 21, true);
        recorder_get_stats(recorder, &stats);
        assert_true(stats.recorded == 21 && stats.waiting_bytes == 0);
        recorder_free(recorder);
        store_close(store);
}

static void without_room_it_says_so(void **state)
{
        struct store *store = open_store(SMALL_STORE);
        struct recorder *recorder = new_recorder(store, 100000, NULL);
        unsigned int fillers = fill_store(store);
        unsigned int taken = 0;

        (void)state;
        assert_true(recorder_has_room(recorder));
        while (add_numbered(recorder, taken, 4000) == 0)
                taken++;
        assert_in_range(taken, 20, 60); /* one buffer is being written, the other fills */
        assert_false(recorder_has_room(recorder));
        assert_int_equal(add_numbered(recorder, taken, 4000), -ENOSPC);

        empty_store(store, fillers);
        assert_int_equal(recorder_flush(recorder), 0);
        assert_true(recorder_has_room(recorder));
        assert_each_once(store, taken, true);
        recorder_free(recorder);
        store_close(store);
}

static void an_event_too_large_is_refused_alone(void **state)
{
        struct store *store = open_store(0);
        struct recorder *recorder = new_recorder(store, 10000, NULL);

        (void)state;
        assert_int_equal(add_numbered(recorder, 7, 20000), -ENOSPC);
        assert_int_equal(add_numbered(recorder, 0, 100), 0);
        assert_int_equal(add_numbered(recorder, 7, 20000), -ENOSPC);
        assert_int_equal(add_numbered(recorder, 1, 100), 0);
        recorder_free(recorder);
        assert_each_once(store, 2, true);
        store_close(store);
}

/* -- Notes */

static int note_count;
static int note_result;

static int note(struct txn *txn, const struct event *event)
{
        note_count++;
        TRY(txn_put(txn, STR("noted"), event->use));
        return note_result;
}

static int add_with_use(struct recorder *recorder, struct str use)
{
        _cleanup_(buf_done) struct buf encoded = {};
        struct event event = {.name = STR("0"), .use = use};

        buf_init(&encoded, 4096);
        event_encode(&event, &encoded);
        return recorder_add(recorder, buf_str(&encoded));
}

static void notes_are_stored_with_their_events(void **state)
{
        struct store *store = open_store(0);
        struct recorder *recorder = new_recorder(store, WAITING, note);
        struct str value;
        struct txn *txn;

        (void)state;
        note_count = 0;
        note_result = 0;
        assert_int_equal(add_with_use(recorder, STR("")), 0);
        assert_int_equal(add_with_use(recorder, STR("key A")), 0);
        assert_int_equal(recorder_flush(recorder), 0);
        assert_int_equal(note_count, 1);
        assert_int_equal(store_read_begin(store, &txn), 0);
        assert_int_equal(txn_get(txn, STR("noted"), &value), 0);
        assert_str(value, STR("key A"));
        store_read_end(txn);

        note_result = -EINVAL; /* the event stays all the same */
        assert_int_equal(add_with_use(recorder, STR("key B")), 0);
        assert_int_equal(recorder_flush(recorder), 0);
        recorder_free(recorder);
        {
                struct tally *tally = read_all(store);

                assert_int_equal(tally->count, 3);
                free(tally);
        }
        store_close(store);
}

/* -- Many threads */

#define THREADS    8
#define PER_THREAD 4000

struct adder {
        struct recorder *recorder;
        unsigned int from;
        int problem;
};

static void *add_many(void *arg)
{
        struct adder *adder = arg;

        for (unsigned int i = 0; i < PER_THREAD; i++) {
                int r;

                while ((r = add_numbered(adder->recorder, adder->from + i, 20)) == -ENOSPC)
                        usleep(1000);
                if (r < 0 || (i % 1000 == 999 && recorder_flush(adder->recorder) < 0))
                        adder->problem = -1;
        }
        return NULL;
}

static void a_note_alone_is_no_event(void **state)
{
        struct store *store = open_store(0);
        struct recorder *recorder = new_recorder(store, WAITING, note);

        (void)state;
        note_count = 0;
        note_result = 0;
        assert_int_equal(add_numbered(recorder, 0, 10), 0);
        assert_int_equal(recorder_add_note(recorder, 1, STR("s3.AccessLog 1 2 line")), 0);
        assert_int_equal(add_numbered(recorder, 1, 10), 0);
        assert_int_equal(recorder_flush(recorder), 0);
        assert_int_equal(note_count, 1);
        assert_each_once(store, 2, true);
        recorder_free(recorder);
        store_close(store);
}

static void threads_lose_and_double_nothing(void **state)
{
        struct store *store = open_store(0);
        struct recorder *recorder = new_recorder(store, 64 * 1024, NULL);
        struct adder adders[THREADS];
        pthread_t threads[THREADS];

        (void)state;
        for (unsigned int i = 0; i < THREADS; i++) {
                adders[i] = (struct adder){.recorder = recorder, .from = i * PER_THREAD};
                assert_int_equal(pthread_create(&threads[i], NULL, add_many, &adders[i]), 0);
        }
        for (unsigned int i = 0; i < THREADS; i++) {
                pthread_join(threads[i], NULL);
                assert_int_equal(adders[i].problem, 0);
        }
        recorder_free(recorder);
        assert_each_once(store, THREADS * PER_THREAD, false);
        store_close(store);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_flush_makes_all_durable),
                cmocka_unit_test(events_share_commits),
                cmocka_unit_test(a_recorder_that_goes_writes_what_waits),
                cmocka_unit_test(a_full_store_loses_nothing),
                cmocka_unit_test(without_room_it_says_so),
                cmocka_unit_test(an_event_too_large_is_refused_alone),
                cmocka_unit_test(notes_are_stored_with_their_events),
                cmocka_unit_test(a_note_alone_is_no_event),
                cmocka_unit_test(threads_lose_and_double_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
