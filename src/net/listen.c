#include "net/listen.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 1024

static int split_address(struct str address, char host[64], char port[8])
{
        ptrdiff_t colon = str_find_last_byte(address, ':');
        struct str name;

        if (colon < 0)
                return -EINVAL;
        name = str_part(address, 0, (size_t)colon);
        if (name.len >= 2 && name.ptr[0] == '[' && name.ptr[name.len - 1] == ']')
                name = str_part(name, 1, name.len - 2);
        if (name.len == 0)
                return -EINVAL;
        TRY(str_to_buffer(name, host, 64));
        return str_to_buffer(str_from(address, (size_t)colon + 1), port, 8);
}

static int describe(int fd, char *ret_text, size_t text_size)
{
        struct sockaddr_storage name = {};
        socklen_t len = sizeof(name);
        char host[64];
        char port[8];

        if (getsockname(fd, (struct sockaddr *)&name, &len) < 0)
                return -errno;
        if (getnameinfo((struct sockaddr *)&name, len, host, sizeof(host), port, sizeof(port),
                        NI_NUMERICHOST | NI_NUMERICSERV) != 0)
                return -EINVAL;
        (void)snprintf(ret_text, text_size, name.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
        return 0;
}

static int bind_and_listen(int fd, const struct addrinfo *info, char *ret_text, size_t text_size)
{
        int yes = 1;

        if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0 ||
            bind(fd, info->ai_addr, info->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0)
                return -errno;
        return describe(fd, ret_text, text_size);
}

int listen_tcp(struct str address, int *ret_fd, char *ret_text, size_t text_size)
{
        struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                                 .ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV};
        struct addrinfo *info;
        char host[64];
        char port[8];
        int fd;
        int r;

        TRY(split_address(address, host, port));
        if (getaddrinfo(str_eq(str_of(host), STR("localhost")) ? "127.0.0.1" : host, port, &hints, &info) !=
            0)
                return -EINVAL;
        fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        r = fd < 0 ? -errno : bind_and_listen(fd, info, ret_text, text_size);
        freeaddrinfo(info);
        if (r < 0) {
                if (fd >= 0)
                        close(fd);
                return r;
        }
        *ret_fd = fd;
        return 0;
}

int listen_unix(const char *path, int *ret_fd)
{
        struct sockaddr_un name = {.sun_family = AF_UNIX};
        mode_t before;
        int fd;
        int r = 0;

        TRY(str_to_buffer(str_of(path), name.sun_path, sizeof(name.sun_path)));
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;
        (void)unlink(path);
        before = umask(0177); /* so that the socket is never open to others, not even for a moment */
        if (bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0 || listen(fd, BACKLOG) < 0)
                r = -errno;
        (void)umask(before);
        if (r < 0) {
                close(fd);
                return r;
        }
        *ret_fd = fd;
        return 0;
}
