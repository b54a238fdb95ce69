#include "events/timers.h"

#include "base/log.h"
#include "events/setbacks.h"
#include "events/timer_row.h"

#include <pthread.h>
#include <semaphore.h>

/* A look at the first row costs microseconds: often enough that targets of events get them below a tenth of a
 * second, seldom enough to cost nothing.
 */
#define PAUSE_MS       30
#define PAUSE_WOKEN_MS 1 /* so that a thousand commits a second are not a thousand looks */
#define PAUSE_ERROR_MS 1000
/* What sets itself again at once, piece by piece, goes on at the next look: others have their turn, and it
 * may be time to stop. */
#define STRETCH_NS INT64_C(1000000000)

/* In one commit; a fair part of what the writer takes at once. */
#define TOGETHER_MAX 64

struct timers {
        struct timers_options options;
        pthread_t thread;
        pthread_mutex_t lock; /* one at a time */
        pthread_mutex_t sleep_lock;
        pthread_cond_t wake;
        bool is_stopping;
        struct firing *firings; /* room for TOGETHER_MAX; of who has the lock, as what follows */
        sem_t fired;
        struct setbacks setbacks;     /* rows that failed, on their own account */
        char served[TIMER_OWNER_MAX]; /* who had the last turn */
        size_t served_len;
};

/* -- Doing what is due ------------------------------------------------------------------------------------
 */

/* One timer on its way through the store's writer. */
struct firing {
        struct store_job job;
        struct timers *timers;
        int64_t now_ms; /* what it is for the work */
        char room[STORE_KEY_MAX];
        struct str key;
        struct timer timer;
        void *prepared;
        int own_result; /* without the commit's */
        int result;
};

/* Looks at the rows, in order; those at and before `after` have been tried already. */
struct look {
        struct timers *timers;
        bool is_advance;
        int64_t now_ms;
        int64_t monotonic_ns;
        char room[STORE_KEY_MAX];
        struct str after;
        size_t count; /* of timers->firings, which it found */
};

static int take(struct look *look, struct str key)
{
        struct firing *firing = &look->timers->firings[look->count];

        *firing = (struct firing){.timers = look->timers};
        memcpy(firing->room, key.ptr, key.len);
        firing->key = str_make(firing->room, key.len);
        TRY(timer_row_read(firing->key, look->timers->options.lane, &firing->timer));
        firing->now_ms = look->is_advance ? firing->timer.due_ms : look->now_ms;
        look->count++;
        return 0;
}

/* Those that fall due together share a commit, as long as they are of one kind: of what is left behind by a
 * busy server there is so much that one at a time would never be through with it. While the clock is advanced
 * each has to see what those before it did, and set; and what takes long waits for nobody. */
static bool goes_along(const struct look *look, const struct timer *timer)
{
        if (look->count == 0)
                return true;
        return !look->is_advance && look->timers->options.lane == TIMER_QUICK && look->count < TOGETHER_MAX &&
               str_eq(timer->name, look->timers->firings[0].timer.name);
}

/* One that failed waits for another try, while others go on; but not while somebody wants to be told. */
static bool is_held(const struct look *look, struct str key)
{
        return !look->is_advance && setbacks_hold(&look->timers->setbacks, key, look->monotonic_ns);
}

/* The first rows behind look->after that are due. -ENOENT: there is none. One that cannot be read is passed
 * over: it must not hold up those behind it. */
static int find_due(struct txn *txn, struct look *look)
{
        _cleanup_(cursor_closep) struct cursor *cursor = NULL;
        enum timer_lane lane = look->timers->options.lane;
        struct str key, value;
        struct timer timer;
        int r;

        look->count = 0;
        TRY(cursor_open(txn, timer_rows(lane), look->after, true, &cursor));
        while ((r = cursor_next(cursor, &key, &value)) == 0) {
                if (timer_row_read(key, lane, &timer) < 0)
                        continue;
                if (timer.due_ms > look->now_ms)
                        break;
                if (is_held(look, key))
                        continue;
                if (!goes_along(look, &timer))
                        break;
                TRY(take(look, key));
        }
        if (r < 0 && r != -ENOENT)
                return r;
        return look->count > 0 ? 0 : -ENOENT;
}

/* -- In turns */

/* Who comes sooner behind the one who was served. */
static bool is_sooner(const struct timers *timers, struct str owner, struct str other)
{
        struct str served = str_make(timers->served, timers->served_len);
        bool is_behind = str_cmp(owner, served) > 0;

        if (is_behind != (str_cmp(other, served) > 0))
                return is_behind;
        return str_cmp(owner, other) < 0;
}

static void serve(struct timers *timers, struct str owner)
{
        timers->served_len = owner.len < TIMER_OWNER_MAX ? owner.len : TIMER_OWNER_MAX;
        if (timers->served_len)
                memcpy(timers->served, owner.ptr, timers->served_len);
}

/* The first row of who has the next turn. */
static int find_turn(struct txn *txn, struct look *look)
{
        _cleanup_(cursor_closep) struct cursor *cursor = NULL;
        struct str key, value, owner = STR("");
        enum timer_lane lane = look->timers->options.lane;
        struct timer timer;
        int r;

        look->count = 0;
        TRY(cursor_open(txn, timer_rows(lane), look->after, true, &cursor));
        while ((r = cursor_next(cursor, &key, &value)) == 0) {
                if (timer_row_read(key, lane, &timer) < 0)
                        continue;
                if (timer.due_ms > look->now_ms)
                        break;
                if (is_held(look, key) ||
                    (look->count > 0 && !is_sooner(look->timers, timer_row_owner(value), owner)))
                        continue;
                owner = timer_row_owner(value);
                look->count = 0;
                TRY(take(look, key));
        }
        if (r < 0 && r != -ENOENT)
                return r;
        if (look->count == 0)
                return -ENOENT;
        serve(look->timers, owner);
        return 0;
}

static int find_in_snapshot(struct look *look)
{
        struct txn *txn;
        int r;

        TRY(store_read_begin(look->timers->options.store, &txn));
        r = look->timers->options.is_fair && !look->is_advance ? find_turn(txn, look) : find_due(txn, look);
        store_read_end(txn);
        return r;
}

static int fire_in(const struct firing *firing, struct txn *txn)
{
        const struct timers_options *options = &firing->timers->options;
        int r = txn_delete(txn, firing->key);

        if (r == -ENOENT) /* taken back in the meantime */
                return 0;
        TRY(r);
        return options->fire(options->arg, txn, &firing->timer, firing->now_ms, firing->prepared);
}

static int fire(struct store_job *job, struct txn *txn)
{
        struct firing *firing = (struct firing *)job;

        firing->own_result = fire_in(firing, txn);
        return firing->own_result;
}

static void fired(struct store_job *job, int result)
{
        struct firing *firing = (struct firing *)job;

        firing->result = result;
        (void)sem_post(&firing->timers->fired);
}

static void begin(struct firing *firing)
{
        const struct timers_options *options = &firing->timers->options;
        int r = 0;

        firing->job = (struct store_job){.run = fire, .done = fired};
        if (options->prepare)
                r = options->prepare(options->arg, &firing->timer, firing->now_ms, &firing->prepared);
        firing->own_result = r;
        if (r == 0)
                store_submit(options->store, &firing->job);
        else
                fired(&firing->job, r);
}

/* Nothing else would be done now, either: the disk is full, or the commit failed. */
static bool is_everybodys(const struct firing *firing)
{
        return firing->own_result == 0 || firing->own_result == -ENOSPC;
}

/* What it is for the others: 0 when they may go on as if nothing were. -ESHUTDOWN: nothing may. */
static int judge(const struct look *look, const struct firing *firing)
{
        struct setbacks *setbacks = &look->timers->setbacks;

        if (firing->result == -ESHUTDOWN)
                return -ESHUTDOWN;
        if (firing->result == 0) {
                setbacks_end(setbacks, firing->key);
                return 0;
        }
        log_errno(LOG_ERROR, firing->result, "what is due could not be done; it is tried again", "timer",
                  firing->timer.name.ptr, NULL);
        if (look->is_advance || is_everybodys(firing))
                return firing->result;
        return setbacks_add(setbacks, firing->key, clock_monotonic_ns()) ? 0 : firing->result;
}

/* 0, or what one of them failed with; -ESHUTDOWN before all else. */
static int end(const struct look *look)
{
        const struct timers_options *options = &look->timers->options;
        int failed = 0;

        for (size_t i = 0; i < look->count; i++) {
                const struct firing *firing = &look->timers->firings[i];
                int r = judge(look, firing);

                if (options->done)
                        options->done(options->arg, firing->prepared, firing->result == 0);
                if (r < 0 && failed != -ESHUTDOWN)
                        failed = r;
        }
        return failed;
}

static int do_found(struct look *look)
{
        for (size_t i = 0; i < look->count; i++)
                begin(&look->timers->firings[i]);
        for (size_t i = 0; i < look->count; i++)
                while (sem_wait(&look->timers->fired) < 0)
                        ;
        return end(look);
}

static void go_behind(struct look *look)
{
        struct str last = look->timers->firings[look->count - 1].key;

        memcpy(look->room, last.ptr, last.len);
        look->after = str_make(look->room, last.len);
}

/* All that is due, in order, also what becomes due by it; not longer than a stretch, unless somebody waits
 * for it. What fails is passed over and stays for another time. */
static int run_due(struct timers *timers, bool is_advance, size_t *ret_done)
{
        struct look look = {
                .timers = timers,
                .is_advance = is_advance,
                .now_ms = clock_now_ms(timers->options.clock),
                .monotonic_ns = clock_monotonic_ns(),
        };
        int64_t end_ns = look.monotonic_ns + STRETCH_NS;
        int failed = 0, r = 0;

        *ret_done = 0;
        while ((is_advance || look.monotonic_ns < end_ns) && (r = find_in_snapshot(&look)) == 0) {
                *ret_done += look.count;
                r = do_found(&look);
                if (r == -ESHUTDOWN)
                        return r;
                failed = r < 0 ? r : failed;
                if (failed == 0)
                        look.after = STR_NONE; /* from the start: it may have set an earlier one */
                else if (r < 0)
                        go_behind(&look);
                look.monotonic_ns = clock_monotonic_ns();
        }
        return r == -ENOENT || r == 0 ? failed : r;
}

static int run_locked(struct timers *timers, size_t *ret_done)
{
        int r;

        pthread_mutex_lock(&timers->lock);
        r = run_due(timers, false, ret_done);
        pthread_mutex_unlock(&timers->lock);
        return r;
}

int timers_advance(struct timers *timers, int (*advance)(void *arg), void *arg)
{
        size_t done;
        int r;

        pthread_mutex_lock(&timers->lock);
        (void)run_due(timers, false,
                      &done); /* what fails is tried, and told, below: it does not hold up the clock */
        r = advance ? advance(arg) : 0;
        if (r == 0)
                r = run_due(timers, true, &done);
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

/* When nothing was due, what somebody sets for now is done at once. */
static void *watch(void *arg)
{
        struct timers *timers = arg;
        int64_t pause_ms = PAUSE_MS;

        while (!rest(timers, pause_ms)) {
                uint64_t turn = store_turn(timers->options.store);
                size_t done;
                int r;

                if (timers->options.look)
                        timers->options.look(timers->options.arg);
                r = run_locked(timers, &done);
                pause_ms = r < 0 ? PAUSE_ERROR_MS : done > 0 ? PAUSE_MS : PAUSE_WOKEN_MS;
                if (r == 0 && done == 0)
                        store_await_turn(timers->options.store, turn, PAUSE_MS);
        }
        return NULL;
}

static void timers_free(struct timers *timers)
{
        pthread_cond_destroy(&timers->wake);
        pthread_mutex_destroy(&timers->lock);
        pthread_mutex_destroy(&timers->sleep_lock);
        (void)sem_destroy(&timers->fired);
        free(timers->firings);
        free(timers);
}

int timers_start(const struct timers_options *options, struct timers **ret)
{
        struct timers *timers = calloc(1, sizeof(*timers));
        pthread_condattr_t attributes;
        int r;

        if (!timers)
                return -ENOMEM;
        timers->options = *options;
        timers->firings = calloc(TOGETHER_MAX, sizeof(*timers->firings));
        if (!timers->firings) {
                free(timers);
                return -ENOMEM;
        }
        (void)sem_init(&timers->fired, 0, 0);
        pthread_mutex_init(&timers->lock, NULL);
        pthread_mutex_init(&timers->sleep_lock, NULL);
        pthread_condattr_init(&attributes);
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        pthread_cond_init(&timers->wake, &attributes);
        pthread_condattr_destroy(&attributes);
        r = pthread_create(&timers->thread, NULL, watch, timers);
        if (r != 0) {
                timers_free(timers);
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
        store_nudge(timers->options.store);
        pthread_join(timers->thread, NULL);
        timers_free(timers);
}
