/* Couriers: each timer carried once, many at once, few for one recipient, and nobody waits for who is slow.
 */
#include "fixture.h"

#include "events/couriers.h"

#include <pthread.h>
#include <stdlib.h>

#define AT_ONCE      8
#define AT_ONCE_TO   2
#define AT_ONCE_FROM 6

struct bench {
        struct store *store;
        struct clock clock;
        struct couriers *couriers;
        int64_t start_ms;

        pthread_mutex_t lock;
        pthread_cond_t changed;
        bool is_held;               /* who is "slow" does not answer */
        unsigned int slow, slowest; /* that are under way to him, now and at most */
        unsigned int done, failed, fired, freed;
        char order[4096]; /* of subjects that were fired */
        int64_t last_now_ms;
};

static void wait_for(struct bench *bench, const unsigned int *count, unsigned int least)
{
        pthread_mutex_lock(&bench->lock);
        while (*count < least)
                pthread_cond_wait(&bench->changed, &bench->lock);
        pthread_mutex_unlock(&bench->lock);
}

static void release(struct bench *bench)
{
        pthread_mutex_lock(&bench->lock);
        bench->is_held = false;
        pthread_cond_broadcast(&bench->changed);
        pthread_mutex_unlock(&bench->lock);
}

static int prepare(void *arg, const struct timer *timer, int64_t now_ms, void **ret)
{
        struct bench *bench = arg;
        int r = 0;

        (void)now_ms;
        pthread_mutex_lock(&bench->lock);
        if (str_starts(timer->subject, STR("slow"))) {
                bench->slow++;
                bench->slowest = bench->slow > bench->slowest ? bench->slow : bench->slowest;
                pthread_cond_broadcast(&bench->changed);
                while (bench->is_held)
                        pthread_cond_wait(&bench->changed, &bench->lock);
                bench->slow--;
        }
        if (str_starts(timer->subject, STR("fails")) && bench->failed++ < 1)
                r = -EIO;
        pthread_cond_broadcast(&bench->changed);
        pthread_mutex_unlock(&bench->lock);
        *ret = bench;
        return r;
}

static int fire(void *arg, struct txn *txn, const struct timer *timer, int64_t now_ms, void *prepared)
{
        struct bench *bench = arg;
        uint64_t left;

        assert_ptr_equal(prepared, bench);
        if (str_starts(timer->subject, STR("chain "))) {
                char subject[32];
                struct timer next = *timer;

                assert_int_equal(str_to_u64(str_from(timer->subject, 6), &left), 0);
                (void)snprintf(subject, sizeof(subject), "chain %u", (unsigned int)left - 1);
                next.subject = str_of(subject);
                next.due_ms = now_ms + 1000;
                if (left > 0)
                        TRY(timer_set(txn, &next));
        }
        pthread_mutex_lock(&bench->lock);
        bench->fired++;
        bench->last_now_ms = now_ms;
        (void)snprintf(bench->order + strlen(bench->order), sizeof(bench->order) - strlen(bench->order),
                       "%.*s;", STR_ARG(timer->subject));
        pthread_cond_broadcast(&bench->changed);
        pthread_mutex_unlock(&bench->lock);
        return 0;
}

static void done(void *arg, void *prepared, bool succeeded)
{
        struct bench *bench = arg;

        (void)prepared;
        pthread_mutex_lock(&bench->lock);
        bench->done += succeeded;
        bench->freed++;
        pthread_cond_broadcast(&bench->changed);
        pthread_mutex_unlock(&bench->lock);
}

static void start(struct bench *bench)
{
        const struct couriers_options options = {.timers = {.store = bench->store,
                                                            .clock = &bench->clock,
                                                            .lane = TIMER_OUT,
                                                            .prepare = prepare,
                                                            .fire = fire,
                                                            .done = done,
                                                            .arg = bench},
                                                 .at_once = AT_ONCE,
                                                 .at_once_to = AT_ONCE_TO,
                                                 .at_once_from = AT_ONCE_FROM};

        assert_int_equal(couriers_start(&options, &bench->couriers), 0);
}

static int open_bench(void **state)
{
        struct bench *bench = calloc(1, sizeof(*bench));

        assert_non_null(bench);
        pthread_mutex_init(&bench->lock, NULL);
        pthread_cond_init(&bench->changed, NULL);
        bench->store = open_store(0);
        bench->start_ms = clock_now_ms(&bench->clock);
        start(bench);
        *state = bench;
        return 0;
}

static int close_bench(void **state)
{
        struct bench *bench = *state;

        couriers_stop(bench->couriers);
        couriers_stop(NULL);
        store_close(bench->store);
        pthread_cond_destroy(&bench->changed);
        pthread_mutex_destroy(&bench->lock);
        free(bench);
        return 0;
}

static int put(struct txn *txn, void *arg)
{
        return timer_set(txn, arg);
}

static int take_back(struct txn *txn, void *arg)
{
        return timer_take_back(txn, arg);
}

static struct timer timer_of(const struct bench *bench, int64_t after_ms, const char *subject)
{
        return (struct timer){.due_ms = bench->start_ms + after_ms,
                              .name = STR("t.Send"),
                              .subject = str_of(subject),
                              .lane = TIMER_OUT};
}

static void set(struct bench *bench, int64_t after_ms, const char *subject)
{
        struct timer timer = timer_of(bench, after_ms, subject);

        assert_int_equal(store_write(bench->store, put, &timer), 0);
}

static int advance_day(void *arg)
{
        struct bench *bench = arg;

        clock_advance(&bench->clock, MS_PER_DAY);
        return 0;
}

/* -- Tests */

static void each_once(void **state)
{
        struct bench *bench = *state;
        char subject[32];

        for (unsigned int i = 0; i < 200; i++) {
                (void)snprintf(subject, sizeof(subject), "r%u s%u %u", i % 7, i % 3, i);
                set(bench, -1, subject);
        }
        wait_for(bench, &bench->done, 200);
        assert_int_equal(couriers_advance(bench->couriers, NULL, NULL), 0);
        assert_int_equal(bench->fired, 200);
        assert_int_equal(bench->freed, 200);
}

static void who_is_slow_keeps_nobody_waiting(void **state)
{
        struct bench *bench = *state;
        char subject[32];

        bench->is_held = true;
        for (unsigned int i = 0; i < 100; i++) {
                (void)snprintf(subject, sizeof(subject), "slow a %u", i);
                set(bench, -1000, subject);
        }
        wait_for(bench, &bench->slow, AT_ONCE_TO);
        for (unsigned int i = 0; i < 50; i++) {
                (void)snprintf(subject, sizeof(subject), "quick b %u", i);
                set(bench, -1, subject);
        }
        wait_for(bench, &bench->done, 50);
        assert_int_equal(bench->slow, AT_ONCE_TO);
        release(bench);
        wait_for(bench, &bench->done, 150);
        assert_int_equal(bench->slowest, AT_ONCE_TO);
}

static void a_sender_with_many_recipients(void **state)
{
        struct bench *bench = *state;
        char subject[32];

        bench->is_held = true;
        for (unsigned int i = 0; i < 100; i++) {
                (void)snprintf(subject, sizeof(subject), "slow%u a %u", i, i);
                set(bench, -1000, subject);
        }
        wait_for(bench, &bench->slow, AT_ONCE_FROM);
        set(bench, -1, "quick b 1");
        wait_for(bench, &bench->done, 1);
        assert_int_equal(bench->slow, AT_ONCE_FROM);
        release(bench);
        wait_for(bench, &bench->done, 101);
        assert_int_equal(bench->slowest, AT_ONCE_FROM);
}

static void taken_back_on_the_way(void **state)
{
        struct bench *bench = *state;
        struct timer timer = timer_of(bench, -1, "slow 1");

        bench->is_held = true;
        set(bench, -1, "slow 1");
        wait_for(bench, &bench->slow, 1);
        assert_int_equal(store_write(bench->store, take_back, &timer), 0);
        release(bench);
        wait_for(bench, &bench->done, 1);
        assert_int_equal(bench->fired, 0);
}

static void what_fails_is_tried_again(void **state)
{
        struct bench *bench = *state;

        set(bench, -2, "fails 1");
        set(bench, -1, "other");
        wait_for(bench, &bench->done, 2);
        assert_string_equal(bench->order, "other;fails 1;");
        assert_int_equal(bench->freed, 3);
}

static void a_clock_that_moves(void **state)
{
        struct bench *bench = *state;

        set(bench, 5000, "chain 3");
        set(bench, 6500, "b");
        set(bench, MS_PER_DAY * 2, "later");
        assert_int_equal(couriers_advance(bench->couriers, advance_day, bench), 0);
        assert_string_equal(bench->order, "chain 3;chain 2;b;chain 1;chain 0;");
        assert_int_equal(bench->last_now_ms, bench->start_ms + 8000);
        assert_int_equal(couriers_advance(bench->couriers, advance_day, bench), 0);
        assert_true(str_ends(str_of(bench->order), STR("later;")));
}

static void what_is_not_done_is_there_at_the_next_start(void **state)
{
        struct bench *bench = *state;

        couriers_stop(bench->couriers);
        set(bench, -1, "a");
        start(bench);
        wait_for(bench, &bench->done, 1);
        assert_string_equal(bench->order, "a;");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(each_once, open_bench, close_bench),
                cmocka_unit_test_setup_teardown(who_is_slow_keeps_nobody_waiting, open_bench, close_bench),
                cmocka_unit_test_setup_teardown(a_sender_with_many_recipients, open_bench, close_bench),
                cmocka_unit_test_setup_teardown(taken_back_on_the_way, open_bench, close_bench),
                cmocka_unit_test_setup_teardown(what_fails_is_tried_again, open_bench, close_bench),
                cmocka_unit_test_setup_teardown(a_clock_that_moves, open_bench, close_bench),
                cmocka_unit_test_setup_teardown(what_is_not_done_is_there_at_the_next_start, open_bench,
                                                close_bench),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
