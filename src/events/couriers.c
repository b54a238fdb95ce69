#include "events/couriers.h"

#include "base/log.h"
#include "events/setbacks.h"
#include "events/timer_row.h"

#include <assert.h>
#include <pthread.h>

#define PAUSE_MS       30
#define PAUSE_ERROR_MS 1000
/* Rows that one look passes over: those of a recipient who has as many under way as he may. The next goes on
 * behind them. */
#define LOOK_MAX 4096

/* One that is carried. */
struct courier {
        struct couriers *couriers;
        pthread_t thread;
        bool is_busy;
        char room[STORE_KEY_MAX];
        struct str key;
        struct timer timer;
        struct str to, from;
        int64_t now_ms;
        void *prepared;
};

struct couriers {
        struct couriers_options options;
        pthread_t finder;
        pthread_mutex_t lock;
        pthread_cond_t changed; /* somebody is free, or has something to carry, or it is time to stop */
        bool is_stopping, has_more;
        bool is_held;       /* by who advances: nobody begins anything */
        unsigned int count; /* of those who have a thread: as many as were ever needed at once */
        struct courier all[COURIERS_MAX];
        char room[STORE_KEY_MAX];
        struct str after;         /* where the next look goes on; absent: at the start */
        struct setbacks setbacks; /* of rows */
};

/* -- Carrying one */

static int fire(struct txn *txn, void *arg)
{
        const struct courier *courier = arg;
        const struct timers_options *options = &courier->couriers->options.timers;
        int r = txn_delete(txn, courier->key);

        if (r == -ENOENT) /* taken back in the meantime */
                return 0;
        TRY(r);
        return options->fire(options->arg, txn, &courier->timer, courier->now_ms, courier->prepared);
}

static int carry(struct courier *courier)
{
        const struct timers_options *options = &courier->couriers->options.timers;
        int r = options->prepare(options->arg, &courier->timer, courier->now_ms, &courier->prepared);

        if (r == 0)
                r = store_write(options->store, fire, courier);
        if (options->done)
                options->done(options->arg, courier->prepared, r == 0);
        courier->prepared = NULL;
        if (r < 0 && r != -ESHUTDOWN)
                log_errno(LOG_ERROR, r, "what is due could not be done; it is tried again", "timer",
                          courier->timer.name.ptr, NULL);
        return r;
}

/* The recipient is the first, the sender the second. */
static struct str word_of(const struct timer *timer, unsigned int which)
{
        struct str rest = timer->subject, word = STR_NONE;

        while (str_cut(&rest, ' ', &word) && which-- > 0)
                ;
        return word;
}

static int take(struct courier *courier, struct str key, int64_t now_ms)
{
        memcpy(courier->room, key.ptr, key.len);
        courier->key = str_make(courier->room, key.len);
        courier->now_ms = now_ms;
        TRY(timer_row_read(courier->key, courier->couriers->options.timers.lane, &courier->timer));
        courier->to = word_of(&courier->timer, 0);
        courier->from = word_of(&courier->timer, 1);
        return 0;
}

/* -- Which */

/* It has failed of late, or is carried already, or as many are as may be for the same recipient, or of the
 * same sender. */
static bool has_to_wait(const struct couriers *couriers, struct str key, const struct timer *timer)
{
        struct str recipient = word_of(timer, 0), sender = word_of(timer, 1);
        unsigned int to = 0, from = 0;

        if (setbacks_hold(&couriers->setbacks, key, clock_monotonic_ns()))
                return true;
        for (unsigned int i = 0; i < couriers->count; i++) {
                const struct courier *courier = &couriers->all[i];

                if (!courier->is_busy)
                        continue;
                if (str_eq(courier->key, key))
                        return true;
                to += str_eq(courier->to, recipient);
                from += str_eq(courier->from, sender);
        }
        return to >= couriers->options.at_once_to || from >= couriers->options.at_once_from;
}

static struct courier *find_free(struct couriers *couriers)
{
        for (unsigned int i = 0; i < couriers->count; i++)
                if (!couriers->all[i].is_busy)
                        return &couriers->all[i];
        return NULL;
}

static bool can_carry_more(struct couriers *couriers)
{
        return couriers->count < couriers->options.at_once || find_free(couriers);
}

static void *work(void *arg);

/* Somebody who is free, and there are some: else one more of them. */
static int find_carrier(struct couriers *couriers, struct courier **ret)
{
        int r;

        *ret = find_free(couriers);
        if (*ret)
                return 0;
        *ret = &couriers->all[couriers->count];
        (*ret)->couriers = couriers;
        r = pthread_create(&(*ret)->thread, NULL, work, *ret);
        couriers->count += r == 0;
        return -r;
}

/* 1: somebody is to carry it; 0: it waits; -EBUSY: nobody is free. */
static int hand_out(struct couriers *couriers, struct str key, const struct timer *timer, int64_t now_ms)
{
        struct courier *courier;

        if (!can_carry_more(couriers))
                return -EBUSY;
        if (has_to_wait(couriers, key, timer))
                return 0;
        TRY(find_carrier(couriers, &courier));
        TRY(take(courier, key, now_ms));
        courier->is_busy = true;
        return 1;
}

static void remember(struct couriers *couriers, struct str key)
{
        memcpy(couriers->room, key.ptr, key.len);
        couriers->after = str_make(couriers->room, key.len);
}

/* -ENOENT: there are no more; else it ends where the next look goes on. */
static int look_along(struct couriers *couriers, struct cursor *cursor, int64_t now_ms)
{
        enum timer_lane lane = couriers->options.timers.lane;
        struct str key, value;
        struct timer timer;

        for (unsigned int i = 0; i < LOOK_MAX; i++) {
                int r;

                TRY(cursor_next(cursor, &key, &value));
                if (timer_row_read(key, lane, &timer) < 0)
                        continue;
                if (timer.due_ms > now_ms)
                        return -ENOENT;
                r = hand_out(couriers, key, &timer, now_ms);
                if (r < 0)
                        return r;
                remember(couriers, key);
        }
        return 0;
}

/* With the lock. Only it sets out what is found, and who ends one takes its row before it is free: so a row
 * that is seen in a snapshot that was made with the lock is carried by nobody, or by one who is busy. */
static int look(struct couriers *couriers)
{
        const struct timers_options *options = &couriers->options.timers;
        struct cursor *cursor;
        struct txn *txn;
        int r;

        if (couriers->is_held || !can_carry_more(couriers))
                return 0;
        TRY(store_read_begin(options->store, &txn));
        r = cursor_open(txn, timer_rows(options->lane), couriers->after, true, &cursor);
        if (r == 0) {
                r = look_along(couriers, cursor, clock_now_ms(options->clock));
                cursor_close(cursor);
        }
        store_read_end(txn);
        couriers->has_more = r == -EBUSY;
        if (r < 0)
                couriers->after = STR_NONE; /* the oldest first, when somebody is free */
        pthread_cond_broadcast(&couriers->changed);
        return r == -ENOENT || r == -EBUSY ? 0 : r;
}

/* -- The threads */

/* With the lock: until it is time to stop, or longer than that has passed. */
static void rest(struct couriers *couriers, int64_t ms)
{
        struct timespec until;

        (void)clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += (long)(ms % 1000) * 1000000L;
        until.tv_sec += (time_t)(ms / 1000) + until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        while (!couriers->is_stopping &&
               pthread_cond_timedwait(&couriers->changed, &couriers->lock, &until) == 0)
                if (couriers->has_more && can_carry_more(couriers))
                        break;
}

static void *find(void *arg)
{
        struct couriers *couriers = arg;

        pthread_mutex_lock(&couriers->lock);
        while (!couriers->is_stopping) {
                int r = look(couriers);

                rest(couriers, r < 0 ? PAUSE_ERROR_MS : PAUSE_MS);
        }
        pthread_mutex_unlock(&couriers->lock);
        return NULL;
}

/* One that failed is tried again later each time; and where all fail, not more than a few a second. */
static void settle(struct courier *courier, int result)
{
        struct couriers *couriers = courier->couriers;

        if (result >= 0) {
                setbacks_end(&couriers->setbacks, courier->key);
                return;
        }
        (void)setbacks_add(&couriers->setbacks, courier->key, clock_monotonic_ns());
        couriers->has_more = false;
        rest(couriers, PAUSE_ERROR_MS);
}

static void *work(void *arg)
{
        struct courier *courier = arg;
        struct couriers *couriers = courier->couriers;

        pthread_mutex_lock(&couriers->lock);
        while (!couriers->is_stopping) {
                int r;

                if (!courier->is_busy) {
                        pthread_cond_wait(&couriers->changed, &couriers->lock);
                        continue;
                }
                pthread_mutex_unlock(&couriers->lock);
                r = carry(courier);
                pthread_mutex_lock(&couriers->lock);
                settle(courier, r);
                courier->is_busy = false;
                pthread_cond_broadcast(&couriers->changed);
        }
        pthread_mutex_unlock(&couriers->lock);
        return NULL;
}

/* -- Moving the clock */

static bool is_anybody_busy(const struct couriers *couriers)
{
        for (unsigned int i = 0; i < couriers->count; i++)
                if (couriers->all[i].is_busy)
                        return true;
        return false;
}

static void hold(struct couriers *couriers)
{
        pthread_mutex_lock(&couriers->lock);
        while (couriers->is_held)
                pthread_cond_wait(&couriers->changed, &couriers->lock);
        couriers->is_held = true;
        while (is_anybody_busy(couriers))
                pthread_cond_wait(&couriers->changed, &couriers->lock);
        pthread_mutex_unlock(&couriers->lock);
}

static void let_go(struct couriers *couriers)
{
        pthread_mutex_lock(&couriers->lock);
        couriers->is_held = false;
        pthread_cond_broadcast(&couriers->changed);
        pthread_mutex_unlock(&couriers->lock);
}

static int find_first(struct courier *courier, struct txn *txn, struct str after)
{
        _cleanup_(cursor_closep) struct cursor *cursor = NULL;
        struct str key, value;

        TRY(cursor_open(txn, timer_rows(courier->couriers->options.timers.lane), after, true, &cursor));
        do
                TRY(cursor_next(cursor, &key, &value));
        while (take(courier, key, 0) < 0);
        return 0;
}

/* The first row behind `after` that is due by then: -ENOENT. */
static int find_due(struct courier *courier, struct str after, int64_t until_ms)
{
        struct txn *txn;
        int r;

        TRY(store_read_begin(courier->couriers->options.timers.store, &txn));
        r = find_first(courier, txn, after);
        store_read_end(txn);
        TRY(r);
        return courier->timer.due_ms <= until_ms ? 0 : -ENOENT;
}

/* All that is due, in order, also what becomes due by it. What fails is passed over. */
static int run_due(struct couriers *couriers, bool is_advance)
{
        struct courier courier = {.couriers = couriers};
        int64_t now_ms = clock_now_ms(couriers->options.timers.clock);
        char room[STORE_KEY_MAX];
        struct str after = STR_NONE;
        int failed = 0, r;

        while ((r = find_due(&courier, after, now_ms)) == 0) {
                courier.now_ms = is_advance ? courier.timer.due_ms : now_ms;
                r = carry(&courier);
                if (r == -ESHUTDOWN)
                        return r;
                failed = r < 0 ? r : failed;
                if (failed == 0)
                        continue;
                memcpy(room, courier.room, courier.key.len);
                after = str_make(room, courier.key.len);
        }
        return r == -ENOENT ? failed : r;
}

int couriers_advance(struct couriers *couriers, int (*advance)(void *arg), void *arg)
{
        int r;

        hold(couriers);
        (void)run_due(couriers, false); /* what fails is tried, and told, below */
        r = advance ? advance(arg) : 0;
        if (r == 0)
                r = run_due(couriers, true);
        let_go(couriers);
        return r;
}

/* -- Start and stop */

void couriers_stop(struct couriers *couriers)
{
        if (!couriers)
                return;
        pthread_mutex_lock(&couriers->lock);
        couriers->is_stopping = true;
        pthread_cond_broadcast(&couriers->changed);
        pthread_mutex_unlock(&couriers->lock);
        if (couriers->finder)
                pthread_join(couriers->finder, NULL);
        for (unsigned int i = 0; i < couriers->count; i++)
                pthread_join(couriers->all[i].thread, NULL);
        pthread_cond_destroy(&couriers->changed);
        pthread_mutex_destroy(&couriers->lock);
        free(couriers);
}

int couriers_start(const struct couriers_options *options, struct couriers **ret)
{
        struct couriers *couriers = calloc(1, sizeof(*couriers));
        pthread_condattr_t attributes;
        int r;

        if (!couriers)
                return -ENOMEM;
        assert(options->at_once <= COURIERS_MAX && options->timers.prepare);
        couriers->options = *options;
        pthread_mutex_init(&couriers->lock, NULL);
        pthread_condattr_init(&attributes);
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        pthread_cond_init(&couriers->changed, &attributes);
        pthread_condattr_destroy(&attributes);
        r = -pthread_create(&couriers->finder, NULL, find, couriers);
        if (r < 0) {
                couriers_stop(couriers);
                return r;
        }
        *ret = couriers;
        return 0;
}
