#include "net/request.h"

#include "net/tls_info.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <sys/socket.h>

struct header_list {
        struct http_header *headers;
        size_t count;
        size_t room;
};

static enum MHD_Result take_header(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_len,
                                   const char *value, size_t value_len)
{
        struct header_list *list = cls;

        (void)kind;
        if (list->count == list->room)
                return MHD_NO;
        list->headers[list->count++] = (struct http_header){
                .name = str_make(name, name_len),
                .value = str_trim(str_make(value ? value : "", value_len)),
        };
        return MHD_YES;
}

static int read_headers(struct http_exchange *exchange)
{
        int count = MHD_get_connection_values_n(exchange->connection, MHD_HEADER_KIND, NULL, NULL);
        struct header_list list = {.room = count > 0 ? (size_t)count : 0};

        list.headers = arena_new_array(&exchange->arena, struct http_header, list.room + 1);
        if (!list.headers)
                return -ENOMEM;
        (void)MHD_get_connection_values_n(exchange->connection, MHD_HEADER_KIND, take_header, &list);
        exchange->request.headers = list.headers;
        exchange->request.header_count = list.count;
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

int request_read(struct http_exchange *exchange, const char *method, const char *version)
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

int request_keep(struct http_exchange *exchange)
{
        struct http_request *request = &exchange->request;
        struct arena *arena = &exchange->arena;
        struct http_header *headers;

        if (exchange->is_kept)
                return 0;
        headers = arena_new_array(arena, struct http_header, request->header_count + 1);
        if (!headers)
                return -ENOMEM;
        for (size_t i = 0; i < request->header_count; i++) {
                headers[i].name = arena_dup(arena, request->headers[i].name);
                headers[i].value = arena_dup(arena, request->headers[i].value);
        }
        request->headers = headers;
        request->method = arena_dup(arena, request->method);
        request->version = arena_dup(arena, request->version);
        exchange->is_kept = !arena->failed;
        return exchange->is_kept ? 0 : -ENOMEM;
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

bool request_is_ambiguous(const struct http_request *request)
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

uint64_t request_length(const struct http_request *request)
{
        struct str value = http_header_value(request, STR("Content-Length"));
        uint64_t length = 0;

        if (str_is_set(value) && str_to_u64(value, &length) < 0)
                return UINT64_MAX;
        return length;
}

bool request_is_chunked(const struct http_request *request)
{
        return str_is_set(http_header_value(request, STR("Transfer-Encoding")));
}

bool request_asks_first(const struct http_request *request)
{
        return str_is_set(http_header_value(request, STR("Expect")));
}
