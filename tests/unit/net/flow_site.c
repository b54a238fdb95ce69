#include "flow_site.h"

#include <sys/socket.h>
#include <unistd.h>

#define PERIOD 65521 /* a prime: no two pieces look alike */

static char table[2 * PERIOD];

struct str flow_bytes(uint64_t offset, size_t len)
{
        size_t at = (size_t)(offset % PERIOD);

        return str_make(table + at, len < PERIOD ? len : PERIOD);
}

static void fill_table(void)
{
        uint32_t state = 1;

        for (size_t i = 0; i < PERIOD; i++) {
                state = state * 1664525 + 1013904223;
                table[i] = table[i + PERIOD] = (char)(state >> 24);
        }
}

static bool are_right(uint64_t offset, struct str bytes)
{
        while (bytes.len) {
                struct str expected = flow_bytes(offset, bytes.len);

                if (memcmp(bytes.ptr, expected.ptr, expected.len) != 0)
                        return false;
                offset += expected.len;
                bytes = str_from(bytes, expected.len);
        }
        return true;
}

/* -- The gate. */

static void pass_gate(struct flow_site *site)
{
        pthread_mutex_lock(&site->lock);
        site->waiting++;
        pthread_cond_broadcast(&site->changed);
        while (site->is_held)
                pthread_cond_wait(&site->changed, &site->lock);
        site->waiting--;
        pthread_mutex_unlock(&site->lock);
}

static void set_held(struct flow_site *site, bool is_held)
{
        pthread_mutex_lock(&site->lock);
        site->is_held = is_held;
        pthread_cond_broadcast(&site->changed);
        pthread_mutex_unlock(&site->lock);
}

void flow_hold(struct flow_site *site)
{
        set_held(site, true);
}

void flow_let_go(struct flow_site *site)
{
        set_held(site, false);
}

void flow_wait_held(struct flow_site *site, size_t count)
{
        pthread_mutex_lock(&site->lock);
        while (site->waiting < count)
                pthread_cond_wait(&site->changed, &site->lock);
        pthread_mutex_unlock(&site->lock);
}

void flow_wait(const _Atomic unsigned long *value, unsigned long least)
{
        while (atomic_load(value) < least)
                usleep(1000);
}

/* -- Sinks. */

struct upload {
        struct http_sink sink; /* first */
        struct flow_site *site;
        struct http_exchange *exchange;
        struct str method;
        uint64_t taken, fail_at;
        bool is_late, is_write_held, is_end_held;
        char text[64];
        struct http_response response;
};

static void released(void *owner)
{
        struct upload *upload = owner;

        atomic_fetch_add(&upload->site->released, 1);
        free(upload);
}

static void answer(struct upload *upload, unsigned int status, const char *text)
{
        (void)snprintf(upload->text, sizeof(upload->text), "%s", text);
        upload->response = (struct http_response){.status = status, .body = str_of(upload->text)};
        atomic_fetch_add(&upload->site->replies, 1);
        http_reply(upload->exchange, &upload->response, released, upload);
}

static void give_up(struct upload *upload)
{
        struct flow_site *site = upload->site;

        atomic_fetch_add(&site->failed, 1);
        if (!upload->is_late) {
                answer(upload, 507, "no room");
                return;
        }
        pthread_mutex_lock(&site->lock);
        if (site->late_count == ARRAY_LEN(site->late))
                abort();
        site->late[site->late_count++] = upload;
        pthread_cond_broadcast(&site->changed);
        pthread_mutex_unlock(&site->lock);
}

void flow_wait_late(struct flow_site *site, size_t count)
{
        pthread_mutex_lock(&site->lock);
        while (site->late_count < count)
                pthread_cond_wait(&site->changed, &site->lock);
        pthread_mutex_unlock(&site->lock);
}

void flow_answer_late(struct flow_site *site)
{
        pthread_mutex_lock(&site->lock);
        for (; site->late_count; site->late_count--)
                answer(site->late[site->late_count - 1], 507, "no room, on second thoughts");
        pthread_mutex_unlock(&site->lock);
}

static int on_write(struct http_sink *sink, struct str bytes)
{
        struct upload *upload = (struct upload *)(void *)sink;
        struct flow_site *site = upload->site;

        if (upload->is_write_held)
                pass_gate(site);
        if (!are_right(upload->taken, bytes))
                atomic_fetch_add(&site->wrong, 1);
        if (upload->taken + bytes.len > upload->fail_at) {
                give_up(upload);
                return -ENOSPC;
        }
        upload->taken += bytes.len;
        atomic_fetch_add(&site->taken, bytes.len);
        return 0;
}

static void on_end(struct http_sink *sink)
{
        struct upload *upload = (struct upload *)(void *)sink;
        char text[32];

        if (upload->is_end_held)
                pass_gate(upload->site);
        atomic_fetch_add(&upload->site->ended, 1);
        (void)snprintf(text, sizeof(text), "%llu", (unsigned long long)upload->taken);
        answer(upload, 200, text);
}

static void on_abandoned(struct http_sink *sink)
{
        struct upload *upload = (struct upload *)(void *)sink;

        /* Still there, even if the connection is not: the request, and what was taken down of it. */
        if (!str_eq(http_exchange_request(upload->exchange)->method, STR("PUT")) ||
            !str_eq(upload->method, STR("PUT")))
                atomic_fetch_add(&upload->site->wrong, 1);
        atomic_fetch_add(&upload->site->abandoned, 1);
        free(upload);
}

static uint64_t number_in(const struct http_request *request, const char *name, uint64_t otherwise)
{
        struct str text = http_query_value(request, str_of(name));
        uint64_t number = otherwise;

        if (str_is_set(text) && str_to_u64(text, &number) < 0)
                abort();
        return number;
}

static void receive(struct flow_site *site, struct http_exchange *exchange)
{
        const struct http_request *request = http_exchange_request(exchange);
        struct upload *upload = calloc(1, sizeof(*upload));
        struct str held = http_query_value(request, STR("held"));

        if (!upload)
                abort();
        if (http_keep_request(exchange) < 0)
                abort();
        *upload = (struct upload){.sink = {on_write, on_end, on_abandoned},
                                  .site = site,
                                  .exchange = exchange,
                                  .method = request->method,
                                  .fail_at = number_in(request, "fail", UINT64_MAX),
                                  .is_late = number_in(request, "late", 0),
                                  .is_write_held = str_eq(held, STR("write")),
                                  .is_end_held = str_eq(held, STR("end"))};
        if (http_receive(exchange, &upload->sink) < 0)
                abort();
        atomic_fetch_add(&site->begun, 1);
}

static void on_headers(void *arg, struct http_exchange *exchange)
{
        static const struct http_header REASON = {STR_INIT("X-Reason"), STR_INIT("none")};
        static const struct http_response FORBIDDEN = {
                .status = 403, .headers = &REASON, .header_count = 1, .body = STR_INIT("not you")};
        struct str path = http_exchange_request(exchange)->path;

        if (str_eq(path, STR("/sink")))
                receive(arg, exchange);
        else if (str_eq(path, STR("/refuse")))
                http_reply(exchange, &FORBIDDEN, NULL, NULL);
}

/* -- Sources. */

struct download {
        struct http_source source; /* first */
        struct flow_site *site;
        uint64_t size, fail_at;
        bool is_held;
        unsigned int asked; /* to give what it can at once */
        struct buf text;    /* of an answer without a source, or all of one */
        struct http_response response;
};

static int on_read(struct http_source *source, uint64_t offset, void *out, size_t len, size_t *ret_len)
{
        struct download *download = (struct download *)(void *)source;
        size_t done = 0;

        if (download->is_held)
                pass_gate(download->site);
        if (offset + len > download->fail_at)
                return -EBADMSG;
        if (offset + len > download->size)
                len = (size_t)(download->size - offset);
        while (done < len) {
                struct str bytes = flow_bytes(offset + done, len - done);

                memcpy((char *)out + done, bytes.ptr, bytes.len);
                done += bytes.len;
        }
        atomic_fetch_add(&download->site->read, len);
        *ret_len = len;
        return 0;
}

static int on_read_now(struct http_source *source, uint64_t offset, void *out, size_t len, size_t *ret_len)
{
        struct download *download = (struct download *)(void *)source;

        if (++download->asked % 3 == 0)
                return -EAGAIN;
        return on_read(source, offset, out, len < 50000 ? len : 50000, ret_len);
}

static struct str make_whole(struct download *download)
{
        while (download->text.len < download->size) {
                uint64_t at = download->text.len;

                buf_add(&download->text, flow_bytes(at, (size_t)(download->size - at)));
        }
        assert_int_equal(buf_check(&download->text), 0);
        return buf_str(&download->text);
}

static void on_done(struct http_source *source)
{
        struct download *download = (struct download *)(void *)source;

        atomic_fetch_add(&download->site->done, 1);
}

static void download_released(void *owner)
{
        struct download *download = owner;

        atomic_fetch_add(&download->site->released, 1);
        buf_done(&download->text);
        free(download);
}

static void set_source(struct download *download, const struct http_request *request)
{
        download->size = number_in(request, "size", 0);
        download->fail_at = number_in(request, "fail", UINT64_MAX);
        download->is_held = number_in(request, "held", 0);
        download->source = (struct http_source){
                .size = number_in(request, "unknown", 0) ? HTTP_SIZE_UNKNOWN : download->size,
                .whole = number_in(request, "whole", 0) ? make_whole(download) : STR_NONE,
                .read = on_read,
                .read_now = number_in(request, "now", 0) ? on_read_now : NULL,
                .done = on_done,
        };
        download->response.source = &download->source;
        atomic_fetch_add(&download->site->sources, 1);
}

static void on_request(void *arg, struct http_exchange *exchange)
{
        const struct http_request *request = http_exchange_request(exchange);
        struct download *download = calloc(1, sizeof(*download));
        struct flow_site *site = arg;

        if (!download)
                abort();
        download->site = site;
        download->response.status = 200;
        buf_init(&download->text, (size_t)4 << 20);
        if (str_eq(request->path, STR("/source"))) {
                set_source(download, request);
        } else {
                buf_addf(&download->text, "%.*s ", STR_ARG(request->method));
                buf_add(&download->text, request->body);
                download->response.body = buf_str(&download->text);
        }
        atomic_fetch_add(&site->replies, 1);
        http_reply(exchange, &download->response, download_released, download);
}

/* -- Start and stop. */

struct http_server_options flow_options(void)
{
        return (struct http_server_options){
                .threads = 2,
                .max_body = 100000,
                .max_body_all = 10000000,
                .max_header = 16384,
                .max_connections = 1000,
                .header_timeout_s = 60,
                .body_timeout_s = 60,
                .idle_timeout_s = 60,
                .max_flow_threads = 64,
                .stop_grace_s = 60,
        };
}

void flow_start(struct flow_site *site, struct http_server_options options)
{
        memset(site, 0, sizeof(*site));
        fill_table();
        pthread_mutex_init(&site->lock, NULL);
        pthread_cond_init(&site->changed, NULL);
        assert_int_equal(
                listen_tcp(STR("127.0.0.1:0"), &options.listen_fd, site->address, sizeof(site->address)), 0);
        options.on_request = on_request;
        options.on_headers = on_headers;
        options.arg = site;
        assert_int_equal(http_server_start(&options, &site->server), 0);
}

void flow_assert_even(const struct flow_site *site)
{
        assert_int_equal(site->begun, site->ended + site->abandoned + site->failed);
        assert_int_equal(site->sources, site->done);
        assert_int_equal(site->replies, site->released);
        assert_int_equal(site->wrong, 0);
}

void flow_stop(struct flow_site *site)
{
        http_server_stop(site->server);
        pthread_cond_destroy(&site->changed);
        pthread_mutex_destroy(&site->lock);
        flow_assert_even(site);
}

/* -- The client's side. */

bool flow_send(struct client *client, uint64_t offset, uint64_t len)
{
        while (len) {
                struct str bytes = flow_bytes(offset, len < PERIOD ? (size_t)len : PERIOD);

                if (!client_try_send(client, bytes))
                        return false;
                offset += bytes.len;
                len -= bytes.len;
        }
        return true;
}

void flow_sends(struct client *client, const char *method, const char *target, const char *more)
{
        char text[512];

        (void)snprintf(text, sizeof(text), "%s %s HTTP/1.1\r\nHost: h\r\n%s\r\n", method, target, more);
        client_sends(client, text);
}

void flow_put(struct client *client, const char *target, uint64_t len)
{
        char length[64];

        (void)snprintf(length, sizeof(length), "Content-Length: %llu\r\n", (unsigned long long)len);
        flow_sends(client, "PUT", target, length);
        assert_true(flow_send(client, 0, len));
}

bool flow_put_chunked(struct client *client, const char *target, uint64_t len, size_t chunk)
{
        flow_sends(client, "PUT", target, "Transfer-Encoding: chunked\r\n");
        for (uint64_t at = 0, n; at < len; at += n) {
                char size[32];

                n = len - at < chunk ? len - at : chunk;
                (void)snprintf(size, sizeof(size), "%llx\r\n", (unsigned long long)n);
                if (!client_try_send(client, str_of(size)) || !flow_send(client, at, n) ||
                    !client_try_send(client, STR("\r\n")))
                        return false;
        }
        return client_try_send(client, STR("0\r\n\r\n"));
}

struct answer flow_receive_head(struct client *client)
{
        return client_receive(client, true);
}

/* What the client holds already, or what comes. */
static size_t receive_piece(struct client *client, char *out, size_t len)
{
        ssize_t n;

        if (client->received.len) {
                size_t held = client->received.len < len ? client->received.len : len;

                memcpy(out, client->received.data, held);
                memmove(client->received.data, client->received.data + held, client->received.len - held);
                client->received.len -= held;
                return held;
        }
        n = recv(client->fd, out, len, 0);
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
                fail_msg("nothing came");
        return n < 0 ? 0 : (size_t)n;
}

uint64_t flow_receive_from(struct client *client, uint64_t offset, uint64_t len)
{
        char piece[65536];
        uint64_t done = 0;

        while (done < len) {
                size_t n = receive_piece(client, piece,
                                         len - done < sizeof(piece) ? (size_t)(len - done) : sizeof(piece));

                if (n == 0)
                        break;
                assert_true(are_right(offset + done, str_make(piece, n)));
                done += n;
        }
        return done;
}

uint64_t flow_receive(struct client *client, uint64_t len)
{
        return flow_receive_from(client, 0, len);
}

static uint64_t receive_chunk_size(struct client *client)
{
        char line[32];
        size_t len = 0;

        while (len < sizeof(line) - 1 && receive_piece(client, line + len, 1) == 1)
                if (line[len++] == '\n')
                        break;
        line[len] = '\0';
        assert_true(len > 2 && line[len - 1] == '\n');
        return strtoull(line, NULL, 16);
}

uint64_t flow_receive_chunked(struct client *client)
{
        uint64_t total = 0, size;
        char end[2];

        do {
                size = receive_chunk_size(client);
                assert_int_equal(flow_receive_from(client, total, size), size);
                total += size;
                assert_true(receive_piece(client, end, 1) == 1 && receive_piece(client, end + 1, 1) == 1);
        } while (size);
        return total;
}

void flow_assert_answer(struct client *client, unsigned int status, const char *body)
{
        struct answer got = client_receive(client, false);

        assert_int_equal(got.status, status);
        assert_str(got.body, str_of(body));
        answer_done(&got);
}

void flow_assert_works(struct flow_site *site)
{
        struct answer got = ask(site->address, "GET /else HTTP/1.1\r\nHost: h\r\n\r\n");

        assert_int_equal(got.status, 200);
        answer_done(&got);
}
