#include "net/early.h"

#include "base/clock.h"

#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <sys/socket.h>

#define ANSWER_MAX ((size_t)64 * 1024)

static void write_answer(struct http_exchange *exchange, struct buf *out)
{
        const struct http_response *response = exchange->response;

        buf_addf(out, "HTTP/1.1 %u %s\r\nDate: %.*s\r\nConnection: close\r\nContent-Length: %zu\r\n",
                 response->status, MHD_get_reason_phrase_for(response->status),
                 STR_ARG(time_http(&exchange->arena, clock_wall_ms())), response->body.len);
        for (size_t i = 0; i < response->header_count; i++)
                if (!str_eq_nocase(response->headers[i].name, STR("Connection")))
                        buf_addf(out, "%.*s: %.*s\r\n", STR_ARG(response->headers[i].name),
                                 STR_ARG(response->headers[i].value));
        buf_add(out, STR("\r\n"));
        buf_add(out, response->body);
}

static int descriptor_of(const struct http_exchange *exchange)
{
        const union MHD_ConnectionInfo *info =
                MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CONNECTION_FD);

        return info ? info->connect_fd : -1;
}

/* Nothing was sent before, so there is room for a short answer; what does not fit is lost with the
 * connection. */
static void send_answer(struct http_exchange *exchange, struct str bytes)
{
        const union MHD_ConnectionInfo *info =
                MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);

        if (info && info->tls_session)
                (void)gnutls_record_send(info->tls_session, bytes.ptr, bytes.len);
        else
                (void)send(descriptor_of(exchange), bytes.ptr, bytes.len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void early_answer(struct http_exchange *exchange)
{
        struct buf text;

        buf_init(&text, ANSWER_MAX);
        write_answer(exchange, &text);
        if (buf_check(&text) == 0)
                send_answer(exchange, buf_str(&text));
        buf_done_wiped(&text);
        early_end(exchange);
}

void early_end(struct http_exchange *exchange)
{
        int fd = descriptor_of(exchange);

        if (fd >= 0 && exchange->farewell_fd < 0 && exchange->server->farewell)
                exchange->farewell_fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
}
