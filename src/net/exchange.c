#include "net/early.h"
#include "net/flow.h"
#include "net/request.h"
#include "net/watchdog.h"

#include "base/log.h"

#include <microhttpd.h>
#include <poll.h>

const struct http_request *http_exchange_request(const struct http_exchange *exchange)
{
        return &exchange->request;
}

bool http_client_has_left(const struct http_exchange *exchange)
{
        const union MHD_ConnectionInfo *info =
                MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        struct pollfd end = {.fd = info ? info->connect_fd : -1, .events = POLLRDHUP};

        return poll(&end, 1, 0) > 0 && end.revents & (POLLRDHUP | POLLHUP | POLLERR);
}

static void exchange_free(struct http_exchange *exchange)
{
        struct http_server *server = exchange->server;
        struct http_source *source = exchange->response ? exchange->response->source : NULL;

        inflow_free(exchange->inflow);
        outflow_free(exchange->outflow);
        if (source && source->done)
                source->done(source);
        if (exchange->released)
                exchange->released(exchange->owner);
        atomic_fetch_sub(&server->body_bytes, exchange->body.len);
        buf_done_wiped(&exchange->body);
        arena_done(&exchange->arena);
        if (exchange->is_pending)
                atomic_fetch_sub(&server->pending, 1);
        free(exchange);
}

void exchange_ref(struct http_exchange *exchange)
{
        atomic_fetch_add(&exchange->references, 1);
}

void exchange_unref(struct http_exchange *exchange)
{
        if (atomic_fetch_sub(&exchange->references, 1) == 1)
                exchange_free(exchange);
}

void exchange_count_pending(struct http_exchange *exchange)
{
        if (!exchange->is_pending)
                atomic_fetch_add(&exchange->server->pending, 1);
        exchange->is_pending = true;
}

/* -- The body, gathered ---------------------------------------------------------------------------------- */

static bool keep_body(struct http_exchange *exchange, const char *bytes, size_t len)
{
        struct http_server *server = exchange->server;

        if (atomic_fetch_add(&server->body_bytes, len) + len <= server->options.max_body_all) {
                buf_add_bytes(&exchange->body, bytes, len);
                if (!exchange->body.failed)
                        return true;
        }
        atomic_fetch_sub(&server->body_bytes, len);
        return false;
}

/* What cannot be kept is read to its end and thrown away; then comes the refusal. */
void exchange_take_body(struct http_exchange *exchange, const char *bytes, size_t len)
{
        struct http_server *server = exchange->server;

        if (exchange->refusal || atomic_load(&exchange->state) == REPLY_GIVEN)
                return;
        if (len > server->options.max_body - exchange->body.len)
                exchange->refusal = MHD_HTTP_CONTENT_TOO_LARGE;
        else if (!keep_body(exchange, bytes, len))
                exchange->refusal = MHD_HTTP_SERVICE_UNAVAILABLE;
        if (exchange->refusal) {
                atomic_fetch_sub(&server->body_bytes, exchange->body.len);
                buf_done_wiped(&exchange->body);
        }
}

/* -- Answering ------------------------------------------------------------------------------------------- */

/* The answer to HEAD tells the size of a body that is never read. */
static struct MHD_Response *make_streamed_reply(struct http_exchange *exchange)
{
        struct http_source *source = exchange->response->source;
        size_t block = 1;

        if (outflow_new(exchange, source) < 0)
                return NULL;
        if (!str_eq(exchange->request.method, STR("HEAD")))
                block = outflow_begin(exchange->outflow);
        watchdog_mark(exchange->server->watchdog, exchange->connection, STREAM_SENT);
        return MHD_create_response_from_callback(source->size == HTTP_SIZE_UNKNOWN ? MHD_SIZE_UNKNOWN
                                                                                   : source->size,
                                                 block, outflow_give, exchange->outflow, NULL);
}

static struct MHD_Response *make_reply(struct http_exchange *exchange)
{
        const struct http_response *response = exchange->response;

        struct str body = response->source ? response->source->whole : response->body;

        if (response->source && !str_is_set(body))
                return make_streamed_reply(exchange);
        return MHD_create_response_from_buffer(body.len, (void *)(uintptr_t)body.ptr, MHD_RESPMEM_PERSISTENT);
}

/* libmicrohttpd takes no value that is empty or has a tab in it; to who reads it, blanks are the same. */
static char *value_text(struct arena *arena, struct str value)
{
        char *text = arena_cstr(arena, value.len ? value : STR(" "));

        for (char *at = text; at && *at; at++)
                if (*at == '\t')
                        *at = ' ';
        return text;
}

enum MHD_Result exchange_queue_answer(struct http_exchange *exchange)
{
        const struct http_response *response = exchange->response;
        struct MHD_Response *reply = make_reply(exchange);
        enum MHD_Result result;

        if (!reply)
                return MHD_NO;
        for (size_t i = 0; i < response->header_count; i++) {
                char *name = arena_cstr(&exchange->arena, response->headers[i].name);
                char *value = value_text(&exchange->arena, response->headers[i].value);

                if (!name || !value || MHD_add_response_header(reply, name, value) != MHD_YES)
                        log_event(LOG_WARNING, "an answer's header could not be sent", "name",
                                  name ? name : "", NULL);
        }
        watchdog_expect(exchange->server->watchdog, exchange->connection,
                        exchange->server->options.reply_timeout_s);
        result = MHD_queue_response(exchange->connection, response->status, reply);
        MHD_destroy_response(reply);
        return result;
}

void http_reply(struct http_exchange *exchange, const struct http_response *response,
                void (*released)(void *owner), void *owner)
{
        bool is_referred =
                exchange->inflow != NULL; /* else it may be gone as soon as its connection goes on */

        exchange->response = response;
        exchange->released = released;
        exchange->owner = owner;
        if (atomic_exchange(&exchange->state, REPLY_GIVEN) == REPLY_AWAITED)
                MHD_resume_connection(exchange->connection);
        if (is_referred)
                exchange_unref(exchange);
}

static const struct http_response *plain_refusal(unsigned int status)
{
        static const struct http_header CLOSE = {STR_INIT("Connection"), STR_INIT("close")};
        static const struct http_response RESPONSES[] = {
                {MHD_HTTP_BAD_REQUEST, &CLOSE, 1, STR_INIT("")},
                {MHD_HTTP_CONTENT_TOO_LARGE, &CLOSE, 1, STR_INIT("")},
                {MHD_HTTP_SERVICE_UNAVAILABLE, &CLOSE, 1, STR_INIT("")},
        };

        for (size_t i = 0; i < ARRAY_LEN(RESPONSES); i++)
                if (RESPONSES[i].status == status)
                        return &RESPONSES[i];
        return &RESPONSES[0];
}

static void refuse(struct http_exchange *exchange)
{
        const struct http_server_options *options = &exchange->server->options;

        if (exchange->refusal == MHD_HTTP_CONTENT_TOO_LARGE)
                atomic_fetch_add(&exchange->server->too_large, 1);
        if (options->on_refuse && exchange->refusal != MHD_HTTP_BAD_REQUEST)
                options->on_refuse(options->arg, exchange, exchange->refusal);
        else
                http_reply(exchange, plain_refusal(exchange->refusal), NULL, NULL);
}

static void hand_over(struct http_exchange *exchange)
{
        if (!exchange->refusal && atomic_load(&exchange->server->is_stopping))
                exchange->refusal = MHD_HTTP_SERVICE_UNAVAILABLE;
        if (exchange->refusal)
                refuse(exchange);
        else
                exchange->server->options.on_request(exchange->server->options.arg, exchange);
}

/* If the answer is not there yet the connection sleeps until it is. */
void exchange_await_reply(struct http_exchange *exchange)
{
        int none = REPLY_NONE;

        watchdog_expect(exchange->server->watchdog, exchange->connection, 0);
        MHD_suspend_connection(exchange->connection);
        if (!atomic_compare_exchange_strong(&exchange->state, &none, REPLY_AWAITED))
                MHD_resume_connection(exchange->connection);
}

/* Hands a whole request over. */
enum MHD_Result exchange_dispatch(struct http_exchange *exchange)
{
        exchange->is_dispatched = true;
        exchange_count_pending(exchange); /* before is_stopping is read: http_server_stop() */
        exchange->request.body = buf_str(&exchange->body);
        watchdog_mark(exchange->server->watchdog, exchange->connection, NO_STREAM);
        watchdog_expect(exchange->server->watchdog, exchange->connection, 0);
        if (atomic_load(&exchange->state) != REPLY_GIVEN)
                hand_over(exchange);
        if (atomic_load(&exchange->state) == REPLY_GIVEN)
                return exchange_queue_answer(exchange);
        exchange_await_reply(exchange);
        return MHD_YES;
}
