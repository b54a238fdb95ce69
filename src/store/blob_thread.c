/* A thread that is handed open files, started with the first. */
#include <signal.h>
#include <unistd.h>

#include "store/blob_dir.h"

void blob_thread_init(struct blob_thread *thread, struct blobs *blobs, blob_work_fn work)
{
        pthread_mutex_init(&thread->lock, NULL);
        pthread_cond_init(&thread->wake, NULL);
        thread->blobs = blobs;
        thread->work = work;
}

/* False: it is to stop. With the lock held. */
static bool wait_for_files(struct blob_thread *thread)
{
        while (!thread->count && !thread->is_stopping)
                pthread_cond_wait(&thread->wake, &thread->lock);
        return !thread->is_stopping;
}

static void *keep_working(void *arg)
{
        struct blob_thread *thread = arg;
        struct blob_file files[BLOB_THREAD_FILES];

        pthread_mutex_lock(&thread->lock);
        while (wait_for_files(thread)) {
                size_t count = thread->count;

                memcpy(files, thread->files, count * sizeof(files[0]));
                thread->count = 0;
                pthread_mutex_unlock(&thread->lock);
                thread->work(thread->blobs, files, count);
                pthread_mutex_lock(&thread->lock);
        }
        pthread_mutex_unlock(&thread->lock);
        return NULL;
}

/* With the lock held. Tried again with the next file when it failed. */
static void start(struct blob_thread *thread)
{
        sigset_t all, before;

        if (thread->is_started)
                return;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        thread->is_started = pthread_create(&thread->thread, NULL, keep_working, thread) == 0;
        pthread_sigmask(SIG_SETMASK, &before, NULL);
}

bool blob_thread_takes(struct blob_thread *thread, struct blob_id id)
{
        bool takes;

        pthread_mutex_lock(&thread->lock);
        takes = thread->count < BLOB_THREAD_FILES;
        for (size_t i = 0; i < thread->count; i++)
                takes = takes && memcmp(&thread->files[i].id, &id, sizeof(id)) != 0;
        pthread_mutex_unlock(&thread->lock);
        return takes;
}

bool blob_thread_give(struct blob_thread *thread, const struct blob_file *file)
{
        bool is_taken;

        pthread_mutex_lock(&thread->lock);
        start(thread);
        is_taken = thread->is_started && thread->count < BLOB_THREAD_FILES;
        if (is_taken)
                thread->files[thread->count++] = *file;
        pthread_cond_signal(&thread->wake);
        pthread_mutex_unlock(&thread->lock);
        return is_taken;
}

void blob_close_all(struct blobs *blobs, const struct blob_file *files, size_t count)
{
        (void)blobs;
        for (size_t i = 0; i < count; i++)
                (void)close(files[i].fd);
}

void blob_thread_done(struct blob_thread *thread)
{
        pthread_mutex_lock(&thread->lock);
        thread->is_stopping = true;
        pthread_cond_signal(&thread->wake);
        pthread_mutex_unlock(&thread->lock);
        if (thread->is_started)
                pthread_join(thread->thread, NULL);
        blob_close_all(thread->blobs, thread->files, thread->count);
        pthread_cond_destroy(&thread->wake);
        pthread_mutex_destroy(&thread->lock);
}
