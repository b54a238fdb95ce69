#include "net/early.h"
#include "net/flow.h"
#include "net/request.h"
#include "net/watchdog.h"

#include <microhttpd.h>

/* What is left of a body that nobody wants is read and thrown away if it is no more. */
#define DRAINED_BYTES ((uint64_t)1 << 20)

int http_keep_request(struct http_exchange *exchange)
{
        return request_keep(exchange);
}

int http_receive(struct http_exchange *exchange, struct http_sink *sink)
{
        if (!exchange->server->crew)
                return -EOPNOTSUPP;
        TRY(request_keep(exchange));
        TRY(inflow_new(exchange, sink));
        exchange_ref(exchange); /* the callee's: http_reply(), or work() of the inflow */
        return 0;
}

/* A client that sends this much is given as much time again. */
static void watch_progress(struct http_exchange *exchange)
{
        const struct http_server_options *options = &exchange->server->options;
        uint64_t taken = inflow_taken(exchange->inflow);

        if (taken < exchange->next_progress)
                return;
        exchange->next_progress = taken + options->min_progress;
        watchdog_expect(exchange->server->watchdog, exchange->connection, options->body_timeout_s);
}

void stream_begin(struct http_exchange *exchange)
{
        watchdog_mark(exchange->server->watchdog, exchange->connection, STREAM_RECEIVED);
        watch_progress(exchange);
}

/* The sink takes no more. A short rest is passed over, so that the connection may go on; else the answer is
 * sent amid the body, and that is the end. */
static enum MHD_Result pass_over(struct http_exchange *exchange, size_t *len)
{
        const struct http_request *request = &exchange->request;

        if (!request_is_chunked(request) &&
            request_length(request) - inflow_taken(exchange->inflow) <= DRAINED_BYTES) {
                inflow_pass_over(exchange->inflow, *len);
                *len = 0;
                watch_progress(exchange);
                return MHD_YES;
        }
        if (atomic_load(&exchange->state) != REPLY_GIVEN) {
                exchange_await_reply(exchange);
                return MHD_YES;
        }
        early_answer(exchange);
        return MHD_NO;
}

enum MHD_Result stream_take(struct http_exchange *exchange, const char *bytes, size_t *len)
{
        size_t taken;

        if (inflow_is_refused(exchange->inflow))
                return pass_over(exchange, len);
        watch_progress(exchange);
        taken = inflow_take(exchange->inflow, str_make(bytes, *len));
        if (taken < *len) { /* what the sink takes is not the client's time */
                watchdog_expect(exchange->server->watchdog, exchange->connection, 0);
                exchange->next_progress = 0;
        }
        *len -= taken;
        return MHD_YES;
}

enum MHD_Result stream_end(struct http_exchange *exchange)
{
        struct http_server *server = exchange->server;

        exchange->is_dispatched = true;
        watchdog_mark(server->watchdog, exchange->connection, NO_STREAM);
        inflow_end(exchange->inflow);
        if (atomic_load(&exchange->state) == REPLY_GIVEN)
                return exchange_queue_answer(exchange);
        exchange_await_reply(exchange);
        return MHD_YES;
}

/* Whether the callee wants the body, and where. From here on it counts as pending if he has it: before
 * is_stopping is read, as in exchange_dispatch(). */
void stream_ask(struct http_exchange *exchange)
{
        struct http_server *server = exchange->server;

        exchange_count_pending(exchange);
        if (atomic_load(&server->is_stopping))
                exchange->refusal = MHD_HTTP_SERVICE_UNAVAILABLE;
        else
                server->options.on_headers(server->options.arg, exchange);
        if (exchange->inflow || atomic_load(&exchange->state) == REPLY_GIVEN)
                return;
        exchange->is_pending = false;
        atomic_fetch_sub(&server->pending, 1);
}

/* The callee has answered without the body. */
enum MHD_Result stream_decline(struct http_exchange *exchange, uint64_t length)
{
        bool is_chunked = request_is_chunked(&exchange->request);

        watchdog_expect(exchange->server->watchdog, exchange->connection,
                        exchange->server->options.body_timeout_s);
        if (!request_asks_first(&exchange->request) && !is_chunked && length <= DRAINED_BYTES)
                return MHD_YES; /* after the body */
        if (length || is_chunked)
                early_end(exchange);
        exchange->is_dispatched = true;
        return exchange_queue_answer(exchange);
}
