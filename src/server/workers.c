#include "server/workers.h"

#include <pthread.h>

/* What waits longer than some seconds is better told so; and all that wait have a snapshot, of which there
 * are few. */
#define QUEUE_MAX   64
#define THREADS_MAX 16

struct workers {
        pthread_mutex_t lock;
        pthread_cond_t wake;
        struct work *first, *last;
        size_t queued;
        bool is_stopping;
        pthread_t threads[THREADS_MAX];
        unsigned int thread_count;
};

/* With the lock held; NULL when there is nothing and never will be. */
static struct work *take(struct workers *workers)
{
        struct work *work;

        while (!workers->first && !workers->is_stopping)
                pthread_cond_wait(&workers->wake, &workers->lock);
        work = workers->first;
        if (!work)
                return NULL;
        workers->first = work->next;
        if (!workers->first)
                workers->last = NULL;
        workers->queued--;
        return work;
}

static void *labour(void *arg)
{
        struct workers *workers = arg;
        struct work *work;

        pthread_mutex_lock(&workers->lock);
        while ((work = take(workers))) {
                pthread_mutex_unlock(&workers->lock);
                work->run(work);
                pthread_mutex_lock(&workers->lock);
        }
        pthread_mutex_unlock(&workers->lock);
        return NULL;
}

int workers_start(unsigned int threads, struct workers **ret)
{
        struct workers *workers = calloc(1, sizeof(*workers));

        if (!workers)
                return -ENOMEM;
        pthread_mutex_init(&workers->lock, NULL);
        pthread_cond_init(&workers->wake, NULL);
        for (unsigned int i = 0; i < threads && i < THREADS_MAX; i++) {
                int r = pthread_create(&workers->threads[i], NULL, labour, workers);

                if (r != 0) {
                        workers_stop(workers);
                        return -r;
                }
                workers->thread_count++;
        }
        *ret = workers;
        return 0;
}

void workers_stop(struct workers *workers)
{
        if (!workers)
                return;
        pthread_mutex_lock(&workers->lock);
        workers->is_stopping = true;
        pthread_cond_broadcast(&workers->wake);
        pthread_mutex_unlock(&workers->lock);
        for (unsigned int i = 0; i < workers->thread_count; i++)
                pthread_join(workers->threads[i], NULL);
        pthread_cond_destroy(&workers->wake);
        pthread_mutex_destroy(&workers->lock);
        free(workers);
}

bool workers_add(struct workers *workers, struct work *work)
{
        bool taken;

        work->next = NULL;
        pthread_mutex_lock(&workers->lock);
        taken = workers->queued < QUEUE_MAX && !workers->is_stopping;
        if (taken) {
                if (workers->last)
                        workers->last->next = work;
                else
                        workers->first = work;
                workers->last = work;
                workers->queued++;
                pthread_cond_signal(&workers->wake);
        }
        pthread_mutex_unlock(&workers->lock);
        return taken;
}
