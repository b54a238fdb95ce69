#include "cli/admin_client.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define ANSWER_MAX ((size_t)32 * 1024 * 1024)

static int connect_to(struct str data, int *ret_fd)
{
        struct sockaddr_un name = {.sun_family = AF_UNIX};
        int fd;

        if (snprintf(name.sun_path, sizeof(name.sun_path), "%.*s/admin.sock", STR_ARG(data)) >=
            (int)sizeof(name.sun_path))
                return -ENAMETOOLONG;
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;
        if (connect(fd, (struct sockaddr *)&name, sizeof(name)) < 0) {
                int r = -errno;

                close(fd);
                return r;
        }
        *ret_fd = fd;
        return 0;
}

static int send_all(int fd, struct str bytes)
{
        while (bytes.len) {
                ssize_t n = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                bytes = str_from(bytes, (size_t)n);
        }
        return 0;
}

static int receive_all(int fd, struct buf *answer)
{
        char part[16384];

        for (;;) {
                ssize_t n = recv(fd, part, sizeof(part), 0);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        return buf_check(answer);
                buf_add_bytes(answer, part, (size_t)n);
        }
}

/* HTTP/1.0: the answer ends with the connection, and is never chunked. */
static int exchange(int fd, struct str method, struct str path, struct str body, struct buf *answer)
{
        _cleanup_(buf_done) struct buf head = {};

        buf_init(&head, 16384);
        buf_addf(&head,
                 "%.*s %.*s HTTP/1.0\r\nHost: localhost\r\nConnection: close\r\nContent-Type: "
                 "application/json\r\n"
                 "Content-Length: %zu\r\n\r\n",
                 STR_ARG(method), STR_ARG(path), body.len);
        TRY(buf_check(&head));
        TRY(send_all(fd, buf_str(&head)));
        TRY(send_all(fd, body));
        return receive_all(fd, answer);
}

/* "HTTP/1.1 200 OK\r\n...\r\n\r\nbody" */
static int split(struct str answer, unsigned int *ret_status, struct str *ret_body)
{
        ptrdiff_t end = str_find(answer, STR("\r\n\r\n"));
        uint64_t status;

        if (end < 0 || !str_starts(answer, STR("HTTP/1.")) || str_to_u64(str_part(answer, 9, 3), &status) < 0)
                return -EPROTO;
        *ret_status = (unsigned int)status;
        *ret_body = str_from(answer, (size_t)end + 4);
        return 0;
}

int admin_request(struct str data, struct str method, struct str path, struct str body, struct arena *arena,
                  unsigned int *ret_status, struct str *ret_body)
{
        _cleanup_(buf_done) struct buf answer = {};
        int fd = -1;
        int r;

        TRY(connect_to(data, &fd));
        buf_init(&answer, ANSWER_MAX);
        r = exchange(fd, method, path, body, &answer);
        close(fd);
        TRY(r);
        return split(arena_dup(arena, buf_str(&answer)), ret_status, ret_body);
}
