#include "events/timers.h"

#include "base/log.h"

#include <pthread.h>

#define DUE_LEN 8

/* A look at the first row costs microseconds: often enough that nobody waits, seldom enough to cost nothing.
 */
#define PAUSE_MS       200
#define PAUSE_ERROR_MS 1000
/* What sets itself again at once, piece by piece, goes on at the next look: others have their turn, and it
 * may be time to stop. */
#define STRETCH_NS INT64_C(1000000000)

static const struct str PREFIXES[] = {
        [TIMER_QUICK] = STR_INIT("\xfe"
                                 "timer"),
        [TIMER_SLOW] = STR_INIT("\xfe"
                                "slow"),
};

struct timers {
        struct timers_options options;
        pthread_t thread;
        pthread_mutex_t lock; /* one at a time */
        pthread_mutex_t sleep_lock;
        pthread_cond_t wake;
        bool is_stopping;
};

/* -- Rows ------------------------------------------------------------------------------------------------ */

static int make_key(const struct timer *timer, char key[STORE_KEY_MAX], struct str *ret)
{
        struct str prefix = PREFIXES[timer->lane];
        size_t len = prefix.len + DUE_LEN + timer->name.len + 1 + timer->subject.len;
        char *at = key + prefix.len;

        if (timer->due_ms < 0 || timer->subject.len > TIMER_SUBJECT_MAX || len > STORE_KEY_MAX ||
            str_has_byte(timer->name, '\0'))
                return -EINVAL;
        memcpy(key, prefix.ptr, prefix.len);
        for (size_t i = 0; i < DUE_LEN; i++)
                *at++ = (char)((uint64_t)timer->due_ms >> (56 - 8 * i));
        memcpy(at, timer->name.ptr, timer->name.len);
        at += timer->name.len;
        *at++ = '\0';
        if (timer->subject.len)
                memcpy(at, timer->subject.ptr, timer->subject.len);
        *ret = str_make(key, len);
        return 0;
}

static int read_key(struct str key, enum timer_lane lane, struct timer *ret)
{
        struct str rest = str_from(key, PREFIXES[lane].len);
        uint64_t due = 0;

        if (rest.len < DUE_LEN)
                return -EBADMSG;
        for (size_t i = 0; i < DUE_LEN; i++)
                due = due << 8 | (unsigned char)rest.ptr[i];
        rest = str_from(rest, DUE_LEN);
        if (due > INT64_MAX || !str_cut(&rest, '\0', &ret->name) || !str_is_set(rest))
                return -EBADMSG;
        ret->due_ms = (int64_t)due;
        ret->subject = rest;
        ret->lane = lane;
        return 0;
}

int timer_set(struct txn *txn, const struct timer *timer)
{
        char room[STORE_KEY_MAX];
        struct str key;

        TRY(make_key(timer, room, &key));
        return txn_put(txn, key, STR("1"));
}

int timer_take_back(struct txn *txn, const struct timer *timer)
{
        char room[STORE_KEY_MAX];
        struct str key;
        int r;

        TRY(make_key(timer, room, &key));
        r = txn_delete(txn, key);
        return r == -ENOENT ? 0 : r;
}

int timers_each(struct txn *txn, int64_t until_ms, int (*visit)(void *arg, const struct timer *timer),
                void *arg)
{
        _cleanup_(cursor_closep) struct cursor *cursor = NULL;
        struct str key, value;
        struct timer timer;
        int r;

        TRY(cursor_open(txn, PREFIXES[TIMER_QUICK], STR_NONE, true, &cursor));
        while ((r = cursor_next(cursor, &key, &value)) == 0) {
                if (read_key(key, TIMER_QUICK, &timer) < 0)
                        continue;
                if (timer.due_ms > until_ms)
                        return 0;
                TRY(visit(arg, &timer));
        }
        return r == -ENOENT ? 0 : r;
}

/* -- Doing what is due ------------------------------------------------------------------------------------
 */

/* One look at the rows, in order; those at and before `after` have been tried already. */
struct look {
        struct timers *timers;
        bool is_advance;
        int64_t now_ms;
        char room[STORE_KEY_MAX]; /* of the row found */
        struct str key;
        struct timer timer;
        void *prepared;
};

/* The first row behind look->key that is due. -ENOENT: there is none. One that cannot be read is passed over:
 * it must not hold up those behind it. */
static int find_due(struct txn *txn, struct look *look)
{
        _cleanup_(cursor_closep) struct cursor *cursor = NULL;
        enum timer_lane lane = look->timers->options.lane;
        struct str key, value;
        struct timer timer;

        TRY(cursor_open(txn, PREFIXES[lane], look->key, true, &cursor));
        do
                TRY(cursor_next(cursor, &key, &value));
        while (read_key(key, lane, &timer) < 0);
        if (timer.due_ms > look->now_ms)
                return -ENOENT;
        memcpy(look->room, key.ptr, key.len);
        look->key = str_make(look->room, key.len);
        return read_key(look->key, lane, &look->timer);
}

static int find_in_snapshot(struct look *look)
{
        struct txn *txn;
        int r;

        TRY(store_read_begin(look->timers->options.store, &txn));
        r = find_due(txn, look);
        store_read_end(txn);
        return r;
}

/* What it is for the work. */
static int64_t hour_of(const struct look *look)
{
        return look->is_advance ? look->timer.due_ms : look->now_ms;
}

static int fire(struct txn *txn, void *arg)
{
        const struct look *look = arg;
        const struct timers_options *options = &look->timers->options;
        int r = txn_delete(txn, look->key);

        if (r == -ENOENT) /* taken back in the meantime */
                return 0;
        TRY(r);
        return options->fire(options->arg, txn, &look->timer, hour_of(look), look->prepared);
}

static int do_one(struct look *look)
{
        const struct timers_options *options = &look->timers->options;
        int r = 0;

        look->prepared = NULL;
        if (options->prepare)
                r = options->prepare(options->arg, &look->timer, hour_of(look), &look->prepared);
        if (r == 0)
                r = store_write(options->store, fire, look);
        if (options->done)
                options->done(options->arg, look->prepared, r == 0);
        return r;
}

/* All that is due, in order, also what becomes due by it; not longer than a stretch, unless somebody waits
 * for it. What fails is passed over and stays for the next time. */
static int run_due(struct timers *timers, bool is_advance)
{
        struct look look = {
                .timers = timers,
                .is_advance = is_advance,
                .now_ms = clock_now_ms(timers->options.clock),
        };
        int64_t end_ns = clock_monotonic_ns() + STRETCH_NS;
        int failed = 0, r = 0;

        while ((is_advance || clock_monotonic_ns() < end_ns) && (r = find_in_snapshot(&look)) == 0) {
                r = do_one(&look);
                if (r == -ESHUTDOWN)
                        return r;
                if (r < 0) {
                        log_errno(LOG_ERROR, r, "what is due could not be done; it is tried again", "timer",
                                  look.timer.name.ptr, NULL);
                        failed = r;
                } else if (failed == 0) {
                        look.key = STR_NONE; /* from the start: it may have set an earlier one */
                }
        }
        return r == -ENOENT || r == 0 ? failed : r;
}

static int run_locked(struct timers *timers)
{
        int r;

        pthread_mutex_lock(&timers->lock);
        r = run_due(timers, false);
        pthread_mutex_unlock(&timers->lock);
        return r;
}

int timers_advance(struct timers *timers, int (*advance)(void *arg), void *arg)
{
        int r;

        pthread_mutex_lock(&timers->lock);
        (void)run_due(timers,
                      false); /* what fails is tried, and told, below: it does not hold up the clock */
        r = advance ? advance(arg) : 0;
        if (r == 0)
                r = run_due(timers, true);
        pthread_mutex_unlock(&timers->lock);
        return r;
}

/* -- The thread ---------------------------------------------------------------------------------------------
 */

/* True when it is time to stop. */
static bool rest(struct timers *timers, int64_t ms)
{
        struct timespec until;
        bool stop;

        (void)clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += (long)(ms % 1000) * 1000000L;
        until.tv_sec += (time_t)(ms / 1000) + until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        pthread_mutex_lock(&timers->sleep_lock);
        if (!timers->is_stopping)
                (void)pthread_cond_timedwait(&timers->wake, &timers->sleep_lock, &until);
        stop = timers->is_stopping;
        pthread_mutex_unlock(&timers->sleep_lock);
        return stop;
}

static void *watch(void *arg)
{
        struct timers *timers = arg;
        int r = 0;

        while (!rest(timers, r < 0 ? PAUSE_ERROR_MS : PAUSE_MS)) {
                if (timers->options.look)
                        timers->options.look(timers->options.arg);
                r = run_locked(timers);
        }
        return NULL;
}

int timers_start(const struct timers_options *options, struct timers **ret)
{
        struct timers *timers = calloc(1, sizeof(*timers));
        pthread_condattr_t attributes;
        int r;

        if (!timers)
                return -ENOMEM;
        timers->options = *options;
        pthread_mutex_init(&timers->lock, NULL);
        pthread_mutex_init(&timers->sleep_lock, NULL);
        pthread_condattr_init(&attributes);
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        pthread_cond_init(&timers->wake, &attributes);
        pthread_condattr_destroy(&attributes);
        r = pthread_create(&timers->thread, NULL, watch, timers);
        if (r != 0) {
                free(timers);
                return -r;
        }
        *ret = timers;
        return 0;
}

void timers_stop(struct timers *timers)
{
        if (!timers)
                return;
        pthread_mutex_lock(&timers->sleep_lock);
        timers->is_stopping = true;
        pthread_cond_signal(&timers->wake);
        pthread_mutex_unlock(&timers->sleep_lock);
        pthread_join(timers->thread, NULL);
        pthread_cond_destroy(&timers->wake);
        pthread_mutex_destroy(&timers->lock);
        pthread_mutex_destroy(&timers->sleep_lock);
        free(timers);
}
