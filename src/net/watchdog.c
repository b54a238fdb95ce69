#include "net/watchdog.h"

#include "base/clock.h"

#include <microhttpd.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define NS_PER_S INT64_C(1000000000)

struct watched {
        struct watched *next, *previous;
        int fd;
        _Atomic int64_t deadline_ns; /* 0: none */
        _Atomic int stream;          /* enum watched_stream */
        bool is_at_end;              /* the client has ended, as of the last look */
};

struct watchdog {
        pthread_t thread;
        pthread_mutex_t lock; /* the list, and that a watched descriptor is still open */
        pthread_cond_t wake;
        struct watched *first;
        bool is_stopping;
        bool is_cutting_streams;
        _Atomic uint64_t cut;
};

/* The client will send nothing more, and all that it sent has been read. */
static bool is_at_end(const struct watched *watched)
{
        struct pollfd end = {.fd = watched->fd, .events = POLLRDHUP};
        int unread = 0;

        return poll(&end, 1, 0) > 0 && end.revents & POLLRDHUP &&
               ioctl(watched->fd, FIONREAD, &unread) == 0 && unread == 0;
}

static bool is_receiving(enum watched_stream stream)
{
        return stream == BODY_GATHERED || stream == STREAM_RECEIVED;
}

static bool is_streaming(enum watched_stream stream)
{
        return stream == STREAM_RECEIVED || stream == STREAM_SENT;
}

/* Seen twice: the last bytes may be on their way through the I/O thread. Without a deadline it is we who are
 * waited for. */
static bool has_left(struct watched *watched)
{
        bool was_at_end = watched->is_at_end;

        watched->is_at_end = is_receiving((enum watched_stream)atomic_load(&watched->stream)) &&
                             atomic_load(&watched->deadline_ns) != 0 && is_at_end(watched);
        return was_at_end && watched->is_at_end;
}

static void cut(struct watched *watched)
{
        atomic_store(&watched->deadline_ns, 0);
        atomic_store(&watched->stream, NO_STREAM);
        (void)shutdown(watched->fd, SHUT_RDWR); /* libmicrohttpd sees the end and closes */
}

static void cut_overdue(struct watchdog *watchdog)
{
        int64_t now = clock_monotonic_ns();

        for (struct watched *w = watchdog->first; w; w = w->next) {
                int64_t deadline = atomic_load(&w->deadline_ns);
                bool is_stopped = watchdog->is_cutting_streams &&
                                  is_streaming((enum watched_stream)atomic_load(&w->stream));

                if ((deadline != 0 && deadline <= now) || is_stopped) {
                        atomic_fetch_add(&watchdog->cut, 1);
                        cut(w);
                } else if (has_left(w)) {
                        cut(w);
                }
        }
}

static void *watch(void *arg)
{
        struct watchdog *watchdog = arg;

        pthread_mutex_lock(&watchdog->lock);
        while (!watchdog->is_stopping) {
                struct timespec until;

                (void)clock_gettime(CLOCK_MONOTONIC, &until);
                until.tv_sec += 1;
                (void)pthread_cond_timedwait(&watchdog->wake, &watchdog->lock, &until);
                cut_overdue(watchdog);
        }
        pthread_mutex_unlock(&watchdog->lock);
        return NULL;
}

int watchdog_start(struct watchdog **ret)
{
        struct watchdog *watchdog = calloc(1, sizeof(*watchdog));
        pthread_condattr_t attributes;
        int r;

        if (!watchdog)
                return -ENOMEM;
        pthread_mutex_init(&watchdog->lock, NULL);
        pthread_condattr_init(&attributes);
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        pthread_cond_init(&watchdog->wake, &attributes);
        pthread_condattr_destroy(&attributes);
        r = pthread_create(&watchdog->thread, NULL, watch, watchdog);
        if (r != 0) {
                free(watchdog);
                return -r;
        }
        *ret = watchdog;
        return 0;
}

void watchdog_stop(struct watchdog *watchdog)
{
        if (!watchdog)
                return;
        pthread_mutex_lock(&watchdog->lock);
        watchdog->is_stopping = true;
        pthread_cond_signal(&watchdog->wake);
        pthread_mutex_unlock(&watchdog->lock);
        pthread_join(watchdog->thread, NULL);
        pthread_cond_destroy(&watchdog->wake);
        pthread_mutex_destroy(&watchdog->lock);
        free(watchdog);
}

static int64_t deadline_in(unsigned int seconds)
{
        return seconds ? clock_monotonic_ns() + seconds * NS_PER_S : 0;
}

struct watched *watchdog_add(struct watchdog *watchdog, struct MHD_Connection *connection,
                             unsigned int seconds)
{
        const union MHD_ConnectionInfo *info =
                MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        struct watched *watched = info ? calloc(1, sizeof(*watched)) : NULL;

        if (!watched)
                return NULL;
        watched->fd = info->connect_fd;
        watched->deadline_ns = deadline_in(seconds);
        pthread_mutex_lock(&watchdog->lock);
        watched->next = watchdog->first;
        if (watched->next)
                watched->next->previous = watched;
        watchdog->first = watched;
        pthread_mutex_unlock(&watchdog->lock);
        return watched;
}

static struct watched *watched_of(struct MHD_Connection *connection)
{
        const union MHD_ConnectionInfo *info =
                MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

        return info ? info->socket_context : NULL;
}

void watchdog_expect(struct watchdog *watchdog, struct MHD_Connection *connection, unsigned int seconds)
{
        struct watched *watched = watched_of(connection);

        (void)watchdog;
        if (watched)
                atomic_store(&watched->deadline_ns, deadline_in(seconds));
}

void watchdog_mark(struct watchdog *watchdog, struct MHD_Connection *connection, enum watched_stream stream)
{
        struct watched *watched = watched_of(connection);

        (void)watchdog;
        if (watched)
                atomic_store(&watched->stream, stream);
}

void watchdog_cut_streams(struct watchdog *watchdog)
{
        pthread_mutex_lock(&watchdog->lock);
        if (!watchdog->is_cutting_streams)
                pthread_cond_signal(&watchdog->wake);
        watchdog->is_cutting_streams = true;
        pthread_mutex_unlock(&watchdog->lock);
}

void watchdog_remove(struct watchdog *watchdog, struct watched *watched)
{
        if (!watched)
                return;
        pthread_mutex_lock(&watchdog->lock);
        if (watched->next)
                watched->next->previous = watched->previous;
        if (watched->previous)
                watched->previous->next = watched->next;
        else
                watchdog->first = watched->next;
        pthread_mutex_unlock(&watchdog->lock);
        free(watched);
}

uint64_t watchdog_cut_count(struct watchdog *watchdog)
{
        return atomic_load(&watchdog->cut);
}
