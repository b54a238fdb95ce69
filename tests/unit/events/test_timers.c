/* Timers: in the order of their hours, each done once with what it does, and none holds up another. */
#include "fixture.h"

#include "events/setbacks.h"
#include "events/timers.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <unistd.h>

#define DAY MS_PER_DAY

/* -- What fires, on the store's thread, and what is seen of it */

#define FIRED_MAX 4096

struct fired {
        char name[32], subject[TIMER_SUBJECT_MAX + 1];
        int64_t due_ms, now_ms;
};

struct bench {
        struct store *store;
        struct clock clock;
        struct timers *timers;
        int64_t start_ms;

        pthread_mutex_t lock;
        struct fired fired[FIRED_MAX]; /* those that were done, in order */
        unsigned int count;
        unsigned int refused; /* how often those were tried that fail */
        bool fails_no_more;
};

static void keep(struct bench *bench, const struct timer *timer, int64_t now_ms)
{
        struct fired *fired;

        pthread_mutex_lock(&bench->lock);
        assert_in_range(bench->count, 0, FIRED_MAX - 1);
        fired = &bench->fired[bench->count++];
        assert_int_equal(str_to_buffer(timer->name, fired->name, sizeof(fired->name)), 0);
        assert_int_equal(str_to_buffer(timer->subject, fired->subject, sizeof(fired->subject)), 0);
        fired->due_ms = timer->due_ms;
        fired->now_ms = now_ms;
        pthread_mutex_unlock(&bench->lock);
}

static int refuse(struct bench *bench, struct txn *txn)
{
        bool fails;

        pthread_mutex_lock(&bench->lock);
        fails = !bench->fails_no_more;
        bench->refused += fails;
        pthread_mutex_unlock(&bench->lock);
        assert_int_equal(txn_put(txn, STR("done by one that fails"), STR("1")), 0);
        return fails ? -EIO : 0;
}

/* A chain sets the next of it, an hour later; its subject counts down. */
static int set_next(struct txn *txn, const struct timer *timer)
{
        struct timer next = *timer;
        char subject[24];
        uint64_t left;

        assert_int_equal(str_to_u64(timer->subject, &left), 0);
        if (left == 0)
                return 0;
        (void)snprintf(subject, sizeof(subject), "%llu", (unsigned long long)(left - 1));
        next.subject = str_of(subject);
        next.due_ms += 3600 * MS_PER_S;
        return timer_set(txn, &next);
}

/* Work that never ends, piece by piece. */
static int set_again(struct txn *txn, const struct timer *timer, int64_t now_ms)
{
        const struct timer again = {.due_ms = now_ms, .name = timer->name, .subject = timer->subject};

        return timer_set(txn, &again);
}

static int fire(void *arg, struct txn *txn, const struct timer *timer, int64_t now_ms, void *prepared)
{
        struct bench *bench = arg;

        (void)prepared;
        if (str_eq(timer->name, STR("t.Endless")))
                return set_again(txn, timer, now_ms);
        if (str_eq(timer->name, STR("t.Fails")))
                TRY(refuse(bench, txn));
        if (str_eq(timer->name, STR("t.Chain")))
                TRY(set_next(txn, timer));
        keep(bench, timer, now_ms);
        return 0;
}

/* -- Setting up */

static void start(struct bench *bench)
{
        const struct timers_options options = {
                .store = bench->store, .clock = &bench->clock, .fire = fire, .arg = bench};

        assert_int_equal(timers_start(&options, &bench->timers), 0);
}

static int bench_open(void **state)
{
        struct bench *bench = calloc(1, sizeof(*bench));

        assert_non_null(bench);
        pthread_mutex_init(&bench->lock, NULL);
        bench->store = open_store(0);
        bench->start_ms = clock_now_ms(&bench->clock);
        start(bench);
        *state = bench;
        return 0;
}

static int bench_close(void **state)
{
        struct bench *bench = *state;

        timers_stop(bench->timers);
        timers_stop(NULL);
        store_close(bench->store);
        pthread_mutex_destroy(&bench->lock);
        free(bench);
        return 0;
}

struct change {
        const struct timer *timer;
        bool take_back;
};

static int apply(struct txn *txn, void *arg)
{
        const struct change *change = arg;

        return change->take_back ? timer_take_back(txn, change->timer) : timer_set(txn, change->timer);
}

static int try_set(struct store *store, int64_t due_ms, struct str name, struct str subject)
{
        const struct timer timer = {due_ms, name, subject};
        struct change change = {.timer = &timer};

        return store_write(store, apply, &change);
}

static void set(struct bench *bench, int64_t after_ms, const char *name, const char *subject)
{
        assert_int_equal(try_set(bench->store, bench->start_ms + after_ms, str_of(name), str_of(subject)), 0);
}

static void take_back(struct bench *bench, int64_t after_ms, const char *name, const char *subject)
{
        const struct timer timer = {bench->start_ms + after_ms, str_of(name), str_of(subject)};
        struct change change = {.timer = &timer, .take_back = true};

        assert_int_equal(store_write(bench->store, apply, &change), 0);
}

struct advance {
        struct bench *bench;
        int64_t ms;
};

static int move_clock(void *arg)
{
        const struct advance *advance = arg;

        clock_advance(&advance->bench->clock, advance->ms);
        return 0;
}

static int advance(struct bench *bench, int64_t ms)
{
        struct advance by = {bench, ms};

        return timers_advance(bench->timers, move_clock, &by);
}

static int stay(void *arg)
{
        (void)arg;
        return 0;
}

/* Whatever is due now is done when this returns. */
static int do_what_is_due(struct bench *bench)
{
        return timers_advance(bench->timers, stay, NULL);
}

static void assert_fired(struct bench *bench, const char *subjects)
{
        char found[1024];
        size_t len = 0;

        pthread_mutex_lock(&bench->lock);
        found[0] = '\0';
        for (unsigned int i = 0; i < bench->count && len < sizeof(found); i++)
                len += (size_t)snprintf(found + len, sizeof(found) - len, "%s ", bench->fired[i].subject);
        pthread_mutex_unlock(&bench->lock);
        assert_string_equal(found, subjects);
}

/* Nobody asks: the thread looks by itself. */
static void await_fired(struct bench *bench, unsigned int wanted)
{
        unsigned int count = 0;

        while (count < wanted) {
                usleep(1000);
                pthread_mutex_lock(&bench->lock);
                count = bench->count;
                pthread_mutex_unlock(&bench->lock);
        }
}

/* -- Tests */

static void in_the_order_of_their_hours(void **state)
{
        struct bench *bench = *state;

        set(bench, 3 * DAY, "t.B", "third");
        set(bench, 1 * DAY, "t.Z", "first");
        set(bench, 2 * DAY, "t.A", "second");
        set(bench, 2 * DAY, "t.AB", "next");    /* of one hour: by name, */
        set(bench, 2 * DAY, "t.AB", "nextest"); /* then by subject */
        set(bench, 40 * DAY, "t.A", "not yet");
        set(bench, 4 * DAY, "t.B", "");
        assert_int_equal(do_what_is_due(bench), 0);
        assert_fired(bench, "");
        assert_int_equal(advance(bench, 5 * DAY), 0);
        assert_fired(bench, "first second next nextest third  ");
        assert_int_equal(advance(bench, DAY), 0);
        assert_fired(bench, "first second next nextest third  ");
        assert_int_equal(advance(bench, 50 * DAY), 0);
        assert_fired(bench, "first second next nextest third  not yet ");
}

static void names_and_subjects_come_back_whole(void **state)
{
        static char longest[TIMER_SUBJECT_MAX + 1];
        struct bench *bench = *state;

        memset(longest, 's', TIMER_SUBJECT_MAX);
        set(bench, 1000, "kms.DeleteKey", longest);
        assert_int_equal(advance(bench, 2000), 0);
        assert_int_equal(bench->count, 1);
        assert_string_equal(bench->fired[0].name, "kms.DeleteKey");
        assert_string_equal(bench->fired[0].subject, longest);
        assert_int_equal(bench->fired[0].due_ms, bench->start_ms + 1000);
}

static void set_twice_is_set_once(void **state)
{
        struct bench *bench = *state;

        set(bench, 1000, "t.A", "one");
        set(bench, 1000, "t.A", "one");
        set(bench, 2000, "t.A", "one"); /* another hour is another timer */
        assert_int_equal(advance(bench, 5000), 0);
        assert_fired(bench, "one one ");
        assert_int_equal(advance(bench, 5000), 0);
        assert_fired(bench, "one one ");
}

static void taken_back_twice(void **state)
{
        struct bench *bench = *state;

        set(bench, 1000, "t.A", "one");
        take_back(bench, 1001, "t.A", "one"); /* not this one */
        take_back(bench, 1000, "t.B", "one");
        take_back(bench, 1000, "t.A", "on");
        set(bench, 3000, "t.A", "gone");
        take_back(bench, 3000, "t.A", "gone");
        take_back(bench, 3000, "t.A", "gone");
        assert_int_equal(advance(bench, 5000), 0);
        assert_fired(bench, "one ");
        take_back(bench, 1000, "t.A", "one"); /* what was done already */
        set(bench, 6000, "t.A", "again");     /* and what was taken back may be set again */
        set(bench, 3000, "t.A", "gone");
        assert_int_equal(advance(bench, 5000), 0);
        assert_fired(bench, "one gone again ");
}

static void what_can_not_be_set(void **state)
{
        static char too_long[STORE_KEY_MAX + 1];
        struct bench *bench = *state;
        struct store *store = bench->store;

        memset(too_long, 'x', sizeof(too_long));
        assert_int_equal(try_set(store, -1, STR("t.A"), STR("s")), -EINVAL);
        assert_int_equal(try_set(store, INT64_MIN, STR("t.A"), STR("s")), -EINVAL);
        assert_int_equal(try_set(store, 0, STR("t.\0A"), STR("s")), -EINVAL);
        assert_int_equal(try_set(store, 0, STR("\0"), STR("s")), -EINVAL);
        assert_int_equal(try_set(store, 0, STR("t.A"), str_make(too_long, TIMER_SUBJECT_MAX + 1)), -EINVAL);
        assert_int_equal(try_set(store, 0, str_make(too_long, sizeof(too_long)), STR("s")), -EINVAL);
        assert_int_equal(try_set(store, 0, str_make(too_long, 200), str_make(too_long, 300)), -EINVAL);
        assert_int_equal(do_what_is_due(bench), 0);
        assert_fired(bench, "");
        /* What can: the first and the last hour, and an absent subject. */
        assert_int_equal(try_set(store, INT64_MAX, STR("t.A"), STR("never")), 0);
        assert_int_equal(try_set(store, 0, STR("t.A"), STR("early")), 0);
        assert_int_equal(try_set(store, 1, STR("t.A"), STR_NONE), 0);
        assert_int_equal(do_what_is_due(bench), 0);
        assert_fired(bench, "early  ");
}

/* A zero byte in a subject is one of its bytes. */
static void subjects_are_bytes(void **state)
{
        struct bench *bench = *state;

        assert_int_equal(try_set(bench->store, 0, STR("t.A"), STR("a\0b")), 0);
        assert_int_equal(try_set(bench->store, 0, STR("t.A"), STR("a")), 0);
        assert_int_equal(do_what_is_due(bench), 0);
        assert_int_equal(bench->count, 2);
        assert_string_equal(bench->fired[0].subject, "a");
        assert_memory_equal(bench->fired[1].subject, "a\0b", 3);
}

static void one_that_fails_stays_and_holds_up_nobody(void **state)
{
        struct bench *bench = *state;
        struct txn *txn;
        struct str value;

        set(bench, 1 * DAY, "t.A", "before");
        set(bench, 2 * DAY, "t.Fails", "fails");
        set(bench, 3 * DAY, "t.A", "after");
        set(bench, 9 * DAY, "t.A", "later");
        assert_int_equal(advance(bench, 5 * DAY), -EIO);
        assert_fired(bench, "before after ");
        /* Nothing that it did stays. */
        assert_int_equal(store_read_begin(bench->store, &txn), 0);
        assert_int_equal(txn_get(txn, STR("done by one that fails"), &value), -ENOENT);
        store_read_end(txn);
        /* The clock is moved on all the same, now and ever after. */
        assert_true(clock_now_ms(&bench->clock) >= bench->start_ms + 5 * DAY);
        assert_int_equal(advance(bench, 5 * DAY), -EIO);
        assert_true(clock_now_ms(&bench->clock) >= bench->start_ms + 10 * DAY);
        assert_fired(bench, "before after later ");
        assert_true(bench->refused >= 2);
        pthread_mutex_lock(&bench->lock);
        bench->fails_no_more = true;
        pthread_mutex_unlock(&bench->lock);
        assert_int_equal(do_what_is_due(bench), 0);
        assert_fired(bench, "before after later fails ");
        assert_int_equal(do_what_is_due(bench), 0);
        assert_fired(bench, "before after later fails ");
}

/* It is tried less and less often: as one of all it would be tried as often as others are done. */
static void others_do_not_wait_for_one_that_fails(void **state)
{
        struct bench *bench = *state;

        set(bench, 0, "t.Fails", "fails");
        for (unsigned int done = 0; done < 40;) {
                char subject[24];

                (void)snprintf(subject, sizeof(subject), "%u", done);
                set(bench, 0, "t.A", subject);
                await_fired(bench, ++done);
        }
        pthread_mutex_lock(&bench->lock);
        assert_in_range(bench->refused, 1, 20); /* at 0, 1, 3, 7, 15, 31, 63 ... seconds */
        bench->fails_no_more = true;
        pthread_mutex_unlock(&bench->lock);
        assert_int_equal(do_what_is_due(bench), 0);
        assert_int_equal(bench->count, 41);
        assert_string_equal(bench->fired[40].subject, "fails");
}

/* More than are kept in mind. */
static void others_come_to_be_done_behind_many_that_fail(void **state)
{
        struct bench *bench = *state;
        char subject[24];

        set(bench, 0, "t.A", "front");
        for (unsigned int i = 0; i < SETBACKS + 100; i++) {
                (void)snprintf(subject, sizeof(subject), "%u", i);
                set(bench, 1, "t.Fails", subject);
        }
        set(bench, 2, "t.A", "behind");
        await_fired(bench, 2);
        assert_fired(bench, "front behind ");
}

static int damage(struct txn *txn, void *arg)
{
        (void)arg;
        TRY(txn_put(txn, STR("\xfetimer"), STR("1")));
        TRY(txn_put(txn, STR("\xfetimer\0\0"), STR("1")));
        TRY(txn_put(txn, STR("\xfetimer\0\0\0\0\0\0\0\1no zero byte"), STR("1")));
        return txn_put(txn, STR("\xfetimer\xff\xff\xff\xff\xff\xff\xff\xfft.A\0after the end of time"),
                       STR("1"));
}

/* No program writes these, and whoever finds them need not be stopped by them. */
static void rows_that_cannot_be_read_are_passed_over(void **state)
{
        struct bench *bench = *state;

        assert_int_equal(store_write(bench->store, damage, NULL), 0);
        set(bench, 1000, "t.A", "sound");
        assert_int_equal(advance(bench, 5000), 0);
        assert_fired(bench, "sound ");
}

static void each_in_its_own_hour(void **state)
{
        struct bench *bench = *state;

        set(bench, 1 * DAY, "t.A", "a");
        set(bench, 20 * DAY, "t.A", "b");
        set(bench, 400 * DAY, "t.A", "c");
        assert_int_equal(advance(bench, 500 * DAY), 0);
        assert_fired(bench, "a b c ");
        for (unsigned int i = 0; i < 3; i++)
                assert_int_equal(bench->fired[i].now_ms, bench->fired[i].due_ms);
        /* What is overdue without an advance is done now, in the hour of the clock. */
        set(bench, 2 * DAY, "t.A", "d");
        assert_int_equal(do_what_is_due(bench), 0);
        assert_int_equal(bench->count, 4);
        assert_true(bench->fired[3].now_ms >= bench->start_ms + 500 * DAY);
}

static void what_a_timer_sets_is_done_too(void **state)
{
        struct bench *bench = *state;

        set(bench, 0, "t.Chain", "240"); /* ten days of hours */
        set(bench, 5 * DAY, "t.A", "between");
        assert_int_equal(advance(bench, 10 * DAY + 1000), 0);
        assert_int_equal(bench->count, 242);
        for (unsigned int i = 1; i < bench->count; i++)
                assert_true(bench->fired[i - 1].due_ms <= bench->fired[i].due_ms);
        assert_string_equal(bench->fired[241].subject, "0");
        assert_int_equal(bench->fired[241].due_ms, bench->start_ms + 10 * DAY);
        assert_int_equal(bench->fired[241].now_ms, bench->start_ms + 10 * DAY);
}

static bool has_fired(struct bench *bench)
{
        bool has;

        pthread_mutex_lock(&bench->lock);
        has = bench->count > 0;
        pthread_mutex_unlock(&bench->lock);
        return has;
}

/* Neither other timers nor the end, at the test's own, wait for it. */
static void what_sets_itself_again_holds_up_nobody(void **state)
{
        struct bench *bench = *state;

        set(bench, 0, "t.Endless", "");
        set(bench, 500, "t.Other", "after it");
        while (!has_fired(bench))
                (void)usleep(10 * 1000);
        assert_fired(bench, "after it ");
}

static int refuse_to_move(void *arg)
{
        (void)arg;
        return -EROFS;
}

static void a_clock_that_does_not_move(void **state)
{
        struct bench *bench = *state;

        set(bench, -1000, "t.A", "due");
        set(bench, DAY, "t.A", "not due");
        assert_int_equal(timers_advance(bench->timers, refuse_to_move, NULL), -EROFS);
        assert_fired(bench, "due ");
}

/* -- A timer that is taken back when it was seen to be due already: a write before its own does it. */

struct late {
        struct store_job job;
        struct bench *bench;
        const struct timer *timer;
        _Atomic bool runs;
};

static int take_back_late(struct store_job *job, struct txn *txn)
{
        struct late *late = (struct late *)(void *)job;
        struct store_stats stats = {};

        atomic_store(&late->runs, true);
        /* The writer's thread is this one: what is queued now waits behind this job. */
        while (stats.queue_length == 0) {
                usleep(100);
                store_get_stats(late->bench->store, &stats);
        }
        return timer_take_back(txn, late->timer);
}

static void ignore(struct store_job *job, int result)
{
        (void)job;
        assert_int_equal(result, 0);
}

static void taken_back_between_look_and_work(void **state)
{
        struct bench *bench = *state;
        const struct timer timer = {bench->start_ms + DAY, STR("t.A"), STR("taken back")};
        struct late late = {.job = {.run = take_back_late, .done = ignore}, .bench = bench, .timer = &timer};

        set(bench, DAY, "t.A", "taken back");
        set(bench, DAY, "t.B", "stays");
        store_submit(bench->store, &late.job);
        while (!atomic_load(&late.runs))
                usleep(100);
        assert_int_equal(advance(bench, 2 * DAY), 0);
        assert_fired(bench, "stays ");
}

static int set_and_fail(struct txn *txn, void *arg)
{
        TRY(apply(txn, arg));
        return -ECANCELED;
}

static void with_what_it_belongs_to(void **state)
{
        struct bench *bench = *state;
        const struct timer timer = {bench->start_ms, STR("t.A"), STR("never set")};
        struct change change = {.timer = &timer};

        assert_int_equal(store_write(bench->store, set_and_fail, &change), -ECANCELED);
        assert_int_equal(do_what_is_due(bench), 0);
        assert_fired(bench, "");
}

static void by_themselves(void **state)
{
        struct bench *bench = *state;

        set(bench, -5, "t.A", "one");
        set(bench, 100, "t.A", "two");
        await_fired(bench, 2);
        assert_fired(bench, "one two ");
        assert_true(bench->fired[1].now_ms >= bench->start_ms + 100);
}

static void many_at_once(void **state)
{
        struct bench *bench = *state;

        for (unsigned int i = 0; i < 1000; i++) {
                char subject[16];

                (void)snprintf(subject, sizeof(subject), "%u", i);
                set(bench, DAY + (i * 7919) % 1000, "t.A", subject);
        }
        assert_int_equal(advance(bench, 2 * DAY), 0);
        assert_int_equal(bench->count, 1000);
        for (unsigned int i = 1; i < 1000; i++)
                assert_true(bench->fired[i - 1].due_ms < bench->fired[i].due_ms);
}

/* While the store's writer is held up, what is due gathers before it, to go on in one commit. */
struct hold {
        struct store_job job;
        sem_t is_over;
};

static int wait_for_end(struct store_job *job, struct txn *txn)
{
        (void)txn;
        while (sem_wait(&((struct hold *)job)->is_over) < 0)
                ;
        return 0;
}

static unsigned int count_fired(struct bench *bench)
{
        unsigned int count;

        pthread_mutex_lock(&bench->lock);
        count = bench->count;
        pthread_mutex_unlock(&bench->lock);
        return count;
}

static void await_queue(struct bench *bench, uint64_t length)
{
        struct store_stats stats;

        do {
                usleep(1000);
                store_get_stats(bench->store, &stats);
        } while (stats.queue_length < length);
        assert_int_equal(stats.queue_length, length);
}

static void those_of_a_kind_share_a_commit(void **state)
{
        struct bench *bench = *state;
        struct hold hold = {.job = {.run = wait_for_end, .done = ignore}};

        for (unsigned int i = 0; i < 150; i++) {
                char subject[16];

                (void)snprintf(subject, sizeof(subject), "%u", i);
                set(bench, DAY + i, i < 140 ? "t.A" : "t.B", subject);
        }
        assert_int_equal(sem_init(&hold.is_over, 0, 0), 0);
        store_submit(bench->store, &hold.job);
        clock_advance(&bench->clock, 2 * DAY);
        await_queue(bench, 64);
        assert_int_equal(sem_post(&hold.is_over), 0);
        while (count_fired(bench) < 150)
                usleep(1000);
        for (unsigned int i = 0; i < 150; i++)
                assert_int_equal(bench->fired[i].due_ms, bench->start_ms + DAY + i);
        assert_int_equal(sem_destroy(&hold.is_over), 0);
}

/* -- The slow lane: a part before the transaction, on a thread of its own */

struct slow {
        struct bench *bench;
        unsigned int prepared, fired, done, succeeded;
        int error; /* of what is prepared */
        int given; /* what it leaves */
};

static int prepare_slowly(void *arg, const struct timer *timer, int64_t now_ms, void **ret)
{
        struct slow *slow = arg;
        struct txn *txn;

        assert_int_equal(timer->lane, TIMER_SLOW);
        assert_in_range(now_ms, timer->due_ms, INT64_MAX);
        assert_int_equal(store_read_begin(slow->bench->store, &txn), 0); /* there is no other here */
        store_read_end(txn);
        slow->prepared++;
        if (slow->error < 0)
                return slow->error;
        *ret = &slow->given;
        return 0;
}

static int fire_slowly(void *arg, struct txn *txn, const struct timer *timer, int64_t now_ms, void *prepared)
{
        struct slow *slow = arg;

        (void)now_ms;
        assert_ptr_equal(prepared, &slow->given);
        assert_true(txn_is_write(txn));
        slow->fired++;
        return str_eq(timer->name, STR("t.Fails")) ? -EIO : 0;
}

static void done_slowly(void *arg, void *prepared, bool succeeded)
{
        struct slow *slow = arg;

        assert_true(prepared == &slow->given || (!prepared && !succeeded));
        slow->done++;
        slow->succeeded += succeeded;
}

static int set_slow(struct txn *txn, void *arg)
{
        const struct timer timer = {
                .due_ms = 1, .name = str_of(arg), .subject = STR("s"), .lane = TIMER_SLOW};

        return timer_set(txn, &timer);
}

static struct timers *start_slow(struct slow *slow)
{
        const struct timers_options options = {
                .store = slow->bench->store,
                .clock = &slow->bench->clock,
                .lane = TIMER_SLOW,
                .prepare = prepare_slowly,
                .fire = fire_slowly,
                .done = done_slowly,
                .arg = slow,
        };
        struct timers *timers;

        assert_int_equal(timers_start(&options, &timers), 0);
        return timers;
}

static void a_lane_for_what_takes_long(void **state)
{
        struct slow slow = {.bench = *state};
        struct timers *timers;

        assert_int_equal(store_write(slow.bench->store, set_slow, (void *)(uintptr_t) "t.Slow"), 0);
        assert_int_equal(do_what_is_due(slow.bench), 0);
        assert_int_equal(slow.bench->count, 0); /* it is not the other lane's */
        timers = start_slow(&slow);
        assert_int_equal(timers_advance(timers, NULL, NULL), 0);
        assert_int_equal(timers_advance(timers, NULL, NULL), 0);
        timers_stop(timers);
        assert_int_equal(slow.prepared, 1);
        assert_int_equal(slow.fired, 1);
        assert_int_equal(slow.done, 1);
        assert_int_equal(slow.succeeded, 1);
}

static void what_was_prepared_for_nothing_is_told_so(void **state)
{
        struct slow slow = {.bench = *state};
        struct timers *timers;

        assert_int_equal(store_write(slow.bench->store, set_slow, (void *)(uintptr_t) "t.Fails"), 0);
        timers = start_slow(&slow);
        assert_int_equal(timers_advance(timers, NULL, NULL), -EIO);
        timers_stop(timers);
        assert_in_range(slow.fired, 1, 100);
        assert_int_equal(slow.done, slow.fired);
        assert_int_equal(slow.succeeded, 0);
}

static void what_cannot_be_prepared_does_not_fire(void **state)
{
        struct slow slow = {.bench = *state, .error = -ENOSPC};
        struct timers *timers;

        assert_int_equal(store_write(slow.bench->store, set_slow, (void *)(uintptr_t) "t.Slow"), 0);
        timers = start_slow(&slow);
        assert_int_equal(timers_advance(timers, NULL, NULL), -ENOSPC);
        slow.error = 0;
        assert_int_equal(timers_advance(timers, NULL, NULL), 0);
        timers_stop(timers);
        assert_int_equal(slow.fired, 1);
        assert_int_equal(slow.succeeded, 1);
}

/* -- On disk */

static struct store *open_folder(const char *folder)
{
        const struct store_options options = {.engine = STORE_LMDB,
                                              .folder = folder,
                                              .max_bytes = (size_t)64 << 20,
                                              .unsafe_no_sync = true};
        char problem[STORE_PROBLEM_MAX] = "";
        struct store *store;

        assert_int_equal(store_open(&options, &store, problem), 0);
        return store;
}

static void remove_folder(const char *folder)
{
        static const char *const NAMES[] = {"store.mdb", "store.mdb-lock", "store.lock"};
        char path[256];

        for (size_t i = 0; i < ARRAY_LEN(NAMES); i++) {
                (void)snprintf(path, sizeof(path), "%s/%s", folder, NAMES[i]);
                (void)unlink(path);
        }
        (void)rmdir(folder);
}

static void they_outlive_the_process(void **state)
{
        struct bench *bench = *state;
        char folder[] = "/tmp/merlon-timers-test-XXXXXX";

        assert_non_null(mkdtemp(folder));
        timers_stop(bench->timers);
        store_close(bench->store);
        bench->store = open_folder(folder);
        set(bench, 1 * DAY, "t.A", "kept");
        set(bench, 2 * DAY, "t.A", "taken back");
        set(bench, -DAY, "t.A", "overdue");
        take_back(bench, 2 * DAY, "t.A", "taken back");
        store_close(bench->store);
        bench->store = open_folder(folder);
        start(bench);
        assert_int_equal(advance(bench, 3 * DAY), 0);
        assert_fired(bench, "overdue kept ");
        timers_stop(bench->timers);
        store_close(bench->store);
        bench->store = open_folder(folder);
        start(bench);
        assert_int_equal(do_what_is_due(bench), 0);
        assert_fired(bench, "overdue kept ");
        timers_stop(bench->timers);
        bench->timers = NULL;
        store_close(bench->store);
        bench->store = NULL;
        remove_folder(folder);
}

#define ON_BENCH(f) cmocka_unit_test_setup_teardown(f, bench_open, bench_close)

/* -- In turns */

struct turns {
        struct bench *bench;
        const char *const (*rows)[3]; /* owner, name, subject */
        size_t count;
};

static int set_for_all(struct txn *txn, void *arg)
{
        const struct turns *turns = arg;

        for (size_t i = 0; i < turns->count; i++) {
                const struct timer timer = {.due_ms = turns->bench->start_ms - 1000 + (int64_t)i,
                                            .name = str_of(turns->rows[i][1]),
                                            .subject = str_of(turns->rows[i][2]),
                                            .lane = TIMER_LONG,
                                            .owner = str_of(turns->rows[i][0])};

                TRY(timer_set(txn, &timer));
        }
        return 0;
}

static void take_turns(struct turns *turns, unsigned int fired)
{
        struct bench *bench = turns->bench;
        const struct timers_options options = {.store = bench->store,
                                               .clock = &bench->clock,
                                               .lane = TIMER_LONG,
                                               .is_fair = true,
                                               .prepare = NULL,
                                               .fire = fire,
                                               .arg = bench};
        struct timers *fair;

        assert_int_equal(store_write(bench->store, set_for_all, turns), 0);
        assert_int_equal(timers_start(&options, &fair), 0);
        for (unsigned int count = 0; count < fired;) {
                usleep(1000);
                pthread_mutex_lock(&bench->lock);
                count = bench->count;
                pthread_mutex_unlock(&bench->lock);
        }
        timers_stop(fair);
}

static void owners_take_turns(void **state)
{
        static const char *const ROWS[][3] = {
                {"111", "t.A", "a1"}, {"111", "t.A", "a2"}, {"111", "t.A", "a3"},
                {"111", "t.A", "a4"}, {"", "t.A", "n1"},    {"333", "t.A", "c1"},
                {"222", "t.A", "b1"}, {"", "t.A", "n2"},    {"222", "t.A", "b2"}};
        const struct timer too_long = {.name = STR("t.A"), .owner = STR("12345678901234567")};
        struct turns turns = {*state, ROWS, ARRAY_LEN(ROWS)};
        struct change change = {.timer = &too_long};

        assert_int_equal(store_write(turns.bench->store, apply, &change), -EINVAL);
        take_turns(&turns, 9);
        assert_fired(turns.bench, "a1 b1 c1 n1 a2 b2 n2 a3 a4 ");
}

/* What one of them cannot have done takes no turn of the others. */
static void owners_take_turns_behind_one_that_fails(void **state)
{
        static const char *const ROWS[][3] = {
                {"111", "t.Fails", "f"}, {"222", "t.A", "b1"}, {"222", "t.A", "b2"}, {"222", "t.A", "b3"},
                {"333", "t.A", "c1"},    {"333", "t.A", "c2"}, {"333", "t.A", "c3"}};
        struct turns turns = {*state, ROWS, ARRAY_LEN(ROWS)};

        take_turns(&turns, 6);
        assert_fired(turns.bench, "b1 c1 b2 c2 b3 c3 ");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                ON_BENCH(in_the_order_of_their_hours),
                ON_BENCH(owners_take_turns),
                ON_BENCH(owners_take_turns_behind_one_that_fails),
                ON_BENCH(names_and_subjects_come_back_whole),
                ON_BENCH(set_twice_is_set_once),
                ON_BENCH(taken_back_twice),
                ON_BENCH(what_can_not_be_set),
                ON_BENCH(subjects_are_bytes),
                ON_BENCH(one_that_fails_stays_and_holds_up_nobody),
                ON_BENCH(others_do_not_wait_for_one_that_fails),
                ON_BENCH(others_come_to_be_done_behind_many_that_fail),
                ON_BENCH(rows_that_cannot_be_read_are_passed_over),
                ON_BENCH(each_in_its_own_hour),
                ON_BENCH(what_a_timer_sets_is_done_too),
                ON_BENCH(what_sets_itself_again_holds_up_nobody),
                ON_BENCH(a_clock_that_does_not_move),
                ON_BENCH(taken_back_between_look_and_work),
                ON_BENCH(with_what_it_belongs_to),
                ON_BENCH(by_themselves),
                ON_BENCH(many_at_once),
                ON_BENCH(those_of_a_kind_share_a_commit),
                ON_BENCH(a_lane_for_what_takes_long),
                ON_BENCH(what_was_prepared_for_nothing_is_told_so),
                ON_BENCH(what_cannot_be_prepared_does_not_fire),
                ON_BENCH(they_outlive_the_process),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
