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
#define WAIT_US         2000
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
        _Atomic bool is_paused, is_stopping;
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
        bool is_started;      /* headers seen */
        bool is_dispatched;   /* given to on_request */
        unsigned int refusal; /* status of the answer that this file gives by itself; 0: none */
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
        buf_done_wiped(&exchange->body);
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

/* A peer of IPv4 that came through a socket of both kinds has the address that policies know it by. */
static const void *address_bytes(const struct sockaddr *peer, int *ret_family)
{
        const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)peer;

        *ret_family = peer->sa_family;
        if (peer->sa_family == AF_INET)
                return &((const struct sockaddr_in *)(const void *)peer)->sin_addr;
        if (peer->sa_family != AF_INET6)
                return NULL;
        if (!IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
                return &six->sin6_addr;
        *ret_family = AF_INET;
        return &six->sin6_addr.s6_addr[12];
}

static struct str peer_address(struct http_exchange *exchange)
{
        const union MHD_ConnectionInfo *info =
                MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
        const void *bytes;
        int family;

        if (!info || !info->client_addr)
                return STR("");
        bytes = address_bytes(info->client_addr, &family);
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
        TRY(read_headers(exchange));
        return exchange->arena.failed ? -ENOMEM : 0; /* also when the target found no room */
}

static size_t count_headers(const struct http_request *request, struct str name)
{
        size_t count = 0;

        for (size_t i = 0; i < request->header_count; i++)
                count += str_eq_nocase(request->headers[i].name, name);
        return count;
}

/* https://www.rfc-editor.org/rfc/rfc9110#name-tokens */
static bool is_token(struct str s)
{
        for (size_t i = 0; i < s.len; i++)
                if (s.ptr[i] <= ' ' || s.ptr[i] > '~' || strchr("\"(),/:;<=>?@[\\]{}", s.ptr[i]))
                        return false;
        return s.len > 0;
}

/* What another server on the way could have read in another way, which libmicrohttpd lets pass: two lengths,
 * a length and chunks, another coding, blanks in a header's name, two hosts.
 * https://www.rfc-editor.org/rfc/rfc9112#name-message-body-length */
static bool is_ambiguous(const struct http_request *request)
{
        size_t lengths = count_headers(request, STR("Content-Length"));
        size_t codings = count_headers(request, STR("Transfer-Encoding"));

        if (lengths + codings > 1 || count_headers(request, STR("Host")) > 1)
                return true;
        if (codings && !str_eq_nocase(http_header_value(request, STR("Transfer-Encoding")), STR("chunked")))
                return true;
        for (size_t i = 0; i < request->header_count; i++)
                if (!is_token(request->headers[i].name))
                        return true;
        return false;
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
static void take_body(struct http_exchange *exchange, const char *bytes, size_t len)
{
        struct http_server *server = exchange->server;

        if (exchange->refusal)
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

/* Hands a whole request over. If the answer is not there at once the connection sleeps until it is. */
static enum MHD_Result dispatch(struct http_exchange *exchange)
{
        int none = REPLY_NONE;

        exchange->is_dispatched = true;
        atomic_fetch_add(&exchange->server->pending, 1); /* before is_stopping is read: http_server_stop() */
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

/* A client that asked before sending its body is told at once; so is one whose body has no end in sight. */
static bool is_refused_unread(const struct http_exchange *exchange, uint64_t length)
{
        return exchange->refusal == MHD_HTTP_BAD_REQUEST ||
               (exchange->refusal && (length / DRAINED_BODIES > exchange->server->options.max_body ||
                                      str_is_set(http_header_value(&exchange->request, STR("Expect")))));
}

static enum MHD_Result on_headers(struct http_exchange *exchange, const char *method, const char *version)
{
        struct http_server *server = exchange->server;
        uint64_t length;

        if (start_exchange(exchange, method, version) < 0)
                return MHD_NO;
        length = announced_length(&exchange->request);
        if (is_ambiguous(&exchange->request))
                exchange->refusal = MHD_HTTP_BAD_REQUEST;
        else if (length > server->options.max_body)
                exchange->refusal = MHD_HTTP_CONTENT_TOO_LARGE;
        if (is_refused_unread(exchange, length))
                return dispatch(exchange);
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
                take_body(exchange, upload, *upload_len);
                *upload_len = 0;
                return MHD_YES;
        }
        if (!exchange->is_dispatched)
                return dispatch(exchange);
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

/* MHD_quiesce_daemon() would do for a pause, but races with the I/O threads for the listening socket's place
 * in their epoll sets, and aborts when it loses (0.9.75). */
static enum MHD_Result on_accept(void *cls, const struct sockaddr *address, socklen_t len)
{
        const struct http_server *server = cls;

        (void)address;
        (void)len;
        return atomic_load(&server->is_paused) ? MHD_NO : MHD_YES;
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
        return MHD_start_daemon(flags, 0, on_accept, server, on_access, server, MHD_OPTION_EXTERNAL_LOGGER,
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
        if (server)
                atomic_store(&server->is_paused, true);
}

/* libmicrohttpd aborts when stopped with suspended connections. From is_stopping on none is suspended any
 * more: requests that still come on open connections are refused at once. Those before are all answered,
 * or cut for dawdling. */
static void wait_for_answers(struct http_server *server)
{
        atomic_store(&server->is_stopping, true);
        for (unsigned int i = 1; atomic_load(&server->pending) > 0; i++) {
                usleep(WAIT_US);
                if (i % (REPLY_TIMEOUT_S * 1000000 / WAIT_US) == 0)
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
