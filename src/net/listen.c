#include "net/listen.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 1024

/* getaddrinfo() alone would take an empty port for 0 and 70000 for 4464. */
static int take_port(struct str text, char port[8])
{
        uint64_t number;

        if (text.len > 5 || str_to_u64(text, &number) < 0 || number > 65535)
                return -EINVAL;
        return str_to_buffer(text, port, 8);
}

/* getaddrinfo() alone would take "0" for every address of the machine. */
static bool is_ipv4(const char *host)
{
        struct in_addr ignored;

        return inet_pton(AF_INET, host, &ignored) == 1;
}

static int split_address(struct str address, char host[64], char port[8])
{
        ptrdiff_t colon = str_find_last_byte(address, ':');
        struct str name;
        bool is_bracketed;

        if (colon < 0)
                return -EINVAL;
        TRY(take_port(str_from(address, (size_t)colon + 1), port));
        name = str_part(address, 0, (size_t)colon);
        if (str_eq(name, STR("localhost")))
                name = STR("127.0.0.1");
        is_bracketed = name.len > 2 && name.ptr[0] == '[' && name.ptr[name.len - 1] == ']';
        if (is_bracketed)
                name = str_part(name, 1, name.len - 2);
        if (str_to_buffer(name, host, 64) < 0 || strlen(host) != name.len)
                return -EINVAL;
        return is_bracketed == str_has_byte(name, ':') && (is_bracketed || is_ipv4(host)) ? 0 : -EINVAL;
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
        if (getaddrinfo(host, port, &hints, &info) != 0)
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
        struct stat info;
        int fd;
        int r = 0;

        TRY(str_to_buffer(str_of(path), name.sun_path, sizeof(name.sun_path)));
        if (lstat(path, &info) == 0 && !S_ISSOCK(info.st_mode))
                return -EEXIST; /* not ours to replace */
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
