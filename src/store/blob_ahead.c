/* A thread that syncs files while they are still being written. What the kernel is told to write goes no
 * further than a disk's own cache, which may do nothing about it until it is flushed; then writers that end
 * together, and every small commit beside them, would wait for all that came before. Rounds: all who asked
 * while one was on share the next, and one flush, which is the whole disk's.
 *
 * It promises nothing: the end of a writer syncs what is left, and finds every error. */
#include <fcntl.h>
#include <signal.h>

#include "store/blob_dir.h"

void blob_ahead_init(struct blob_ahead *ahead)
{
        pthread_mutex_init(&ahead->lock, NULL);
        pthread_cond_init(&ahead->wake, NULL);
}

static void close_all(int *files, size_t count)
{
        for (size_t i = 0; i < count; i++)
                (void)close(files[i]);
}

static void sync_round(struct blobs *blobs, int *files, size_t count)
{
        for (size_t i = 1; i < count; i++)
                (void)sync_file_range(files[i], 0, 0,
                                      SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
                                              SYNC_FILE_RANGE_WAIT_AFTER);
        (void)fdatasync(files[0]);
        atomic_fetch_add(&blobs->synced_ahead, count);
        close_all(files, count);
}

/* False: it is to stop. With the lock held. */
static bool wait_for_files(struct blob_ahead *ahead)
{
        while (!ahead->count && !ahead->is_stopping)
                pthread_cond_wait(&ahead->wake, &ahead->lock);
        return !ahead->is_stopping;
}

static void *keep_syncing(void *arg)
{
        struct blobs *blobs = arg;
        struct blob_ahead *ahead = &blobs->ahead;
        int files[BLOB_AHEAD_MOST];

        pthread_mutex_lock(&ahead->lock);
        while (wait_for_files(ahead)) {
                size_t count = ahead->count;

                memcpy(files, ahead->files, count * sizeof(files[0]));
                ahead->count = 0;
                pthread_mutex_unlock(&ahead->lock);
                sync_round(blobs, files, count);
                pthread_mutex_lock(&ahead->lock);
        }
        pthread_mutex_unlock(&ahead->lock);
        return NULL;
}

/* With the first that asks, and again when that failed. With the lock held. */
static void start(struct blobs *blobs)
{
        struct blob_ahead *ahead = &blobs->ahead;
        sigset_t all, before;

        if (ahead->is_started)
                return;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        ahead->is_started = pthread_create(&ahead->thread, NULL, keep_syncing, blobs) == 0;
        pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void blob_ahead_ask(struct blobs *blobs, int fd)
{
        struct blob_ahead *ahead = &blobs->ahead;
        int own;

        pthread_mutex_lock(&ahead->lock);
        start(blobs);
        own = ahead->is_started && ahead->count < BLOB_AHEAD_MOST ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
        if (own >= 0)
                ahead->files[ahead->count++] = own;
        pthread_cond_signal(&ahead->wake);
        pthread_mutex_unlock(&ahead->lock);
}

void blob_ahead_done(struct blob_ahead *ahead)
{
        pthread_mutex_lock(&ahead->lock);
        ahead->is_stopping = true;
        pthread_cond_signal(&ahead->wake);
        pthread_mutex_unlock(&ahead->lock);
        if (ahead->is_started)
                pthread_join(ahead->thread, NULL);
        close_all(ahead->files, ahead->count);
        pthread_cond_destroy(&ahead->wake);
        pthread_mutex_destroy(&ahead->lock);
}
