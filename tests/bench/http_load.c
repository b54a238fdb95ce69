/* A load generator that costs little beside what it measures: one thread, requests that were made (and
 * signed) beforehand, bodies that are not copied on their way out, answers that are not copied on theirs in.
 *
 *     http_load PORT CONNECTIONS SECONDS FILE      PORT of the loopback
 *
 * FILE: requests, each a line "HEAD-LENGTH BODY-LENGTH", the head, and no body: its bytes are made up here.
 * Connections take them in turn, from the first again after the last. When the time is over none is begun any
 * more, and those under way are waited for. Prints "REQUESTS SECONDS"; fails at the first answer that is no
 * success. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"

#define HEAD_MAX 16384
#define BODY_MAX ((size_t)64 << 20)
#define SMALL    8192 /* bodies that go with their heads */

struct request {
        char *head;
        size_t head_len;
        size_t body_len;
};

struct connection {
        int fd;
        const struct request *request; /* NULL: none is under way */
        size_t sent;
        char answer[HEAD_MAX]; /* its head, and what came with it */
        size_t answer_len;
        bool has_head, is_chunked;
        uint64_t left; /* of the answer's body */
        char tail[5];  /* of one in chunks */
        uint32_t watched;
};

static struct request *requests;
static size_t request_count, next_request, done_count, under_way;
static int64_t begin_ns, end_ns;
static int body_fd, epoll_fd;
static char *body_bytes;

static void check(const char *what, bool is_well)
{
        if (is_well)
                return;
        (void)fprintf(stderr, "http_load: %s: %s\n", what, strerror(errno));
        exit(1);
}

/* -- Requests. */

static struct request *new_request(void)
{
        static size_t room;

        if (request_count == room) {
                room = room ? 2 * room : 64;
                requests = realloc(requests, room * sizeof(*requests));
                check("memory", requests != NULL);
        }
        return &requests[request_count++];
}

/* A small body goes with its head. */
static void read_request(FILE *file, size_t head, size_t body)
{
        struct request *request = new_request();

        *request = (struct request){malloc(head + SMALL), head, body};
        check("requests", request->head && body <= BODY_MAX);
        check("requests", fread(request->head, 1, head, file) == head);
        if (body > SMALL)
                return;
        memcpy(request->head + head, body_bytes, body);
        request->head_len += body;
        request->body_len = 0;
}

static void read_requests(const char *path)
{
        FILE *file = fopen(path, "re");
        char line[64];

        check(path, file != NULL);
        while (fgets(line, sizeof(line), file)) {
                char *behind;
                size_t head = strtoul(line, &behind, 10);

                read_request(file, head, strtoul(behind, NULL, 10));
        }
        check("no requests", request_count > 0);
        (void)fclose(file);
}

/* Bytes that nothing could shorten, in pages that a socket may take as they are. */
static void make_bodies(void)
{
        uint64_t x = 88172645463325252U;

        body_fd = memfd_create("bodies", MFD_CLOEXEC);
        check("bodies", body_fd >= 0 && ftruncate(body_fd, (off_t)BODY_MAX) == 0);
        body_bytes = mmap(NULL, BODY_MAX, PROT_READ | PROT_WRITE, MAP_SHARED, body_fd, 0);
        check("bodies", body_bytes != MAP_FAILED);
        for (size_t i = 0; i < BODY_MAX; i += sizeof(x)) {
                x ^= x << 13;
                x ^= x >> 7;
                x ^= x << 17;
                memcpy(body_bytes + i, &x, sizeof(x));
        }
}

static bool is_over(void)
{
        return clock_monotonic_ns() >= end_ns;
}

static void watch(struct connection *c, uint32_t events)
{
        struct epoll_event event = {.events = events, .data.ptr = c};

        if (c->watched == events)
                return;
        check("epoll", epoll_ctl(epoll_fd, c->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, c->fd, &event) == 0);
        c->watched = events;
}

static ssize_t send_piece(struct connection *c)
{
        const struct request *request = c->request;
        off_t at = (off_t)(c->sent - request->head_len);

        if (c->sent < request->head_len)
                return send(c->fd, request->head + c->sent, request->head_len - c->sent,
                            MSG_NOSIGNAL | (request->body_len ? MSG_MORE : 0));
        return sendfile(c->fd, body_fd, &at, request->body_len - (size_t)at);
}

/* As far as it goes; whoever answers before the end has refused it. */
static void push(struct connection *c)
{
        while (c->request && c->sent < c->request->head_len + c->request->body_len) {
                ssize_t n = send_piece(c);

                if (n < 0 && errno == EAGAIN) {
                        watch(c, EPOLLIN | EPOLLOUT);
                        return;
                }
                check("send", n > 0);
                c->sent += (size_t)n;
        }
        watch(c, EPOLLIN);
}

static void begin(struct connection *c)
{
        c->request = &requests[next_request];
        next_request = (next_request + 1) % request_count;
        c->sent = c->answer_len = 0;
        c->has_head = false;
        memset(c->tail, 0, sizeof(c->tail));
        under_way++;
        push(c);
}

/* -- Answers. */

static void finish(struct connection *c)
{
        c->request = NULL;
        under_way--;
        done_count++;
        if (!is_over())
                begin(c);
}

static void refuse_failure(const struct connection *c)
{
        if (c->answer_len > 9 && c->answer[9] == '2')
                return;
        (void)fprintf(stderr, "http_load: not a success:\n%.*s\n---\n%.*s\n", (int)c->answer_len, c->answer,
                      (int)c->request->head_len, c->request->head);
        exit(1);
}

/* What came of the body: counted, or looked at for the end of its chunks. */
static void take_body(struct connection *c, const char *bytes, size_t len)
{
        static const char END[5] = {'0', '\r', '\n', '\r', '\n'};

        if (!c->is_chunked) {
                check("longer than it said", len <= c->left);
                c->left -= len;
                return;
        }
        for (size_t i = len > 5 ? len - 5 : 0; i < len; i++) {
                memmove(c->tail, c->tail + 1, sizeof(c->tail) - 1);
                c->tail[sizeof(c->tail) - 1] = bytes[i];
        }
        c->left = memcmp(c->tail, END, sizeof(END)) != 0;
}

static void read_head(struct connection *c)
{
        struct str answer = str_make(c->answer, c->answer_len);
        const char *end = memmem(c->answer, c->answer_len, "\r\n\r\n", 4);
        const char *length;
        char text[HEAD_MAX + 1];
        size_t head;

        if (!end)
                return;
        head = (size_t)(end - c->answer) + 4;
        memcpy(text, c->answer, head);
        text[head] = '\0';
        refuse_failure(c);
        c->has_head = true;
        c->is_chunked = strcasestr(text, "\r\ntransfer-encoding: chunked") != NULL;
        length = strcasestr(text, "\r\ncontent-length:");
        c->left = length && !c->is_chunked ? strtoull(length + 17, NULL, 10) : c->is_chunked;
        take_body(c, answer.ptr + head, answer.len - head);
}

static ssize_t receive(struct connection *c)
{
        static char room[65536];
        ssize_t n;

        if (!c->has_head) {
                check("a long head", c->answer_len < HEAD_MAX);
                n = recv(c->fd, c->answer + c->answer_len, HEAD_MAX - c->answer_len, 0);
                c->answer_len += n > 0 ? (size_t)n : 0;
                if (n > 0)
                        read_head(c);
                return n;
        }
        n = c->is_chunked
                    ? recv(c->fd, room, sizeof(room), 0)
                    : recv(c->fd, NULL, c->left < ((size_t)1 << 20) ? c->left : (size_t)1 << 20, MSG_TRUNC);
        if (n > 0)
                take_body(c, room, (size_t)n);
        return n;
}

static void pull(struct connection *c)
{
        while (c->request) {
                ssize_t n = receive(c);

                if (n < 0 && errno == EAGAIN)
                        return;
                check("the connection ended", n > 0);
                if (c->has_head && c->left == 0) {
                        finish(c);
                        return;
                }
        }
}

/* -- The whole. */

static void connect_to(struct connection *c, uint16_t port)
{
        struct sockaddr_in peer = {
                .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        int one = 1;

        c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        check("connect", c->fd >= 0 && connect(c->fd, (struct sockaddr *)&peer, sizeof(peer)) == 0);
        (void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        c->watched = 0;
}

/* From here on none is waited for by itself. */
static void start(struct connection *c)
{
        int nonblocking = 1;

        check("nonblocking", ioctl(c->fd, FIONBIO, &nonblocking) == 0);
        begin(c);
}

static void run(void)
{
        struct epoll_event events[256];

        while (under_way) {
                int n = epoll_wait(epoll_fd, events, ARRAY_LEN(events), -1);

                check("epoll", n >= 0 || errno == EINTR);
                for (int i = 0; i < n; i++) {
                        struct connection *c = events[i].data.ptr;

                        if (events[i].events & EPOLLOUT)
                                push(c);
                        if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
                                pull(c);
                }
        }
}

int main(int argc, char **argv)
{
        struct connection *connections;
        size_t count;

        check("PORT CONNECTIONS SECONDS FILE", argc == 5);
        count = strtoul(argv[2], NULL, 10);
        connections = calloc(count, sizeof(*connections));
        check("memory", connections != NULL);
        make_bodies();
        read_requests(argv[4]);
        epoll_fd = epoll_create1(EPOLL_CLOEXEC);
        check("epoll", epoll_fd >= 0);
        for (size_t i = 0; i < count; i++)
                connect_to(&connections[i], (uint16_t)strtoul(argv[1], NULL, 10));
        begin_ns = clock_monotonic_ns();
        end_ns = begin_ns + (int64_t)(strtod(argv[3], NULL) * 1e9);
        for (size_t i = 0; i < count; i++)
                start(&connections[i]);
        run();
        (void)printf("%zu %.6f\n", done_count, (double)(clock_monotonic_ns() - begin_ns) / 1e9);
        free(connections);
        return 0;
}
