/* Who comes leads, unless there are leaders enough; then he waits until a leader has taken his piece along
 * and finished it, or he is made a leader. A leader works until his own piece is finished: in lanes with as
 * many as wait, else alone by libcrypto's code, which is faster than one lane. After each slice he looks who
 * is finished, who is new, and whether he is one leader too many by now: then he queues up with all that he
 * took along.
 *
 * Nobody waits while nobody leads. All of this under the lock:
 * - whoever queues up on coming does so when there are as many leaders as may be, hence one at least;
 * - who was taken along waits until his leader finds him finished or puts him back into the queue;
 * - a leader waits for nobody, so his slice comes to its end. When he steps down, with his piece finished or
 *   as one too many, there is one leader fewer only if the queue is empty, or if there were more than may be:
 *   then one at least is left. Else the first in the queue is made a leader in his stead, who needs the lock
 *   and nothing else to go on.
 * And work goes on: leaders step down for being too many only until there are as many as may be, and those
 * work. The first in the queue goes along first, and those put back stand before all who came later.
 * But for the lock, the numbers and the ends of the queue, all of this lies on the stacks of the threads. */
#define OPENSSL_SUPPRESS_DEPRECATED /* MD5_Update(): EVP begins with no chain that it is given */
#include <openssl/md5.h>

#include "crypto/algorithm.h" /* before all others of ours: see there */

#include "crypto/md5_lanes.h"
#include "crypto/md5_table.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

/* So much is done of each piece before the leader looks around: some 8 microseconds. */
#define SLICE_BLOCKS ((size_t)64)

struct seat {
        struct md5_lane lane;
        size_t blocks;         /* to do */
        bool is_called;        /* finished, or else a leader */
        pthread_cond_t called; /* signalled under the lock only: behind it the seat may be gone */
        struct seat *next;     /* in the queue */
};

static struct {
        pthread_mutex_t lock; /* of all of it */
        struct seat *first, *last;
        size_t pieces; /* not finished */
        size_t leaders, processors;
        size_t company; /* pieces for which others are waited for, since some met lately */
} table = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* -- The queue. */

static void queue_last(struct seat *seat)
{
        seat->next = NULL;
        *(table.first ? &table.last->next : &table.first) = seat;
        table.last = seat;
}

static void queue_first(struct seat *seat)
{
        if (!table.first)
                table.last = seat;
        seat->next = table.first;
        seat->is_called = false;
        table.first = seat;
}

static struct seat *queue_take(void)
{
        struct seat *seat = table.first;

        if (seat)
                table.first = seat->next;
        return seat;
}

/* -- A leader's work. */

struct crew {
        struct seat *seats[MD5_LANES_MAX];
        size_t count;
};

static void call_seat(struct seat *seat)
{
        seat->is_called = true;
        pthread_cond_signal(&seat->called);
}

#define COMPANY 16

/* Where all processors are busy, whoever runs in the meantime may bring a piece. Not for an upload that is
 * the only one: beside other work it would wait for that, piece by piece, and for nothing. */
static void let_others_come(void)
{
        if (table.company == 0)
                return;
        table.company--;
        pthread_mutex_unlock(&table.lock);
        sched_yield();
        pthread_mutex_lock(&table.lock);
}

static void take_along(struct crew *crew)
{
        while (crew->count < MD5_LANES_MAX && table.first)
                crew->seats[crew->count++] = queue_take();
}

static void let_go(struct crew *crew)
{
        size_t left = 0;

        for (size_t i = 0; i < crew->count; i++)
                if (crew->seats[i]->blocks > 0) {
                        crew->seats[left++] = crew->seats[i];
                } else {
                        table.pieces--;
                        call_seat(crew->seats[i]);
                }
        crew->count = left;
}

static void add_alone(struct md5_lane *lane, size_t blocks)
{
        uint32_t *chain = lane->chain;
        MD5_CTX context = {.A = chain[0], .B = chain[1], .C = chain[2], .D = chain[3]};

        algorithm_must(MD5_Update(&context, lane->bytes, blocks * MD5_BLOCK_BYTES));
        *lane = (struct md5_lane){{context.A, context.B, context.C, context.D},
                                  lane->bytes + blocks * MD5_BLOCK_BYTES};
}

/* A slice of each, or less if that finishes somebody. Without the lock: who was taken along is the leader's.
 */
static void work(struct crew *crew)
{
        struct md5_lane *lanes[MD5_LANES_MAX];
        size_t blocks = SLICE_BLOCKS;

        for (size_t i = 0; i < crew->count; i++) {
                lanes[i] = &crew->seats[i]->lane;
                if (crew->seats[i]->blocks < blocks)
                        blocks = crew->seats[i]->blocks;
        }
        if (crew->count == 1)
                add_alone(lanes[0], blocks);
        else
                md5_lanes_add(lanes, crew->count, blocks);
        for (size_t i = 0; i < crew->count; i++)
                crew->seats[i]->blocks -= blocks;
}

/* One for each piece while there are processors for all; else half of the processors in lanes do more, and
 * the other half has enough to do around it. */
static size_t leaders_max(void)
{
        if (table.pieces <= table.processors)
                return table.processors;
        return table.processors > 3 ? table.processors / 2 : 1;
}

/* Finished, or one too many. */
static void step_down(struct crew *crew)
{
        while (crew->count > 0)
                queue_first(crew->seats[--crew->count]);
        if (table.first && table.leaders <= leaders_max())
                call_seat(queue_take());
        else
                table.leaders--;
}

/* Under the lock, but for the work. */
static void lead(struct seat *own)
{
        struct crew crew = {{own}, 1};

        if (!table.first)
                let_others_come();
        while (own->blocks > 0 && table.leaders <= leaders_max()) {
                take_along(&crew);
                pthread_mutex_unlock(&table.lock);
                work(&crew);
                pthread_mutex_lock(&table.lock);
                let_go(&crew);
        }
        step_down(&crew);
}

/* -- Who comes. */

static void sit_down(struct seat *seat)
{
        if (table.processors == 0) {
                long processors = sysconf(_SC_NPROCESSORS_ONLN);

                table.processors = processors > 1 ? (size_t)processors : 1;
        }
        if (++table.pieces > 1)
                table.company = COMPANY;
        if (table.leaders < leaders_max()) {
                table.leaders++;
                seat->is_called = true;
        } else {
                queue_last(seat);
        }
}

static void take_turns(struct seat *seat)
{
        for (;;) {
                while (!seat->is_called)
                        pthread_cond_wait(&seat->called, &table.lock);
                if (seat->blocks == 0)
                        return;
                lead(seat);
        }
}

bool md5_table_is_open(void)
{
        return md5_lanes_are_there();
}

void md5_table_add(uint32_t chain[4], const uint8_t *bytes, size_t blocks)
{
        struct seat seat = {.lane = {{chain[0], chain[1], chain[2], chain[3]}, bytes},
                            .blocks = blocks,
                            .called = PTHREAD_COND_INITIALIZER};

        assert(blocks > 0);
        pthread_mutex_lock(&table.lock);
        sit_down(&seat);
        take_turns(&seat);
        pthread_mutex_unlock(&table.lock);
        pthread_cond_destroy(&seat.called);
        memcpy(chain, seat.lane.chain, sizeof(seat.lane.chain));
}
