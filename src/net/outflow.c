#include "net/crew.h"
#include "net/flow.h"
#include "net/watchdog.h"

#include <assert.h>
#include <microhttpd.h>

enum turn {
        TURN_NONE,    /* nobody reads */
        TURN_READING, /* a worker does, into libmicrohttpd's buffer; the connection is suspended */
        TURN_READ,    /* it has; the connection goes on */
};

struct outflow {
        struct crew_job job; /* first: see work() */
        struct http_exchange *exchange;
        struct http_source *source;
        size_t room;                /* of libmicrohttpd's buffer, as the budget knows it; 0: not begun */
        struct flow_thread *reader; /* reads what needs no waiting; NULL: workers do */
        uint64_t progress;          /* what had been given when the client's time was last set */
        _Atomic enum turn turn;
        /* Of the turn; whoever has it. */
        uint64_t position;
        char *out;
        size_t most, len;
        int result;
};

static bool work(struct crew_job *job);

int outflow_new(struct http_exchange *exchange, struct http_source *source)
{
        struct outflow *outflow = exchange->server->crew ? calloc(1, sizeof(*outflow)) : NULL;

        if (!outflow)
                return exchange->server->crew ? -ENOMEM : -EOPNOTSUPP;
        *outflow = (struct outflow){.job.run = work, .exchange = exchange, .source = source};
        exchange->outflow = outflow;
        atomic_fetch_add(&exchange->server->sending, 1);
        return 0;
}

void outflow_free(struct outflow *outflow)
{
        if (!outflow)
                return;
        atomic_fetch_sub(&outflow->exchange->server->sending, 1);
        flow_room_give(outflow->exchange->server, outflow->room, 1);
        if (outflow->reader)
                atomic_fetch_sub(&outflow->reader->reading, 1);
        free(outflow);
}

/* NULL: there are more of them than we know. */
static struct flow_thread *thread_of(struct http_exchange *exchange)
{
        const union MHD_ConnectionInfo *info =
                MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_DAEMON);
        struct flow_thread *threads = exchange->server->flow_threads;

        for (size_t i = 0; info && i < FLOW_THREADS_KNOWN; i++) {
                struct MHD_Daemon *known = NULL;

                if (atomic_compare_exchange_strong(&threads[i].daemon, &known, info->daemon) ||
                    known == info->daemon)
                        return &threads[i];
        }
        return NULL;
}

/* Connections come to I/O threads by chance. One that has more than its share of what is sent leaves the
 * reading to workers, so that no processor is idle. */
static struct flow_thread *choose_reader(struct outflow *outflow)
{
        const struct http_server *server = outflow->exchange->server;
        struct flow_thread *thread = outflow->source->read_now ? thread_of(outflow->exchange) : NULL;
        unsigned int threads = server->options.threads ? server->options.threads : 1;

        if (!thread ||
            atomic_load(&thread->reading) >= (atomic_load(&server->sending) + threads - 1) / threads)
                return NULL;
        atomic_fetch_add(&thread->reading, 1);
        return thread;
}

size_t outflow_begin(struct outflow *outflow)
{
        outflow->room = flow_room_take(outflow->exchange->server, outflow->source->size, OUTFLOW_BUFFER, 1);
        outflow->reader = choose_reader(outflow);
        return outflow->room;
}

/* -- The connection's side. */

/* A client must take so much in so much time; what the source takes is not counted. */
static void watch_progress(struct outflow *outflow, bool is_waiting)
{
        const struct http_server_options *options = &outflow->exchange->server->options;
        struct watchdog *watchdog = outflow->exchange->server->watchdog;

        if (is_waiting) {
                watchdog_expect(watchdog, outflow->exchange->connection, 0);
                outflow->progress = UINT64_MAX;
        } else if (outflow->progress == UINT64_MAX ||
                   outflow->position - outflow->progress >= options->min_progress) {
                watchdog_expect(watchdog, outflow->exchange->connection, options->reply_timeout_s);
                outflow->progress = outflow->position;
        }
}

static int read_by(struct outflow *outflow, int (*read)(struct http_source *source, uint64_t offset,
                                                        void *out, size_t len, size_t *ret_len))
{
        struct http_source *source = outflow->source;
        uint64_t left = source->size - outflow->position; /* of an unknown size: endless */
        size_t wanted = left < outflow->most ? (size_t)left : outflow->most;

        outflow->len = 0;
        if (wanted)
                TRY(read(source, outflow->position, outflow->out, wanted, &outflow->len));
        if (outflow->len == 0 && wanted && source->size != HTTP_SIZE_UNKNOWN)
                return -EIO; /* less than was promised */
        return 0;
}

/* What the worker has read, or what can be read without waiting. -EAGAIN: neither. */
static int take_turn(struct outflow *outflow, uint64_t position, char *out, size_t most)
{
        if (atomic_load(&outflow->turn) == TURN_READ) {
                assert(outflow->out == out && outflow->position == position && outflow->len <= most);
                atomic_store(&outflow->turn, TURN_NONE);
                return outflow->result;
        }
        outflow->position = position;
        outflow->out = out;
        outflow->most = most;
        return outflow->reader ? read_by(outflow, outflow->source->read_now) : -EAGAIN;
}

/* Until then the connection keeps its buffer, and is not ended. */
static void wait_for_worker(struct outflow *outflow)
{
        atomic_store(&outflow->turn, TURN_READING);
        watch_progress(outflow, true); /* before a worker can resume it */
        MHD_suspend_connection(outflow->exchange->connection);
        exchange_ref(outflow->exchange);
        crew_add(outflow->exchange->server->crew, &outflow->job);
}

ssize_t outflow_give(void *cls, uint64_t position, char *out, size_t most)
{
        struct outflow *outflow = cls;
        int r = take_turn(outflow, position, out, most);

        if (r == -EAGAIN) {
                wait_for_worker(outflow);
                return 0;
        }
        if (r < 0)
                return MHD_CONTENT_READER_END_WITH_ERROR;
        if (outflow->len == 0)
                return MHD_CONTENT_READER_END_OF_STREAM;
        watch_progress(outflow, false);
        atomic_fetch_add(&outflow->exchange->server->sent_bytes, outflow->len);
        return (ssize_t)outflow->len;
}

/* -- The worker's side: one buffer a turn. */

static bool work(struct crew_job *job)
{
        struct outflow *outflow = (struct outflow *)(void *)job;
        struct http_exchange *exchange = outflow->exchange;
        int r = read_by(outflow, outflow->source->read);

        outflow->result = r == -EAGAIN ? -EIO : r;
        atomic_store(&outflow->turn, TURN_READ);
        MHD_resume_connection(exchange->connection);
        exchange_unref(exchange);
        return false;
}
