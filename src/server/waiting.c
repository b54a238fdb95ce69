#include "server/waiting.h"

#include "server/server.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>

#define SLOTS   1024
#define TICK_MS 50 /* at which deadlines and the clock are looked at, while anybody waits */

/* In the order in which they came. */
struct list {
        struct waiter *first, **end;
};

struct waiting {
        struct server *server;
        void (*resume)(struct waiter *waiter);
        pthread_t thread;
        pthread_mutex_t lock;
        pthread_cond_t wake; /* on the monotonic clock */

        /* Under the lock. */
        struct list slots[SLOTS]; /* by what they wait for */
        uint64_t touched[SLOTS];  /* the number of the last touch there */
        uint64_t touches;         /* of all */
        struct list ready;        /* to be resumed */
        size_t count;             /* in the slots */
        bool has_ended, is_stopping;
};

static void list_init(struct list *list)
{
        list->first = NULL;
        list->end = &list->first;
}

static void list_add(struct list *list, struct waiter *waiter)
{
        waiter->next = NULL;
        *list->end = waiter;
        list->end = &waiter->next;
}

/* The one at *place, which is in the list. */
static struct waiter *list_take(struct list *list, struct waiter **place)
{
        struct waiter *waiter = *place;

        *place = waiter->next;
        if (!waiter->next)
                list->end = place;
        waiter->next = NULL;
        return waiter;
}

static struct list *slot_of(struct waiting *waiting, uint64_t what)
{
        return &waiting->slots[what % SLOTS];
}

static void make_ready(struct waiting *waiting, struct list *slot, struct waiter **place)
{
        list_add(&waiting->ready, list_take(slot, place));
        waiting->count--;
        pthread_cond_signal(&waiting->wake);
}

static void wake_one(struct waiting *waiting, uint64_t what)
{
        struct list *slot = slot_of(waiting, what);

        for (struct waiter **place = &slot->first; *place; place = &(*place)->next)
                if ((*place)->what == what) {
                        make_ready(waiting, slot, place);
                        return;
                }
}

uint64_t waiting_now(struct waiting *waiting)
{
        uint64_t now;

        if (!waiting)
                return 0;
        pthread_mutex_lock(&waiting->lock);
        now = waiting->touches;
        pthread_mutex_unlock(&waiting->lock);
        return now;
}

void waiting_touch(void *arg, uint64_t what)
{
        struct waiting *waiting = arg;

        pthread_mutex_lock(&waiting->lock);
        waiting->touched[what % SLOTS] = ++waiting->touches;
        if (waiting->count)
                wake_one(waiting, what);
        pthread_mutex_unlock(&waiting->lock);
}

void waiting_add(struct waiting *waiting, struct waiter *waiter)
{
        pthread_mutex_lock(&waiting->lock);
        if (waiting->has_ended || waiting->touched[waiter->what % SLOTS] > waiter->seen) {
                list_add(&waiting->ready, waiter);
        } else {
                list_add(slot_of(waiting, waiter->what), waiter);
                waiting->count++;
        }
        pthread_cond_signal(&waiting->wake);
        pthread_mutex_unlock(&waiting->lock);
}

/* -- The thread */

/* Whose time is over leaves what it has been told of to another: it may be the only one that knows. */
static void end_one(struct waiting *waiting, struct list *slot, struct waiter **place, bool is_over)
{
        uint64_t what = (*place)->what;

        make_ready(waiting, slot, place);
        if (is_over)
                wake_one(waiting, what);
}

static void look_at(struct waiting *waiting, struct list *slot, int64_t now_ns, int64_t now_ms)
{
        for (struct waiter **place = &slot->first; *place;) {
                bool is_over = (*place)->deadline_ns <= now_ns;

                if (is_over || (*place)->due_ms <= now_ms || waiting->has_ended) {
                        end_one(waiting, slot, place, is_over);
                        place = &slot->first; /* another one may have gone, too */
                } else {
                        place = &(*place)->next;
                }
        }
}

static void look(struct waiting *waiting)
{
        int64_t now_ns = clock_monotonic_ns(), now_ms = clock_now_ms(&waiting->server->clock);

        for (size_t i = 0; i < SLOTS && waiting->count; i++)
                look_at(waiting, &waiting->slots[i], now_ns, now_ms);
}

static void wait_a_tick(struct waiting *waiting)
{
        struct timespec until;

        if (waiting->count == 0) {
                pthread_cond_wait(&waiting->wake, &waiting->lock);
                return;
        }
        (void)clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += TICK_MS * 1000000L;
        if (until.tv_nsec >= 1000000000L) {
                until.tv_nsec -= 1000000000L;
                until.tv_sec++;
        }
        (void)pthread_cond_timedwait(&waiting->wake, &waiting->lock, &until);
}

static void *look_until_stopped(void *arg)
{
        struct waiting *waiting = arg;

        pthread_mutex_lock(&waiting->lock);
        for (;;) {
                if (waiting->ready.first) {
                        struct waiter *waiter = list_take(&waiting->ready, &waiting->ready.first);

                        pthread_mutex_unlock(&waiting->lock);
                        waiting->resume(waiter);
                        pthread_mutex_lock(&waiting->lock);
                        continue;
                }
                if (waiting->is_stopping)
                        break;
                wait_a_tick(waiting);
                look(waiting);
        }
        pthread_mutex_unlock(&waiting->lock);
        return NULL;
}

static int start_thread(struct waiting *waiting)
{
        sigset_t all, before;
        int r;

        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        r = pthread_create(&waiting->thread, NULL, look_until_stopped, waiting);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        return -r;
}

int waiting_start(struct server *server, void (*resume)(struct waiter *waiter), struct waiting **ret)
{
        struct waiting *waiting = calloc(1, sizeof(*waiting));
        pthread_condattr_t attr;
        int r;

        if (!waiting)
                return -ENOMEM;
        waiting->server = server;
        waiting->resume = resume;
        list_init(&waiting->ready);
        for (size_t i = 0; i < SLOTS; i++)
                list_init(&waiting->slots[i]);
        pthread_mutex_init(&waiting->lock, NULL);
        pthread_condattr_init(&attr);
        pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
        pthread_cond_init(&waiting->wake, &attr);
        pthread_condattr_destroy(&attr);
        r = start_thread(waiting);
        if (r < 0) {
                free(waiting);
                return r;
        }
        *ret = waiting;
        return 0;
}

void waiting_end(struct waiting *waiting)
{
        if (!waiting)
                return;
        pthread_mutex_lock(&waiting->lock);
        waiting->has_ended = true;
        look(waiting);
        pthread_cond_signal(&waiting->wake);
        pthread_mutex_unlock(&waiting->lock);
}

bool waiting_has_ended(struct waiting *waiting)
{
        bool has_ended;

        pthread_mutex_lock(&waiting->lock);
        has_ended = waiting->has_ended;
        pthread_mutex_unlock(&waiting->lock);
        return has_ended;
}

size_t waiting_count(struct waiting *waiting)
{
        size_t count;

        pthread_mutex_lock(&waiting->lock);
        count = waiting->count;
        pthread_mutex_unlock(&waiting->lock);
        return count;
}

void waiting_stop(struct waiting *waiting)
{
        if (!waiting)
                return;
        waiting_end(waiting);
        pthread_mutex_lock(&waiting->lock);
        waiting->is_stopping = true;
        pthread_cond_signal(&waiting->wake);
        pthread_mutex_unlock(&waiting->lock);
        pthread_join(waiting->thread, NULL);
        pthread_cond_destroy(&waiting->wake);
        pthread_mutex_destroy(&waiting->lock);
        free(waiting);
}
