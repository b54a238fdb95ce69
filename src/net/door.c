#include "net/door.h"

#include "base/log.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define WAIT_MS 10
#define AT_ONCE 64 /* connections, between two looks at whether to stop */

struct door {
        struct http_server *server;
        pthread_t thread;
        int listen_fd;
        int stop_fd;
};

/* Who finds the house full waits in the kernel's queue, as long as that has room. libmicrohttpd, which has
 * connections handed over before its threads take them, is never at a limit of its own (server.c). */
static bool is_full(const struct http_server *server)
{
        return server->options.max_connections &&
               atomic_load(&server->connections) >= server->options.max_connections;
}

/* -EAGAIN: nobody is at the door. */
static int let_one_in(struct door *door)
{
        struct sockaddr_storage name;
        socklen_t len = sizeof(name);
        int fd = accept4(door->listen_fd, (struct sockaddr *)&name, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);

        if (fd < 0)
                return errno == ECONNABORTED || errno == EINTR ? 0 : -errno;
        atomic_fetch_add(&door->server->connections, 1);
        /* It closes the socket itself if it does not want it. */
        if (MHD_add_connection(door->server->daemon, fd, (struct sockaddr *)&name, len) == MHD_NO) {
                atomic_fetch_sub(&door->server->connections, 1);
                log_event(LOG_DEBUG, "a connection was not taken", NULL);
        }
        return 0;
}

/* False: no more can come in for now; not for want of a descriptor either. */
static bool let_in(struct door *door)
{
        int r = 0;

        for (unsigned int i = 0; r == 0 && i < AT_ONCE; i++) {
                if (is_full(door->server))
                        return false;
                r = let_one_in(door);
        }
        return r == 0 || r == -EAGAIN;
}

static void *keep(void *arg)
{
        struct door *door = arg;
        struct pollfd polled[] = {{.fd = door->stop_fd, .events = POLLIN},
                                  {.fd = door->listen_fd, .events = POLLIN}};
        bool has_room = true;

        for (;;) {
                (void)poll(polled, has_room ? 2 : 1, has_room ? -1 : WAIT_MS);
                if (polled[0].revents)
                        return NULL;
                has_room = let_in(door);
        }
}

static void door_free(struct door *door)
{
        if (door->stop_fd >= 0)
                (void)close(door->stop_fd);
        (void)close(door->listen_fd);
        free(door);
}

int door_open(struct http_server *server, int listen_fd, struct door **ret)
{
        struct door *door = calloc(1, sizeof(*door));
        int r;

        if (!door) {
                (void)close(listen_fd);
                return -ENOMEM;
        }
        *door = (struct door){.server = server, .listen_fd = listen_fd};
        door->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        r = door->stop_fd < 0 ? errno : pthread_create(&door->thread, NULL, keep, door);
        if (r != 0) {
                door_free(door);
                return -r;
        }
        *ret = door;
        return 0;
}

void door_close(struct door *door)
{
        if (!door)
                return;
        (void)eventfd_write(door->stop_fd, 1);
        pthread_join(door->thread, NULL);
        door_free(door);
}
