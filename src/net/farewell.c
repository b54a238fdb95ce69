#include "net/farewell.h"

#include "base/clock.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST       128
#define WAIT_NS    INT64_C(2000000000)
#define BYTES_MOST ((size_t)1 << 20)

struct leaving {
        int fd;
        int64_t deadline_ns;
        size_t bytes;
};

struct farewell {
        pthread_t thread;
        pthread_mutex_t lock;
        int wake_fd;
        bool is_stopping;
        size_t count;
        struct leaving all[MOST]; /* added by any thread, removed by ours */
};

/* False when it need not be kept: the client has closed, or sent too much. */
static bool throw_away(struct leaving *one)
{
        char bytes[16384];
        ssize_t n = recv(one->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

        if (n < 0)
                return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
        one->bytes += (size_t)n;
        return n > 0 && one->bytes < BYTES_MOST;
}

static int64_t look_at_all(struct farewell *farewell)
{
        int64_t now = clock_monotonic_ns(), next = now + WAIT_NS;

        for (size_t i = 0; i < farewell->count;) {
                struct leaving *one = &farewell->all[i];

                if (farewell->is_stopping || one->deadline_ns <= now || !throw_away(one)) {
                        (void)close(one->fd);
                        *one = farewell->all[--farewell->count];
                        continue;
                }
                if (one->deadline_ns < next)
                        next = one->deadline_ns;
                i++;
        }
        return next - now;
}

static nfds_t list_all(const struct farewell *farewell, struct pollfd polled[MOST + 1])
{
        polled[0] = (struct pollfd){.fd = farewell->wake_fd, .events = POLLIN};
        for (size_t i = 0; i < farewell->count; i++)
                polled[i + 1] = (struct pollfd){.fd = farewell->all[i].fd, .events = POLLIN};
        return farewell->count + 1;
}

static void *keep(void *arg)
{
        struct farewell *farewell = arg;
        struct pollfd polled[MOST + 1];
        eventfd_t count;

        pthread_mutex_lock(&farewell->lock);
        while (!farewell->is_stopping) {
                int64_t wait_ns = look_at_all(farewell);
                nfds_t fds = list_all(farewell, polled);
                int wait_ms = fds == 1 ? -1 : (int)(wait_ns / 1000000) + 1;

                pthread_mutex_unlock(&farewell->lock);
                if (poll(polled, fds, wait_ms) > 0 && polled[0].revents)
                        (void)eventfd_read(farewell->wake_fd, &count);
                pthread_mutex_lock(&farewell->lock);
        }
        (void)look_at_all(farewell);
        pthread_mutex_unlock(&farewell->lock);
        return NULL;
}

static void farewell_free(struct farewell *farewell)
{
        if (farewell->wake_fd >= 0)
                (void)close(farewell->wake_fd);
        pthread_mutex_destroy(&farewell->lock);
        free(farewell);
}

int farewell_start(struct farewell **ret)
{
        struct farewell *farewell = calloc(1, sizeof(*farewell));
        int r;

        if (!farewell)
                return -ENOMEM;
        pthread_mutex_init(&farewell->lock, NULL);
        farewell->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        r = farewell->wake_fd < 0 ? errno : pthread_create(&farewell->thread, NULL, keep, farewell);
        if (r != 0) {
                farewell_free(farewell);
                return -r;
        }
        *ret = farewell;
        return 0;
}

void farewell_add(struct farewell *farewell, int fd)
{
        bool is_kept;

        pthread_mutex_lock(&farewell->lock);
        is_kept = farewell->count < MOST;
        if (is_kept)
                farewell->all[farewell->count++] = (struct leaving){fd, clock_monotonic_ns() + WAIT_NS, 0};
        pthread_mutex_unlock(&farewell->lock);
        if (is_kept)
                (void)eventfd_write(farewell->wake_fd, 1);
        else
                (void)close(fd);
}

void farewell_stop(struct farewell *farewell)
{
        if (!farewell)
                return;
        pthread_mutex_lock(&farewell->lock);
        farewell->is_stopping = true;
        pthread_mutex_unlock(&farewell->lock);
        (void)eventfd_write(farewell->wake_fd, 1);
        pthread_join(farewell->thread, NULL);
        farewell_free(farewell);
}
