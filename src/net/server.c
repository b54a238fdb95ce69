#include "net/server.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "net/tls_info.h"
#include "net/watchdog.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <sys/socket.h>
#include <unistd.h>

#define EXCHANGE_ARENA  ((size_t)256 * 1024)
#define REPLY_TIMEOUT_S 60
/* A body of up to so many times the limit is read and thrown away before it is refused: a client that is
 * still sending when the connection closes sees a broken connection instead of the 413. */
#define DRAINED_BODIES 8

struct http_server {
        struct http_server_options options;
        struct MHD_Daemon *daemon;
        struct watchdog *watchdog;
        _Atomic uint64_t body_bytes; /* in all exchanges */
        _Atomic uint64_t connections;
        _Atomic uint64_t too_large;
        _Atomic uint64_t pending; /* exchanges handed over and not yet sent */
};

/* An exchange is answered once; who comes second, the I/O thread that wants to suspend or the answer, acts.
 */
enum reply_state { REPLY_NONE, REPLY_AWAITED, REPLY_GIVEN };

struct http_exchange {
        struct http_server *server;
        struct MHD_Connection *connection;
        struct arena arena;
        struct http_request request;
        char address[INET6_ADDRSTRLEN];
        struct buf body;
        bool is_started;    /* headers seen */
        bool is_dispatched; /* given to on_request */
        bool is_too_large;
        _Atomic int state;
        const struct http_response *response;
        void (*released)(void *owner);
        void *owner;
};

const struct http_request *http_exchange_request(const struct http_exchange *exchange)
{
        return &exchange->request;
}

static void exchange_free(struct http_exchange *exchange)
{
        struct http_server *server = exchange->server;

        if (exchange->released)
                exchange->released(exchange->owner);
        atomic_fetch_sub(&server->body_bytes, exchange->body.len);
        buf_done(&exchange->body);
        arena_done(&exchange->arena);
        if (exchange->is_dispatched)
                atomic_fetch_sub(&server->pending, 1);
        free(exchange);
}

/* -- Reading the request --------------------------------------------------------------------------------- */

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
        arena_init(&exchange->arena, EXCHANGE_ARENA);
        buf_init(&exchange->body, server->options.max_body);
        target = arena_dup(&exchange->arena, str_of(uri));
        mark = str_find_byte(target, '?');
        exchange->request.path = mark < 0 ? target : str_part(target, 0, (size_t)mark);
        exchange->request.query = mark < 0 ? STR_NONE : str_from(target, (size_t)mark + 1);
        return exchange;
}

struct header_sink {
        struct http_header *headers;
        size_t count;
        size_t room;
};

static enum MHD_Result take_header(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_len,
                                   const char *value, size_t value_len)
{
        struct header_sink *sink = cls;

        (void)kind;
        if (sink->count == sink->room)
                return MHD_NO;
        sink->headers[sink->count++] = (struct http_header){
                .name = str_make(name, name_len),
                .value = str_trim(str_make(value ? value : "", value_len)),
        };
        return MHD_YES;
}

static int read_headers(struct http_exchange *exchange)
{
        int count = MHD_get_connection_values_n(exchange->connection, MHD_HEADER_KIND, NULL, NULL);
        struct header_sink sink = {.room = count > 0 ? (size_t)count : 0};

        sink.headers = arena_new_array(&exchange->arena, struct http_header, sink.room + 1);
        if (!sink.headers)
                return -ENOMEM;
        (void)MHD_get_connection_values_n(exchange->connection, MHD_HEADER_KIND, take_header, &sink);
        exchange->request.headers = sink.headers;
        exchange->request.header_count = sink.count;
        return 0;
}

static struct str peer_address(struct http_exchange *exchange)
{
        const union MHD_ConnectionInfo *info =
                MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
        const void *bytes = NULL;
        int family;

        if (!info || !info->client_addr)
                return STR("");
        family = info->client_addr->sa_family;
        if (family == AF_INET)
                bytes = &((const struct sockaddr_in *)(const void *)info->client_addr)->sin_addr;
        else if (family == AF_INET6)
                bytes = &((const struct sockaddr_in6 *)(const void *)info->client_addr)->sin6_addr;
        if (!bytes || !inet_ntop(family, bytes, exchange->address, sizeof(exchange->address)))
                return STR("");
        return str_of(exchange->address);
}

static int start_exchange(struct http_exchange *exchange, const char *method, const char *version)
{
        struct http_request *request = &exchange->request;

        exchange->is_started = true;
        request->method = str_of(method);
        request->version = str_of(version);
        request->source_ip = peer_address(exchange);
        if (exchange->server->options.tls_certificate)
                tls_info_read(exchange->connection, &request->tls_version, &request->tls_cipher);
        return read_headers(exchange);
}

/* What a Content-Length header announces; 0 for none. An impossible one counts as endless. */
static uint64_t announced_length(const struct http_request *request)
{
        struct str value = http_header_value(request, STR("Content-Length"));
        uint64_t length = 0;

        if (str_is_set(value) && str_to_u64(value, &length) < 0)
                return UINT64_MAX;
        return length;
}

/* False when the connection is to be cut: a body so far over the limit is not a mistake. */
static bool take_body(struct http_exchange *exchange, const char *bytes, size_t len)
{
        struct http_server *server = exchange->server;

        if (exchange->is_too_large)
                return true;
        if (len > server->options.max_body - exchange->body.len) {
                exchange->is_too_large = true;
                return true;
        }
        if (atomic_fetch_add(&server->body_bytes, len) + len > server->options.max_body_all) {
                atomic_fetch_sub(&server->body_bytes, len);
                return false;
        }
        buf_add_bytes(&exchange->body, bytes, len);
        if (exchange->body.failed)
                atomic_fetch_sub(&server->body_bytes, len);
        return !exchange->body.failed;
}

/* -- Answering ------------------------------------------------------------------------------------------- */

static enum MHD_Result queue_response(struct http_exchange *exchange)
{
        const struct http_response *response = exchange->response;
        struct MHD_Response *reply = MHD_create_response_from_buffer(
                response->body.len, (void *)(uintptr_t)response->body.ptr, MHD_RESPMEM_PERSISTENT);
        enum MHD_Result result;

        if (!reply)
                return MHD_NO;
        for (size_t i = 0; i < response->header_count; i++) {
                char *name = arena_cstr(&exchange->arena, response->headers[i].name);
                char *value = arena_cstr(&exchange->arena, response->headers[i].value);

                if (!name || !value || MHD_add_response_header(reply, name, value) != MHD_YES)
                        log_event(LOG_WARNING, "an answer's header could not be sent", "name",
                                  name ? name : "", NULL);
        }
        watchdog_expect(exchange->server->watchdog, exchange->connection, REPLY_TIMEOUT_S);
        result = MHD_queue_response(exchange->connection, response->status, reply);
        MHD_destroy_response(reply);
        return result;
}

void http_reply(struct http_exchange *exchange, const struct http_response *response,
                void (*released)(void *owner), void *owner)
{
        exchange->response = response;
        exchange->released = released;
        exchange->owner = owner;
        if (atomic_exchange(&exchange->state, REPLY_GIVEN) == REPLY_AWAITED)
                MHD_resume_connection(exchange->connection);
}

/* Hands a whole request over. If the answer is not there at once the connection sleeps until it is. */
static enum MHD_Result dispatch(struct http_exchange *exchange,
                                void (*hand_over)(struct http_exchange *exchange))
{
        int none = REPLY_NONE;

        exchange->is_dispatched = true;
        atomic_fetch_add(&exchange->server->pending, 1);
        exchange->request.body = buf_str(&exchange->body);
        watchdog_expect(exchange->server->watchdog, exchange->connection, 0);
        hand_over(exchange);
        if (atomic_load(&exchange->state) == REPLY_GIVEN)
                return queue_response(exchange);
        MHD_suspend_connection(exchange->connection);
        if (!atomic_compare_exchange_strong(&exchange->state, &none, REPLY_AWAITED))
                MHD_resume_connection(exchange->connection);
        return MHD_YES;
}

static void hand_request(struct http_exchange *exchange)
{
        exchange->server->options.on_request(exchange->server->options.arg, exchange);
}

static void hand_too_large(struct http_exchange *exchange)
{
        static const struct http_response PLAIN = {.status = MHD_HTTP_CONTENT_TOO_LARGE,
                                                   .body = STR_INIT("")};
        const struct http_server_options *options = &exchange->server->options;

        atomic_fetch_add(&exchange->server->too_large, 1);
        if (options->on_refuse)
                options->on_refuse(options->arg, exchange, MHD_HTTP_CONTENT_TOO_LARGE);
        else
                http_reply(exchange, &PLAIN, NULL, NULL);
}

static enum MHD_Result on_headers(struct http_exchange *exchange, const char *method, const char *version)
{
        struct http_server *server = exchange->server;
        uint64_t length;

        if (start_exchange(exchange, method, version) < 0)
                return MHD_NO;
        length = announced_length(&exchange->request);
        exchange->is_too_large = length > server->options.max_body;
        if (length / DRAINED_BODIES > server->options.max_body)
                return dispatch(exchange, hand_too_large);
        watchdog_expect(server->watchdog, exchange->connection, server->options.body_timeout_s);
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
        if (*upload_len > 0) {
                bool goes_on = take_body(exchange, upload, *upload_len);

                *upload_len = 0;
                return goes_on ? MHD_YES : MHD_NO;
        }
        if (!exchange->is_dispatched)
                return dispatch(exchange, exchange->is_too_large ? hand_too_large : hand_request);
        if (atomic_load(&exchange->state) == REPLY_GIVEN)
                return queue_response(exchange);
        return MHD_YES;
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **con_cls,
                         enum MHD_RequestTerminationCode code)
{
        struct http_server *server = cls;
        struct http_exchange *exchange = *con_cls;

        (void)code;
        *con_cls = NULL;
        if (exchange)
                exchange_free(exchange);
        watchdog_expect(server->watchdog, connection,
                        server->options.idle_timeout_s + server->options.header_timeout_s);
}

static void on_connection(void *cls, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
        struct http_server *server = cls;

        if (code == MHD_CONNECTION_NOTIFY_STARTED) {
                atomic_fetch_add(&server->connections, 1);
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

static void on_mhd_log(void *cls, const char *format, va_list args)
{
        char text[256];

        (void)cls;
        (void)vsnprintf(text, sizeof(text), format, args);
        text[strcspn(text, "\n")] = '\0';
        log_event(LOG_DEBUG, "libmicrohttpd", "text", text, NULL);
}

/* -- Start and stop -------------------------------------------------------------------------------------- */

static struct MHD_Daemon *start_daemon(struct http_server *server)
{
        const struct http_server_options *o = &server->options;
        struct MHD_OptionItem more[8];
        size_t n = 0;
        unsigned int flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
                             (o->tls_certificate ? MHD_USE_TLS : 0U);

        more[n++] = (struct MHD_OptionItem){MHD_OPTION_LISTEN_SOCKET, o->listen_fd, NULL};
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
                                MHD_OPTION_CONNECTION_LIMIT, o->max_connections,
                                MHD_OPTION_CONNECTION_TIMEOUT, o->idle_timeout_s, MHD_OPTION_URI_LOG_CALLBACK,
                                on_uri, server, MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
                                MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
                                MHD_OPTION_NOTIFY_CONNECTION, on_connection, server,
                                MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY, more, MHD_OPTION_END);
}

int http_server_start(const struct http_server_options *options, struct http_server **ret)
{
        struct http_server *server = calloc(1, sizeof(*server));
        int r;

        if (!server)
                return -ENOMEM;
        server->options = *options;
        r = watchdog_start(&server->watchdog);
        if (r == 0 && !(server->daemon = start_daemon(server)))
                r = -EIO;
        if (r < 0) {
                watchdog_stop(server->watchdog);
                free(server);
                return r;
        }
        *ret = server;
        return 0;
}

void http_server_pause(struct http_server *server)
{
        int fd = server ? MHD_quiesce_daemon(server->daemon) : -1;

        if (fd >= 0)
                close(fd);
}

void http_server_stop(struct http_server *server)
{
        if (!server)
                return;
        http_server_pause(server);
        /* libmicrohttpd aborts when stopped with suspended connections: let the answers come first. */
        for (int i = 0; i < 3000 && atomic_load(&server->pending) > 0; i++)
                usleep(10000);
        MHD_stop_daemon(server->daemon);
        watchdog_stop(server->watchdog);
        free(server);
}

void http_server_get_stats(struct http_server *server, struct http_server_stats *ret)
{
        *ret = (struct http_server_stats){
                .connections = atomic_load(&server->connections),
                .timed_out = watchdog_cut_count(server->watchdog),
                .too_large = atomic_load(&server->too_large),
        };
}
