#include "events/subscriber.h"

#include "base/clock.h"
#include "base/log.h"

#include <pthread.h>
#include <semaphore.h>

#define BATCH          500
#define PAUSE_MS       30
#define PAUSE_BUSY_MS  5
#define PAUSE_WOKEN_MS 1 /* so that a thousand commits a second are not a thousand looks */
#define PAUSE_ERROR_MS 1000
/* Behind by more than this, subscribers leave most of the time to the calls that put them behind: those are
 * recorded already, and their readers are served soon after the rush. */
#define LAG_OF_RUSH 10000
#define RUSH_REST   4 /* times as long as the work took */
#define BATCH_ARENA ((size_t)16 * 1024 * 1024)

/* What one subscriber does of a round. */
struct batch {
        struct store_job job;
        struct dispatcher *dispatcher;
        const struct subscriber *subscriber;
        struct arena arena;
        struct txn *txn;
        uint64_t passed; /* events, read or unreadable */
        int result;
};

struct dispatcher {
        struct store *store;
        const struct subscriber *const *subscribers;
        size_t count;
        const void *arg;
        struct batch *batches; /* one for each subscriber; of who has the lock, as what follows */
        sem_t ended;
        pthread_t thread;
        pthread_mutex_t lock; /* one batch at a time, and the stop */
        pthread_mutex_t sleep_lock;
        pthread_cond_t wake;
        bool is_stopping;
        _Atomic uint64_t lag;
};

static struct str cursor_key(const struct subscriber *subscriber, char key[64])
{
        int len = snprintf(key, 64,
                           "\xfe"
                           "cursor%c%s",
                           0, subscriber->name);

        return str_make(key, (size_t)len);
}

static int read_cursor(struct txn *txn, const struct subscriber *subscriber, uint64_t *ret)
{
        char key[64];
        struct str value;
        int r = txn_get(txn, cursor_key(subscriber, key), &value);

        *ret = 0;
        if (r == -ENOENT)
                return 0;
        TRY(r);
        return str_to_u64(value, ret) < 0 ? -EBADMSG : 0;
}

static int write_cursor(struct txn *txn, const struct subscriber *subscriber, uint64_t number)
{
        char key[64];
        char value[24];
        int len = snprintf(value, sizeof(value), "%llu", (unsigned long long)number);

        return txn_put(txn, cursor_key(subscriber, key), str_make(value, (size_t)len));
}

/* Events are copied before a handler sees them: its writes would move the store's pages under them. Each has
 * the arena for itself, so that a batch of large ones does not fail for their sum. */
static int handle_event(void *arg, uint64_t number, struct str encoded)
{
        struct batch *batch = arg;
        struct event event;
        struct str copy;

        arena_reset(&batch->arena);
        copy = arena_dup(&batch->arena, encoded);
        if (batch->arena.failed)
                return -ENOMEM;
        batch->passed++;
        if (event_decode(copy, &event) < 0) {
                losses_add(store_losses(batch->dispatcher->store), LOSS_OUTBOX_EVENTS, 1);
                log_event(LOG_ERROR, "an event in the outbox cannot be read and is passed over", "subscriber",
                          batch->subscriber->name, NULL);
                return 0;
        }
        event.number = number;
        return batch->subscriber->handle(batch->dispatcher->arg, batch->txn, &batch->arena, &event);
}

static int slowest_cursor(const struct dispatcher *dispatcher, struct txn *txn, uint64_t *ret)
{
        *ret = UINT64_MAX;
        for (size_t i = 0; i < dispatcher->count; i++) {
                uint64_t at;

                TRY(read_cursor(txn, dispatcher->subscribers[i], &at));
                if (at < *ret)
                        *ret = at;
        }
        return 0;
}

static int run_batch(struct store_job *job, struct txn *txn)
{
        struct batch *batch = (struct batch *)job;
        uint64_t at, slowest;

        batch->txn = txn;
        batch->passed = 0;
        TRY(read_cursor(txn, batch->subscriber, &at));
        TRY(outbox_read(txn, &at, BATCH, handle_event, batch));
        if (batch->passed == 0)
                return -ENODATA; /* nothing to commit */
        TRY(write_cursor(txn, batch->subscriber, at));
        TRY(slowest_cursor(batch->dispatcher, txn, &slowest));
        /* The newest handled event stays: the next number is made from the last key. */
        return slowest > 0 ? outbox_trim(txn, slowest - 1, BATCH) : 0;
}

static void batch_ended(struct store_job *job, int result)
{
        struct batch *batch = (struct batch *)job;

        batch->result = result;
        (void)sem_post(&batch->dispatcher->ended);
}

/* All wait for the last, and share its commit. */
static void begin(struct dispatcher *dispatcher, size_t i)
{
        struct batch *batch = &dispatcher->batches[i];

        *batch = (struct batch){
                .job = {.run = run_batch, .done = batch_ended, .is_lazy = i + 1 < dispatcher->count},
                .dispatcher = dispatcher,
                .subscriber = dispatcher->subscribers[i],
        };
        arena_init(&batch->arena, BATCH_ARENA);
        store_submit(dispatcher->store, &batch->job);
}

/* 1 when it did something, 0 when there was nothing. */
static int end(struct batch *batch)
{
        arena_done(&batch->arena);
        if (batch->result == -ENODATA)
                return 0;
        return batch->result < 0 ? batch->result : 1;
}

struct position {
        uint64_t slowest; /* subscriber: the number of the last event that it handled */
        uint64_t newest;  /* event */
};

static int read_position(const struct dispatcher *dispatcher, struct txn *txn, struct position *ret)
{
        uint64_t oldest;

        TRY(slowest_cursor(dispatcher, txn, &ret->slowest));
        TRY(outbox_oldest(txn, &oldest));
        TRY(outbox_newest(txn, &ret->newest));
        if (oldest > 0 && ret->slowest < oldest - 1) /* new: what is gone is not its to read */
                ret->slowest = oldest - 1;
        return 0;
}

static int measure(const struct dispatcher *dispatcher, struct position *ret)
{
        struct txn *txn;
        int r;

        TRY(store_read_begin(dispatcher->store, &txn));
        r = read_position(dispatcher, txn, ret);
        store_read_end(txn);
        return r;
}

/* A batch for each subscriber. One that fails does not hold up the others. */
static int serve_all(struct dispatcher *dispatcher)
{
        int worked = 0;
        int failed = 0;

        pthread_mutex_lock(&dispatcher->lock);
        for (size_t i = 0; i < dispatcher->count; i++)
                begin(dispatcher, i);
        for (size_t i = 0; i < dispatcher->count; i++)
                while (sem_wait(&dispatcher->ended) < 0)
                        ;
        for (size_t i = 0; i < dispatcher->count; i++) {
                int r = end(&dispatcher->batches[i]);

                if (r < 0)
                        failed = r;
                else
                        worked |= r;
        }
        pthread_mutex_unlock(&dispatcher->lock);
        return failed < 0 ? failed : worked;
}

/* As it is now, in a snapshot; the last that was seen, when it cannot be. */
static int look(struct dispatcher *dispatcher)
{
        struct position at;

        TRY(measure(dispatcher, &at));
        atomic_store(&dispatcher->lag, at.newest > at.slowest ? at.newest - at.slowest : 0);
        return 0;
}

/* Looks first: an idle server writes nothing. */
static int step(struct dispatcher *dispatcher)
{
        TRY(look(dispatcher));
        return atomic_load(&dispatcher->lag) ? serve_all(dispatcher) : 0;
}

static void pause_ms(struct dispatcher *dispatcher, int64_t ms)
{
        struct timespec until;

        (void)clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += (long)(ms % 1000) * 1000000L;
        until.tv_sec += (time_t)(ms / 1000) + until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        pthread_mutex_lock(&dispatcher->sleep_lock);
        if (!dispatcher->is_stopping)
                (void)pthread_cond_timedwait(&dispatcher->wake, &dispatcher->sleep_lock, &until);
        pthread_mutex_unlock(&dispatcher->sleep_lock);
}

static bool is_stopping(struct dispatcher *dispatcher)
{
        bool stopping;

        pthread_mutex_lock(&dispatcher->sleep_lock);
        stopping = dispatcher->is_stopping;
        pthread_mutex_unlock(&dispatcher->sleep_lock);
        return stopping;
}

static int64_t rest_ms(struct dispatcher *dispatcher, int result, int64_t worked_ns)
{
        uint64_t lag = atomic_load(&dispatcher->lag);

        if (result < 0)
                return PAUSE_ERROR_MS;
        if (lag > LAG_OF_RUSH)
                return RUSH_REST * worked_ns / 1000000 + PAUSE_BUSY_MS;
        return lag > BATCH ? PAUSE_BUSY_MS : PAUSE_MS;
}

/* On an idle server the next event is handed on at once. While there is work it is done in rounds, for each
 * has commits of its own. */
static void *dispatch(void *arg)
{
        struct dispatcher *dispatcher = arg;

        while (!is_stopping(dispatcher)) {
                uint64_t turn = store_turn(dispatcher->store);
                int64_t began = clock_monotonic_ns();
                int r = step(dispatcher);

                if (r == 0) {
                        store_await_turn(dispatcher->store, turn, PAUSE_MS);
                        pause_ms(dispatcher, PAUSE_WOKEN_MS);
                        continue;
                }
                if (r < 0)
                        log_errno(LOG_ERROR, r, "events could not be handed on; trying again", NULL);
                pause_ms(dispatcher, rest_ms(dispatcher, r, clock_monotonic_ns() - began));
        }
        return NULL;
}

static void dispatcher_free(struct dispatcher *dispatcher)
{
        pthread_cond_destroy(&dispatcher->wake);
        pthread_mutex_destroy(&dispatcher->lock);
        pthread_mutex_destroy(&dispatcher->sleep_lock);
        (void)sem_destroy(&dispatcher->ended);
        free(dispatcher->batches);
        free(dispatcher);
}

int dispatcher_start(struct store *store, const struct subscriber *const *subscribers, size_t count,
                     const void *arg, struct dispatcher **ret)
{
        struct dispatcher *dispatcher = calloc(1, sizeof(*dispatcher));
        pthread_condattr_t attributes;
        int r;

        if (!dispatcher)
                return -ENOMEM;
        dispatcher->store = store;
        dispatcher->subscribers = subscribers;
        dispatcher->count = count;
        dispatcher->arg = arg;
        dispatcher->batches = calloc(count, sizeof(*dispatcher->batches));
        if (!dispatcher->batches) {
                free(dispatcher);
                return -ENOMEM;
        }
        (void)sem_init(&dispatcher->ended, 0, 0);
        pthread_mutex_init(&dispatcher->lock, NULL);
        pthread_mutex_init(&dispatcher->sleep_lock, NULL);
        pthread_condattr_init(&attributes);
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        pthread_cond_init(&dispatcher->wake, &attributes);
        pthread_condattr_destroy(&attributes);
        r = pthread_create(&dispatcher->thread, NULL, dispatch, dispatcher);
        if (r != 0) {
                dispatcher_free(dispatcher);
                return -r;
        }
        *ret = dispatcher;
        return 0;
}

void dispatcher_stop(struct dispatcher *dispatcher)
{
        if (!dispatcher)
                return;
        pthread_mutex_lock(&dispatcher->sleep_lock);
        dispatcher->is_stopping = true;
        pthread_cond_signal(&dispatcher->wake);
        pthread_mutex_unlock(&dispatcher->sleep_lock);
        store_nudge(dispatcher->store);
        pthread_join(dispatcher->thread, NULL);
        dispatcher_free(dispatcher);
}

int dispatcher_drain(struct dispatcher *dispatcher)
{
        struct position at;
        uint64_t target;

        TRY(measure(dispatcher, &at));
        target = at.newest;
        while (at.slowest < target) {
                int r = serve_all(dispatcher);

                if (r <= 0) /* 0: another thread has done it, or the store was emptied */
                        return r;
                TRY(measure(dispatcher, &at));
        }
        return 0;
}

uint64_t dispatcher_lag(struct dispatcher *dispatcher)
{
        (void)!look(dispatcher);
        return atomic_load(&dispatcher->lag);
}
