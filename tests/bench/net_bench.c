/* Streamed bodies against bare sockets on the loopback: bytes a second of one connection, in and out, with a
 * sink and a source that cost nothing; and small requests, streamed and gathered. Client, server and their
 * threads share the machine in each row alike. */
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/listen.h"
#include "net/server.h"

#define BYTES  ((uint64_t)512 << 20)
#define ROUNDS 3
#define SMALL  20000

static char piece[262144];

static void check(const char *what, bool is_well)
{
        if (is_well)
                return;
        (void)fprintf(stderr, "net_bench: %s: %s\n", what, strerror(errno));
        exit(1);
}

/* -- The server. */

struct take {
        struct http_sink sink;
        struct http_exchange *exchange;
};

static const struct http_response DONE = {.status = 200, .body = STR_INIT("done")};

static void take_done(void *owner)
{
        free(owner);
}

static int take_write(struct http_sink *sink, struct str bytes)
{
        (void)sink;
        (void)bytes;
        return 0;
}

static void take_end(struct http_sink *sink)
{
        struct take *take = (struct take *)(void *)sink;

        http_reply(take->exchange, &DONE, take_done, take);
}

static void take_abandoned(struct http_sink *sink)
{
        free(sink);
}

static void on_headers(void *arg, struct http_exchange *exchange)
{
        struct take *take;

        (void)arg;
        if (!str_eq(http_exchange_request(exchange)->path, STR("/sink")))
                return;
        take = calloc(1, sizeof(*take));
        check("memory", take != NULL);
        *take = (struct take){{take_write, take_end, take_abandoned}, exchange};
        check("sink", http_receive(exchange, &take->sink) == 0);
}

static int give(struct http_source *source, uint64_t offset, void *out, size_t len, size_t *ret_len)
{
        (void)source;
        (void)offset;
        memset(out, 'a', len);
        *ret_len = len;
        return 0;
}

static void on_request(void *arg, struct http_exchange *exchange)
{
        static struct http_source source = {.size = BYTES, .read = give, .read_now = give};
        static const struct http_response ANSWER = {.status = 200, .source = &source};
        bool is_source = str_eq(http_exchange_request(exchange)->path, STR("/source"));

        (void)arg;
        http_reply(exchange, is_source ? &ANSWER : &DONE, NULL, NULL);
}

static struct http_server *start_server(char address[64])
{
        struct http_server_options options = {.threads = 2,
                                              .max_body = 1 << 20,
                                              .max_body_all = 64 << 20,
                                              .max_header = 16384,
                                              .max_connections = 100,
                                              .header_timeout_s = 60,
                                              .body_timeout_s = 60,
                                              .idle_timeout_s = 60,
                                              .max_flow_threads = 16,
                                              .on_request = on_request,
                                              .on_headers = on_headers};
        struct http_server *server = NULL;

        check("listen", listen_tcp(STR("127.0.0.1:0"), &options.listen_fd, address, 64) == 0);
        check("server", http_server_start(&options, &server) == 0);
        return server;
}

/* -- The client. */

static int connect_to(const char *address)
{
        struct str text = str_of(address);
        struct sockaddr_in peer = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        uint64_t port = 0;

        check("port", str_to_u64(str_from(text, (size_t)str_find_last_byte(text, ':') + 1), &port) == 0);
        peer.sin_port = htons((uint16_t)port);
        check("connect", fd >= 0 && connect(fd, (struct sockaddr *)&peer, sizeof(peer)) == 0);
        return fd;
}

static void send_all(int fd, const char *bytes, size_t len)
{
        while (len) {
                ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

                check("send", n > 0);
                bytes += n;
                len -= (size_t)n;
        }
}

static void send_many(int fd, uint64_t len)
{
        for (uint64_t at = 0; at < len; at += sizeof(piece))
                send_all(fd, piece, sizeof(piece));
}

/* So many, and what comes with them. */
static void receive_many(int fd, uint64_t len)
{
        static char room[262144];

        for (uint64_t at = 0; at < len;) {
                ssize_t n = recv(fd, room, sizeof(room), 0);

                check("receive", n > 0);
                at += (uint64_t)n;
        }
}

static void ask(int fd, const char *request)
{
        send_all(fd, request, strlen(request));
}

/* The length of an answer's head and body, which come together or one after the other. */
static void receive_done(int fd)
{
        char text[1024];
        size_t len = 0;

        while (len < 4 || memcmp(text + len - 4, "done", 4) != 0) {
                ssize_t n = recv(fd, text + len, sizeof(text) - len, 0);

                check("answer", n > 0);
                len += (size_t)n;
        }
}

static double per_second(double count, int64_t start)
{
        return count * 1e9 / (double)(clock_monotonic_ns() - start);
}

static double in_speed(const char *address)
{
        char head[128];
        int fd = connect_to(address);
        int64_t start = clock_monotonic_ns();

        (void)snprintf(head, sizeof(head), "PUT /sink HTTP/1.1\r\nHost: h\r\nContent-Length: %llu\r\n\r\n",
                       (unsigned long long)BYTES);
        ask(fd, head);
        send_many(fd, BYTES);
        receive_done(fd);
        (void)close(fd);
        return per_second((double)BYTES, start);
}

static double out_speed(const char *address)
{
        int fd = connect_to(address);
        int64_t start = clock_monotonic_ns();

        ask(fd, "GET /source HTTP/1.1\r\nHost: h\r\n\r\n");
        receive_many(fd, BYTES);
        (void)close(fd);
        return per_second((double)BYTES, start);
}

static double requests_a_second(const char *address, const char *path)
{
        int fd = connect_to(address);
        char request[128];
        int64_t start;

        (void)snprintf(request, sizeof(request),
                       "PUT %s HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n0123456789", path);
        start = clock_monotonic_ns();
        for (int i = 0; i < SMALL; i++) {
                ask(fd, request);
                receive_done(fd);
        }
        (void)close(fd);
        return per_second(SMALL, start);
}

/* -- The peer: the same bytes from one thread to another, by sockets alone. */

static void *take_bare(void *arg)
{
        int fd = accept(*(int *)arg, NULL, NULL);

        check("accept", fd >= 0);
        receive_many(fd, BYTES);
        send_all(fd, "done", 4);
        (void)close(fd);
        return NULL;
}

static double bare_speed(void)
{
        pthread_t thread;
        char address[64];
        int64_t start;
        double speed;
        int listener, fd;

        check("listen", listen_tcp(STR("127.0.0.1:0"), &listener, address, sizeof(address)) == 0);
        check("thread", pthread_create(&thread, NULL, take_bare, &listener) == 0);
        fd = connect_to(address);
        start = clock_monotonic_ns();
        send_many(fd, BYTES);
        receive_done(fd);
        speed = per_second((double)BYTES, start);
        pthread_join(thread, NULL);
        (void)close(fd);
        (void)close(listener);
        return speed;
}

static double better(double a, double b)
{
        return a > b ? a : b;
}

int main(void)
{
        char address[64];
        struct http_server *server = start_server(address);
        double bare = 0, in = 0, out = 0, gathered = 0, streamed = 0;

        for (int i = 0; i < ROUNDS; i++) {
                bare = better(bare, bare_speed());
                in = better(in, in_speed(address));
                out = better(out, out_speed(address));
                gathered = better(gathered, requests_a_second(address, "/else"));
                streamed = better(streamed, requests_a_second(address, "/sink"));
        }
        http_server_stop(server);
        (void)printf("%-34s %8.2f  of bare sockets (%.0f MB a second, %.0f)\n", "streamed body in, 512 MB",
                     in / bare, in / 1e6, bare / 1e6);
        (void)printf("%-34s %8.2f  of bare sockets (%.0f MB a second, %.0f)\n", "streamed body out, 512 MB",
                     out / bare, out / 1e6, bare / 1e6);
        (void)printf("%-34s %8.2f  of gathered ones (%.0f a second, %.0f)\n", "streamed bodies of 10 bytes",
                     streamed / gathered, streamed, gathered);
        return 0;
}
