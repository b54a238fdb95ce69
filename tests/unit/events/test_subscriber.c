/* Subscribers: each event at least once and in order, cursors that survive, an outbox that is trimmed. */
#include "fixture.h"

#include "events/subscriber.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

/* What handlers saw. Handlers run on the store's writer thread, one at a time. */
struct seen {
        unsigned int last, count, out_of_order;
        uint64_t last_place;
        _Atomic unsigned int fail_at; /* the event at which the handler fails; 0: none */
        _Atomic unsigned int failures;
};

static struct seen first_seen, second_seen;

static int take(struct seen *seen, struct txn *txn, const char *key, const struct event *event)
{
        unsigned int number = number_of_event(event);

        if (number == atomic_load(&seen->fail_at)) {
                atomic_fetch_add(&seen->failures, 1);
                return -EIO;
        }
        if (number != seen->last + 1 || event->number <= seen->last_place)
                seen->out_of_order++;
        seen->last_place = event->number;
        seen->last = number;
        seen->count++;
        return txn_put(txn, str_of(key), event->name);
}

static int handle_first(const void *arg, struct txn *txn, struct arena *arena, const struct event *event)
{
        (void)arg;
        (void)arena;
        return take(&first_seen, txn, "first", event);
}

static int handle_second(const void *arg, struct txn *txn, struct arena *arena, const struct event *event)
{
        (void)arg;
        (void)arena;
        return take(&second_seen, txn, "second", event);
}

/* Uses as much memory for each event as one event can want. */
static int handle_greedily(const void *arg, struct txn *txn, struct arena *arena, const struct event *event)
{
        (void)arg;
        void *memory = arena_alloc(arena, (size_t)12 << 20);

        if (!memory)
                return -ENOMEM;
        return take(&first_seen, txn, "first", event);
}

static const struct subscriber FIRST = {.name = "first", .handle = handle_first};
static const struct subscriber SECOND = {.name = "second", .handle = handle_second};
static const struct subscriber GREEDY = {.name = "greedy", .handle = handle_greedily};
static const struct subscriber *const ONE[] = {&FIRST};
static const struct subscriber *const BOTH[] = {&FIRST, &SECOND};
static const struct subscriber *const ONE_GREEDY[] = {&GREEDY};

static void forget(void)
{
        first_seen = (struct seen){};
        second_seen = (struct seen){};
}

static struct dispatcher *start(struct store *store, const struct subscriber *const *subscribers,
                                size_t count)
{
        struct dispatcher *dispatcher;

        assert_int_equal(dispatcher_start(store, subscribers, count, NULL, &dispatcher), 0);
        return dispatcher;
}

static void assert_stored(struct store *store, const char *key, const char *expected)
{
        struct txn *txn;
        struct str value = STR_NONE;

        assert_int_equal(store_read_begin(store, &txn), 0);
        assert_int_equal(txn_get(txn, str_of(key), &value), expected ? 0 : -ENOENT);
        if (expected)
                assert_str(value, str_of(expected));
        store_read_end(txn);
}

static void a_drain_hands_on_everything(void **state)
{
        struct store *store = open_store(0);
        struct dispatcher *dispatcher;

        (void)state;
        forget();
        append_numbered(store, 1, 2345); /* several batches */
        dispatcher = start(store, BOTH, 2);
        assert_int_equal(dispatcher_drain(dispatcher), 0);
        dispatcher_stop(dispatcher);
        assert_int_equal(first_seen.count, 2345);
        assert_int_equal(second_seen.count, 2345);
        assert_int_equal(first_seen.out_of_order + second_seen.out_of_order, 0);
        assert_stored(store, "first", "2345");
        store_close(store);
}

static void cursors_outlive_the_dispatcher(void **state)
{
        struct store *store = open_store(0);

        (void)state;
        forget();
        for (unsigned int i = 0; i < 5; i++) {
                struct dispatcher *dispatcher;

                append_numbered(store, 1 + 10 * i, 10);
                dispatcher = start(store, ONE, 1);
                assert_int_equal(dispatcher_drain(dispatcher), 0);
                dispatcher_stop(dispatcher);
        }
        assert_int_equal(first_seen.count, 50); /* each once: nothing failed */
        assert_int_equal(first_seen.out_of_order, 0);
        store_close(store);
}

static void handled_events_are_trimmed_and_numbers_go_on(void **state)
{
        struct store *store = open_store(0);
        struct dispatcher *dispatcher = start(store, BOTH, 2);
        uint64_t first, last;

        (void)state;
        forget();
        append_numbered(store, 1, 700);
        assert_int_equal(dispatcher_drain(dispatcher), 0);
        append_numbered(store, 701, 1);
        assert_int_equal(dispatcher_drain(dispatcher), 0);
        outbox_bounds(store, &first, &last);
        assert_true(last == 701);
        assert_true(first > 1 && first <= 701); /* the newest stays */
        append_numbered(store, 702, 1);
        assert_int_equal(dispatcher_drain(dispatcher), 0);
        outbox_bounds(store, &first, &last);
        assert_true(last == 702);
        dispatcher_stop(dispatcher);
        assert_int_equal(first_seen.count, 702);
        assert_int_equal(second_seen.count, 702);
        store_close(store);
}

static void a_failing_handler_gets_its_events_again(void **state)
{
        struct store *store = open_store(0);
        struct dispatcher *dispatcher;

        (void)state;
        forget();
        first_seen.fail_at = 7;
        append_numbered(store, 1, 10);
        dispatcher = start(store, ONE, 1);
        assert_int_equal(dispatcher_drain(dispatcher), -EIO);
        assert_stored(store, "first", NULL); /* the batch is undone with its cursor */
        atomic_store(&first_seen.fail_at, 0);
        assert_int_equal(dispatcher_drain(dispatcher), 0);
        dispatcher_stop(dispatcher);
        assert_true(first_seen.failures > 0);
        assert_int_equal(first_seen.last, 10);
        assert_true(first_seen.count >= 16); /* 1 to 6 twice or more */
        assert_stored(store, "first", "10");
        store_close(store);
}

static void a_subscriber_that_fails_holds_up_nobody_and_loses_nothing(void **state)
{
        struct store *store = open_store(0);
        struct dispatcher *dispatcher;
        uint64_t first, last;

        (void)state;
        for (int which = 0; which < 2; which++) {
                struct seen *failing = which ? &second_seen : &first_seen;
                struct seen *good = which ? &first_seen : &second_seen;

                forget();
                assert_int_equal(store_clear(store), 0);
                append_numbered(store, 1, 1200);
                failing->fail_at = 1; /* from its very first event on */
                dispatcher = start(store, BOTH, 2);
                for (int i = 0; i < 5; i++)
                        assert_int_equal(dispatcher_drain(dispatcher), -EIO);
                dispatcher_stop(dispatcher);
                assert_int_equal(good->count, 1200);
                outbox_bounds(store, &first, &last);
                assert_true(first == 1 && last == 1200); /* all there for the one that has not read them */

                atomic_store(&failing->fail_at, 0);
                dispatcher = start(store, BOTH, 2);
                assert_int_equal(dispatcher_drain(dispatcher), 0);
                dispatcher_stop(dispatcher);
                assert_int_equal(failing->count, 1200);
                assert_int_equal(failing->out_of_order, 0);
                assert_int_equal(good->count, 1200);
        }
        store_close(store);
}

static void a_new_subscriber_starts_with_what_is_there(void **state)
{
        struct store *store = open_store(0);
        struct dispatcher *dispatcher;

        (void)state;
        forget();
        append_numbered(store, 1, 600);
        dispatcher = start(store, ONE, 1);
        assert_int_equal(dispatcher_drain(dispatcher), 0);
        dispatcher_stop(dispatcher);
        append_numbered(store, 601, 5);
        dispatcher = start(store, BOTH, 2);
        assert_int_equal(dispatcher_drain(dispatcher), 0);
        dispatcher_stop(dispatcher);
        assert_int_equal(first_seen.last, 605);
        assert_int_equal(first_seen.count, 605);
        assert_int_equal(second_seen.last, 605);
        store_close(store);
}

static int append_damaged(struct txn *txn, void *arg)
{
        (void)arg;
        return outbox_append(txn, STR("not an event"));
}

static void an_unreadable_event_is_passed_over_once(void **state)
{
        struct store *store = open_store(0);
        struct dispatcher *dispatcher = start(store, ONE, 1);

        (void)state;
        forget();
        assert_int_equal(store_write(store, append_damaged, NULL),
                         0); /* alone: nothing readable in the batch */
        assert_int_equal(dispatcher_drain(dispatcher), 0);
        append_numbered(store, 1, 2);
        assert_int_equal(store_write(store, append_damaged, NULL), 0);
        append_numbered(store, 3, 1);
        assert_int_equal(dispatcher_drain(dispatcher), 0);
        dispatcher_stop(dispatcher);
        assert_int_equal(first_seen.count, 3);
        assert_int_equal(first_seen.out_of_order, 0);
        store_close(store);
}

static void large_events_do_not_fail_for_their_sum(void **state)
{
        struct store *store = open_store(0);
        struct dispatcher *dispatcher;
        struct appending appending = {.from = 1, .count = 60, .size = 500000};

        (void)state;
        forget();
        assert_int_equal(store_write(store, append_work, &appending), 0);
        dispatcher = start(store, ONE_GREEDY, 1);
        assert_int_equal(dispatcher_drain(dispatcher), 0);
        dispatcher_stop(dispatcher);
        assert_int_equal(first_seen.count, 60);
        store_close(store);
}

static void the_thread_works_by_itself(void **state)
{
        struct store *store = open_store(0);
        struct dispatcher *dispatcher = start(store, ONE, 1);
        uint64_t first = 0, last = 0;

        (void)state;
        forget();
        append_numbered(store, 1, 3);
        while (first != 3) /* trimmed to the newest: handled; the test's own limit is the only one */
                outbox_bounds(store, &first, &last);
        while (dispatcher_lag(dispatcher) != 0)
                ;
        dispatcher_stop(dispatcher);
        dispatcher_stop(NULL);
        assert_int_equal(first_seen.count, 3);
        store_close(store);
}

static void *keep_appending(void *arg)
{
        struct store *store = arg;

        for (unsigned int i = 1; i <= 3000; i++)
                append_numbered(store, i, 1);
        return NULL;
}

static void a_drain_ends_while_events_keep_coming(void **state)
{
        struct store *store = open_store(0);
        struct dispatcher *dispatcher = start(store, BOTH, 2);
        pthread_t thread;

        (void)state;
        forget();
        assert_int_equal(pthread_create(&thread, NULL, keep_appending, store), 0);
        for (int i = 0; i < 20; i++)
                assert_int_equal(dispatcher_drain(dispatcher), 0);
        pthread_join(thread, NULL);
        assert_int_equal(dispatcher_drain(dispatcher), 0);
        dispatcher_stop(dispatcher);
        assert_int_equal(first_seen.count, 3000);
        assert_int_equal(second_seen.count, 3000);
        assert_int_equal(first_seen.out_of_order + second_seen.out_of_order, 0);
        store_close(store);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_drain_hands_on_everything),
                cmocka_unit_test(cursors_outlive_the_dispatcher),
                cmocka_unit_test(handled_events_are_trimmed_and_numbers_go_on),
                cmocka_unit_test(a_failing_handler_gets_its_events_again),
                cmocka_unit_test(a_subscriber_that_fails_holds_up_nobody_and_loses_nothing),
                cmocka_unit_test(a_new_subscriber_starts_with_what_is_there),
                cmocka_unit_test(an_unreadable_event_is_passed_over_once),
                cmocka_unit_test(large_events_do_not_fail_for_their_sum),
                cmocka_unit_test(the_thread_works_by_itself),
                cmocka_unit_test(a_drain_ends_while_events_keep_coming),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
