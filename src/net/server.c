#include "net/crew.h"
#include "net/door.h"
#include "net/early.h"
#include "net/farewell.h"
#include "net/flow.h"
#include "net/request.h"
#include "net/watchdog.h"

#include "base/clock.h"
#include "base/log.h"

#include <microhttpd.h>
#include <unistd.h>

#define EXCHANGE_ARENA  ((size_t)256 * 1024)
#define WAIT_US         2000
#define REPLY_TIMEOUT_S 60
#define MIN_PROGRESS    65536
#define LEAVING_MAX     64
#define MAX_FLOW_BYTES  ((size_t)256 << 20)
/* A body of up to so many times the limit is read and thrown away before it is refused: a client that is
 * still sending when the connection closes sees a broken connection instead of the 413. */
#define DRAINED_BODIES 8

/* Called with the raw target, before libmicrohttpd decodes it in place: signatures need it untouched. */
static void *on_uri(void *cls, const char *uri, struct MHD_Connection *connection)
{
        struct http_server *server = cls;
        struct http_exchange *exchange = calloc(1, sizeof(*exchange));
        struct str target;
        ptrdiff_t mark;

        if (!exchange)
                return NULL;
        exchange->server = server;
        exchange->connection = connection;
        exchange->references = 1;
        exchange->farewell_fd = -1;
        arena_init(&exchange->arena, EXCHANGE_ARENA);
        buf_init(&exchange->body, server->options.max_body);
        target = arena_dup(&exchange->arena, str_of(uri));
        mark = str_find_byte(target, '?');
        exchange->request.path = mark < 0 ? target : str_part(target, 0, (size_t)mark);
        exchange->request.query = mark < 0 ? STR_NONE : str_from(target, (size_t)mark + 1);
        return exchange;
}

/* -- What libmicrohttpd tells ---------------------------------------------------------------------------- */

/* A client that asked before sending its body is told at once; so is one whose body has no end in sight. */
static bool is_refused_unread(const struct http_exchange *exchange, uint64_t length)
{
        return exchange->refusal == MHD_HTTP_BAD_REQUEST ||
               (exchange->refusal && (length / DRAINED_BODIES > exchange->server->options.max_body ||
                                      request_asks_first(&exchange->request)));
}

static enum MHD_Result on_headers(struct http_exchange *exchange, const char *method, const char *version)
{
        struct http_server *server = exchange->server;
        uint64_t length;

        if (request_read(exchange, method, version) < 0)
                return MHD_NO;
        length = request_length(&exchange->request);
        if (request_is_ambiguous(&exchange->request))
                exchange->refusal = MHD_HTTP_BAD_REQUEST;
        else if (server->options.on_headers)
                stream_ask(exchange);
        if (exchange->inflow) {
                stream_begin(exchange);
                return MHD_YES;
        }
        if (atomic_load(&exchange->state) == REPLY_GIVEN)
                return stream_decline(exchange, length);
        if (!exchange->refusal && length > server->options.max_body)
                exchange->refusal = MHD_HTTP_CONTENT_TOO_LARGE;
        if (is_refused_unread(exchange, length))
                return exchange_dispatch(exchange);
        watchdog_mark(server->watchdog, exchange->connection, BODY_GATHERED);
        watchdog_expect(server->watchdog, exchange->connection, server->options.body_timeout_s);
        return MHD_YES;
}

static enum MHD_Result on_body(struct http_exchange *exchange, const char *bytes, size_t *len)
{
        if (exchange->inflow)
                return stream_take(exchange, bytes, len);
        exchange_take_body(exchange, bytes, *len);
        *len = 0;
        return MHD_YES;
}

static enum MHD_Result on_access(void *cls, struct MHD_Connection *connection, const char *url,
                                 const char *method, const char *version, const char *upload,
                                 size_t *upload_len, void **con_cls)
{
        struct http_exchange *exchange = *con_cls;

        (void)cls;
        (void)connection;
        (void)url;
        if (!exchange)
                return MHD_NO;
        if (!exchange->is_started)
                return on_headers(exchange, method, version);
        if (*upload_len > 0)
                return on_body(exchange, upload, upload_len);
        if (!exchange->is_dispatched)
                return exchange->inflow ? stream_end(exchange) : exchange_dispatch(exchange);
        if (atomic_load(&exchange->state) == REPLY_GIVEN)
                return exchange_queue_answer(exchange);
        return MHD_YES;
}

/* Workers may hold it for a while yet; the connection is nothing to them any more. */
static void leave_exchange(struct http_exchange *exchange)
{
        if (exchange->inflow)
                inflow_lose(exchange->inflow);
        if (exchange->farewell_fd >= 0)
                farewell_add(exchange->server->farewell, exchange->farewell_fd);
        exchange_unref(exchange);
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **con_cls,
                         enum MHD_RequestTerminationCode code)
{
        struct http_server *server = cls;
        struct http_exchange *exchange = *con_cls;

        (void)code;
        *con_cls = NULL;
        if (exchange)
                leave_exchange(exchange);
        watchdog_mark(server->watchdog, connection, NO_STREAM);
        watchdog_expect(server->watchdog, connection,
                        server->options.idle_timeout_s + server->options.header_timeout_s);
}

static void on_connection(void *cls, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
        struct http_server *server = cls;

        if (code == MHD_CONNECTION_NOTIFY_STARTED) {
                *socket_context =
                        watchdog_add(server->watchdog, connection, server->options.header_timeout_s);
        } else {
                atomic_fetch_sub(&server->connections, 1);
                watchdog_remove(server->watchdog, *socket_context);
                *socket_context = NULL;
        }
}

/* Targets stay as they were sent. */
static size_t keep_escapes(void *cls, struct MHD_Connection *connection, char *text)
{
        (void)cls;
        (void)connection;
        return strlen(text);
}

static void _printf_(2, 0) on_mhd_log(void *cls, const char *format, va_list args)
{
        char text[256];

        (void)cls;
        (void)vsnprintf(text, sizeof(text), format, args);
        text[strcspn(text, "\n")] = '\0';
        log_event(LOG_DEBUG, "libmicrohttpd", "text", text, NULL);
}

/* -- Start and stop -------------------------------------------------------------------------------------- */

/* More than can ever come: the door keeps our limit. libmicrohttpd deals its own out to its threads, and one
 * that is given a connection beyond its share keeps a lock for good (0.9.75). A connection is gone for us a
 * little before it is for its thread. */
static unsigned int no_limit(const struct http_server_options *options)
{
        return (options->max_connections + LEAVING_MAX) * (options->threads > 1 ? options->threads : 1);
}

static struct MHD_Daemon *start_daemon(struct http_server *server)
{
        const struct http_server_options *o = &server->options;
        struct MHD_OptionItem more[8];
        size_t n = 0;
        unsigned int flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_NO_LISTEN_SOCKET |
                             MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
                             (o->tls_certificate ? MHD_USE_TLS : 0U);

        if (o->threads > 1)
                more[n++] = (struct MHD_OptionItem){MHD_OPTION_THREAD_POOL_SIZE, o->threads, NULL};
        if (o->max_per_address)
                more[n++] =
                        (struct MHD_OptionItem){MHD_OPTION_PER_IP_CONNECTION_LIMIT, o->max_per_address, NULL};
        if (o->tls_certificate) {
                more[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0,
                                                    (void *)(uintptr_t)o->tls_certificate};
                more[n++] =
                        (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)o->tls_key};
                more[n++] = (struct MHD_OptionItem){
                        MHD_OPTION_HTTPS_PRIORITIES, 0,
                        (void *)(uintptr_t) "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"};
        }
        more[n++] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
        return MHD_start_daemon(flags, 0, NULL, NULL, on_access, server, MHD_OPTION_EXTERNAL_LOGGER,
                                on_mhd_log, NULL, MHD_OPTION_CONNECTION_MEMORY_LIMIT, o->max_header + 4096,
                                MHD_OPTION_CONNECTION_LIMIT, no_limit(o), MHD_OPTION_CONNECTION_TIMEOUT,
                                o->idle_timeout_s, MHD_OPTION_URI_LOG_CALLBACK, on_uri, server,
                                MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL, MHD_OPTION_NOTIFY_COMPLETED,
                                on_completed, server, MHD_OPTION_NOTIFY_CONNECTION, on_connection, server,
                                MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY, more, MHD_OPTION_END);
}

static void set_defaults(struct http_server_options *options)
{
        if (!options->min_progress)
                options->min_progress = MIN_PROGRESS;
        if (!options->reply_timeout_s)
                options->reply_timeout_s = REPLY_TIMEOUT_S;
        if (!options->max_flow_bytes)
                options->max_flow_bytes = MAX_FLOW_BYTES;
}

static void server_free(struct http_server *server)
{
        crew_stop(server->crew);
        farewell_stop(server->farewell);
        watchdog_stop(server->watchdog);
        free(server);
}

static int start_all(struct http_server *server)
{
        int r;

        TRY(watchdog_start(&server->watchdog));
        if (server->options.max_flow_threads) {
                TRY(farewell_start(&server->farewell));
                TRY(crew_start(server->options.max_flow_threads, &server->crew));
        }
        server->daemon = start_daemon(server);
        if (!server->daemon)
                return -EIO;
        r = door_open(server, server->options.listen_fd, &server->door);
        if (r < 0)
                MHD_stop_daemon(server->daemon);
        return r;
}

int http_server_start(const struct http_server_options *options, struct http_server **ret)
{
        struct http_server *server = calloc(1, sizeof(*server));
        int r;

        if (!server)
                return -ENOMEM;
        server->options = *options;
        set_defaults(&server->options);
        r = start_all(server);
        if (r < 0) {
                server_free(server);
                return r;
        }
        *ret = server;
        return 0;
}

void http_server_pause(struct http_server *server)
{
        if (!server)
                return;
        door_close(server->door);
        server->door = NULL;
}

/* libmicrohttpd aborts when stopped with suspended connections. From is_stopping on none is suspended any
 * more: requests that still come on open connections are refused at once. Those before are all answered,
 * or cut for dawdling; streamed bodies are cut after a while. */
static void wait_for_answers(struct http_server *server)
{
        int64_t start = clock_monotonic_ns(), next_warning = start + REPLY_TIMEOUT_S * INT64_C(1000000000);

        atomic_store(&server->is_stopping, true);
        while (atomic_load(&server->pending) > 0) {
                int64_t now = clock_monotonic_ns();

                usleep(WAIT_US);
                if (now - start >= server->options.stop_grace_s * INT64_C(1000000000))
                        watchdog_cut_streams(server->watchdog);
                if (now < next_warning)
                        continue;
                next_warning += REPLY_TIMEOUT_S * INT64_C(1000000000);
                log_event(LOG_WARNING, "the stop waits for answers", NULL);
        }
}

void http_server_stop(struct http_server *server)
{
        if (!server)
                return;
        http_server_pause(server);
        wait_for_answers(server);
        MHD_stop_daemon(server->daemon);
        server_free(server);
}

void http_server_get_stats(struct http_server *server, struct http_server_stats *ret)
{
        *ret = (struct http_server_stats){
                .connections = atomic_load(&server->connections),
                .timed_out = watchdog_cut_count(server->watchdog),
                .too_large = atomic_load(&server->too_large),
                .receiving = atomic_load(&server->receiving),
                .sending = atomic_load(&server->sending),
                .received_bytes = atomic_load(&server->received_bytes),
                .sent_bytes = atomic_load(&server->sent_bytes),
                .abandoned = atomic_load(&server->abandoned),
                .flow_bytes = atomic_load(&server->flow_bytes),
        };
}
