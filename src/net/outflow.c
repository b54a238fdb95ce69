#include "net/crew.h"
#include "net/flow.h"
#include "net/watchdog.h"

#include <microhttpd.h>
#include <pthread.h>

struct piece {
        char *bytes;
        size_t len; /* 0: to be filled */
        size_t at;  /* given so far */
};

struct outflow {
        struct crew_job job; /* first: see work() */
        struct http_exchange *exchange;
        struct http_source *source;
        size_t room;       /* of a buffer */
        char *buffers;     /* NULL: not begun */
        uint64_t progress; /* what had been given when the client's time was last set */
        pthread_mutex_t lock;
        struct piece pieces[2];
        unsigned int in, out; /* filled next; given next */
        uint64_t read;        /* bytes, of the source */
        int error;
        bool is_ended;   /* the source */
        bool is_closed;  /* by the connection */
        bool is_working; /* a worker has it, or will */
        bool is_waiting; /* the connection is suspended until there is something to give */
};

static bool work(struct crew_job *job);

int outflow_new(struct http_exchange *exchange, struct http_source *source)
{
        struct outflow *outflow = exchange->server->crew ? calloc(1, sizeof(*outflow)) : NULL;

        if (!outflow)
                return exchange->server->crew ? -ENOMEM : -EOPNOTSUPP;
        *outflow = (struct outflow){.job.run = work, .exchange = exchange, .source = source};
        pthread_mutex_init(&outflow->lock, NULL);
        exchange->outflow = outflow;
        atomic_fetch_add(&exchange->server->sending, 1);
        return 0;
}

void outflow_free(struct outflow *outflow)
{
        if (!outflow)
                return;
        atomic_fetch_sub(&outflow->exchange->server->sending, 1);
        if (outflow->buffers)
                flow_room_give(outflow->exchange->server, outflow->room);
        free(outflow->buffers);
        pthread_mutex_destroy(&outflow->lock);
        free(outflow);
}

/* With the lock held. */
static void call_worker(struct outflow *outflow)
{
        if (outflow->is_working || outflow->is_ended || outflow->is_closed || outflow->error < 0 ||
            outflow->pieces[outflow->in].len)
                return;
        outflow->is_working = true;
        exchange_ref(outflow->exchange);
        crew_add(outflow->exchange->server->crew, &outflow->job);
}

int outflow_begin(struct outflow *outflow)
{
        struct http_server *server = outflow->exchange->server;
        size_t room = flow_room_take(server, outflow->source->size);

        outflow->buffers = malloc(2 * room);
        if (!outflow->buffers) {
                flow_room_give(server, room);
                return -ENOMEM;
        }
        outflow->room = room;
        outflow->pieces[0].bytes = outflow->buffers;
        outflow->pieces[1].bytes = outflow->buffers + room;
        pthread_mutex_lock(&outflow->lock);
        call_worker(outflow);
        pthread_mutex_unlock(&outflow->lock);
        return 0;
}

void outflow_close(struct outflow *outflow)
{
        pthread_mutex_lock(&outflow->lock);
        outflow->is_closed = true;
        pthread_mutex_unlock(&outflow->lock);
}

/* -- The connection's side. */

/* A client must take so much in so much time; what the source takes is not counted. */
static void watch_progress(struct outflow *outflow, uint64_t position, bool is_waiting)
{
        const struct http_server_options *options = &outflow->exchange->server->options;
        struct watchdog *watchdog = outflow->exchange->server->watchdog;

        if (is_waiting) {
                watchdog_expect(watchdog, outflow->exchange->connection, 0);
                outflow->progress = UINT64_MAX;
        } else if (outflow->progress == UINT64_MAX || position - outflow->progress >= options->min_progress) {
                watchdog_expect(watchdog, outflow->exchange->connection, options->reply_timeout_s);
                outflow->progress = position;
        }
}

/* With the lock held. */
static size_t take_from(struct outflow *outflow, char *out, size_t most)
{
        struct piece *piece = &outflow->pieces[outflow->out];
        size_t len = piece->len - piece->at < most ? piece->len - piece->at : most;

        memcpy(out, piece->bytes + piece->at, len);
        piece->at += len;
        if (piece->at == piece->len) {
                piece->len = 0;
                outflow->out = !outflow->out;
                call_worker(outflow);
        }
        return len;
}

/* With the lock held. */
static ssize_t give(struct outflow *outflow, char *out, size_t most)
{
        if (outflow->pieces[outflow->out].len)
                return (ssize_t)take_from(outflow, out, most);
        if (outflow->error < 0)
                return MHD_CONTENT_READER_END_WITH_ERROR;
        if (outflow->is_ended)
                return MHD_CONTENT_READER_END_OF_STREAM;
        outflow->is_waiting = true;
        MHD_suspend_connection(outflow->exchange->connection);
        return 0;
}

ssize_t outflow_give(void *cls, uint64_t position, char *out, size_t most)
{
        struct outflow *outflow = cls;
        ssize_t given;

        pthread_mutex_lock(&outflow->lock);
        given = give(outflow, out, most);
        watch_progress(outflow, position, outflow->is_waiting); /* before a worker can resume it */
        pthread_mutex_unlock(&outflow->lock);
        if (given > 0)
                atomic_fetch_add(&outflow->exchange->server->sent_bytes, (uint64_t)given);
        return given;
}

/* -- The worker's side: one buffer a turn. */

static int read_piece(struct outflow *outflow, struct piece *piece, size_t *ret_len)
{
        struct http_source *source = outflow->source;
        uint64_t left = source->size - outflow->read; /* of an unknown size: endless */
        size_t wanted = left < outflow->room ? (size_t)left : outflow->room;

        *ret_len = 0;
        if (wanted)
                TRY(source->read(source, outflow->read, piece->bytes, wanted, ret_len));
        if (*ret_len == 0 && wanted && source->size != HTTP_SIZE_UNKNOWN)
                return -EIO; /* less than was promised */
        return 0;
}

/* False when there is nothing to do for now. */
static bool do_turn(struct outflow *outflow)
{
        struct piece *piece = &outflow->pieces[outflow->in];
        size_t len;
        int r = read_piece(outflow, piece, &len);
        bool is_next;

        pthread_mutex_lock(&outflow->lock);
        piece->len = len;
        piece->at = 0;
        outflow->read += len;
        outflow->error = r;
        outflow->is_ended = r == 0 && (len == 0 || outflow->read == outflow->source->size);
        if (len)
                outflow->in = !outflow->in;
        if (outflow->is_waiting)
                MHD_resume_connection(outflow->exchange->connection);
        outflow->is_waiting = false;
        is_next = !outflow->is_ended && !outflow->is_closed && r == 0 && !outflow->pieces[outflow->in].len;
        outflow->is_working = is_next;
        pthread_mutex_unlock(&outflow->lock);
        return is_next;
}

static bool work(struct crew_job *job)
{
        struct outflow *outflow = (struct outflow *)(void *)job;
        struct http_exchange *exchange = outflow->exchange;

        if (do_turn(outflow))
                return true;
        exchange_unref(exchange);
        return false;
}
