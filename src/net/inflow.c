#include "net/crew.h"
#include "net/flow.h"
#include "net/request.h"

#include <microhttpd.h>
#include <pthread.h>

#define HAND_OVER 65536 /* bytes that are worth a worker's while */

enum fate { BODY_COMING, BODY_WHOLE, BODY_LOST };

struct piece {
        char *bytes;
        size_t len;
};

struct inflow {
        struct crew_job job; /* first: see work() */
        struct http_exchange *exchange;
        struct http_sink *sink;
        size_t room;            /* of a buffer */
        _Atomic uint64_t taken; /* written by the connection's thread alone */
        pthread_mutex_t lock;
        struct piece filling, emptying; /* the connection's; the worker's */
        enum fate fate;
        bool is_working; /* a worker has it, or will */
        bool is_waiting; /* the connection is suspended until there is room */
        bool is_refused; /* by the sink */
        bool is_told;    /* the sink, of its end */
        char buffers[];
};

static bool work(struct crew_job *job);

size_t flow_room_take(struct http_server *server, uint64_t wanted, size_t most, size_t count)
{
        size_t room = wanted < most ? (size_t)wanted + !wanted : most;
        size_t all = count * room;

        if (atomic_fetch_add(&server->flow_bytes, all) + all <= server->options.max_flow_bytes ||
            room <= FLOW_LEAST)
                return room;
        atomic_fetch_sub(&server->flow_bytes, count * (room - FLOW_LEAST));
        return FLOW_LEAST;
}

void flow_room_give(struct http_server *server, size_t room, size_t count)
{
        atomic_fetch_sub(&server->flow_bytes, count * room);
}

int inflow_new(struct http_exchange *exchange, struct http_sink *sink)
{
        bool is_chunked = request_is_chunked(&exchange->request);
        size_t room =
                flow_room_take(exchange->server,
                               is_chunked ? FLOW_BUFFER : request_length(&exchange->request), FLOW_BUFFER, 2);
        struct inflow *inflow;

        inflow = malloc(sizeof(*inflow) + 2 * room);
        if (!inflow) {
                flow_room_give(exchange->server, room, 2);
                return -ENOMEM;
        }
        *inflow = (struct inflow){.job.run = work, .exchange = exchange, .sink = sink, .room = room};
        inflow->filling.bytes = inflow->buffers;
        inflow->emptying.bytes = inflow->buffers + room;
        pthread_mutex_init(&inflow->lock, NULL);
        exchange->inflow = inflow;
        atomic_fetch_add(&exchange->server->receiving, 1);
        return 0;
}

void inflow_free(struct inflow *inflow)
{
        if (!inflow)
                return;
        atomic_fetch_sub(&inflow->exchange->server->receiving, 1);
        flow_room_give(inflow->exchange->server, inflow->room, 2);
        pthread_mutex_destroy(&inflow->lock);
        free(inflow);
}

/* -- The connection's side. */

/* With the lock held. */
static void call_worker(struct inflow *inflow)
{
        if (inflow->is_working)
                return;
        inflow->is_working = true;
        exchange_ref(inflow->exchange);
        crew_add(inflow->exchange->server->crew, &inflow->job);
}

size_t inflow_take(struct inflow *inflow, struct str bytes)
{
        struct piece *piece = &inflow->filling;
        size_t len = 0;

        pthread_mutex_lock(&inflow->lock);
        if (!inflow->is_waiting) {
                len = inflow->room - piece->len;
                if (len > bytes.len)
                        len = bytes.len;
                memcpy(piece->bytes + piece->len, bytes.ptr, len);
                piece->len += len;
                if (piece->len >= HAND_OVER || piece->len == inflow->room)
                        call_worker(inflow);
                inflow->is_waiting = len < bytes.len;
                if (inflow->is_waiting)
                        MHD_suspend_connection(inflow->exchange->connection);
        }
        pthread_mutex_unlock(&inflow->lock);
        inflow_pass_over(inflow, len);
        return len;
}

void inflow_pass_over(struct inflow *inflow, size_t len)
{
        atomic_fetch_add(&inflow->taken, len);
        atomic_fetch_add(&inflow->exchange->server->received_bytes, len);
}

uint64_t inflow_taken(const struct inflow *inflow)
{
        return atomic_load(&inflow->taken);
}

static void decide(struct inflow *inflow, enum fate fate)
{
        pthread_mutex_lock(&inflow->lock);
        if (inflow->fate == BODY_COMING) {
                inflow->fate = fate;
                if (!inflow->is_refused)
                        call_worker(inflow);
        }
        pthread_mutex_unlock(&inflow->lock);
}

void inflow_end(struct inflow *inflow)
{
        decide(inflow, BODY_WHOLE);
}

void inflow_lose(struct inflow *inflow)
{
        decide(inflow, BODY_LOST);
}

bool inflow_is_refused(struct inflow *inflow)
{
        bool is_refused;

        pthread_mutex_lock(&inflow->lock);
        is_refused = inflow->is_refused;
        pthread_mutex_unlock(&inflow->lock);
        return is_refused;
}

/* -- The worker's side: one buffer a turn, so that all come to theirs when there are more than workers. */

/* With the lock held: the buffers change hands, and there is room again. */
static void take_over(struct inflow *inflow)
{
        struct piece full = inflow->filling;

        inflow->filling = inflow->emptying;
        inflow->emptying = full;
        if (inflow->is_refused || inflow->fate == BODY_LOST)
                inflow->emptying.len = 0;
        if (inflow->is_waiting)
                MHD_resume_connection(inflow->exchange->connection);
        inflow->is_waiting = false;
}

/* What follows a turn: another, the end of the sink, or rest. With the lock held. */
enum next { NEXT_TURN, NEXT_END, NEXT_ABANDON, NEXT_REST };

static enum next what_follows(struct inflow *inflow)
{
        bool is_open = !inflow->is_refused && !inflow->is_told;

        if (inflow->is_waiting)
                return NEXT_TURN;
        if (is_open && inflow->fate == BODY_LOST)
                return NEXT_ABANDON;
        if (is_open && inflow->filling.len >= (inflow->fate == BODY_WHOLE ? 1 : HAND_OVER))
                return NEXT_TURN;
        return is_open && inflow->fate == BODY_WHOLE ? NEXT_END : NEXT_REST;
}

static enum next do_turn(struct inflow *inflow)
{
        enum next next;
        int r = 0;

        pthread_mutex_lock(&inflow->lock);
        take_over(inflow);
        pthread_mutex_unlock(&inflow->lock);
        if (inflow->emptying.len)
                r = inflow->sink->write(inflow->sink, str_make(inflow->emptying.bytes, inflow->emptying.len));
        pthread_mutex_lock(&inflow->lock);
        inflow->emptying.len = 0;
        inflow->is_refused |= r < 0;
        next = what_follows(inflow);
        inflow->is_told |= next == NEXT_END || next == NEXT_ABANDON;
        inflow->is_working = next == NEXT_TURN;
        pthread_mutex_unlock(&inflow->lock);
        return next;
}

/* After the end the answer may come before we are back, and with it the end of all but our own reference. */
static bool work(struct crew_job *job)
{
        struct inflow *inflow = (struct inflow *)(void *)job;
        struct http_exchange *exchange = inflow->exchange;
        enum next next = do_turn(inflow);

        if (next == NEXT_TURN)
                return true;
        if (next == NEXT_END)
                inflow->sink->end(inflow->sink);
        if (next == NEXT_ABANDON) {
                atomic_fetch_add(&exchange->server->abandoned, 1);
                inflow->sink->abandoned(inflow->sink);
                exchange_unref(exchange); /* nobody will answer */
        }
        exchange_unref(exchange);
        return false;
}
