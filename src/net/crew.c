#include "net/crew.h"

#include "base/log.h"

#include <pthread.h>

#define STACK_BYTES ((size_t)256 * 1024)

struct crew {
        pthread_mutex_t lock;
        pthread_cond_t wake;
        struct crew_job *first, *last;
        unsigned int waiting; /* jobs */
        unsigned int idle;    /* threads */
        unsigned int count, most;
        bool is_stopping;
        pthread_attr_t attributes;
        pthread_t threads[];
};

/* With the lock held; NULL when there is nothing and never will be. */
static struct crew_job *take(struct crew *crew)
{
        struct crew_job *job;

        crew->idle++;
        while (!crew->first && !crew->is_stopping)
                pthread_cond_wait(&crew->wake, &crew->lock);
        crew->idle--;
        job = crew->first;
        if (!job)
                return NULL;
        crew->first = job->next;
        if (!crew->first)
                crew->last = NULL;
        crew->waiting--;
        return job;
}

/* With the lock held. */
static void append(struct crew *crew, struct crew_job *job)
{
        job->next = NULL;
        if (crew->last)
                crew->last->next = job;
        else
                crew->first = job;
        crew->last = job;
        crew->waiting++;
}

/* What wants another turn takes it behind those that wait; this thread goes on with whoever is first, so
 * nobody has to be woken for it. */
static void *labour(void *arg)
{
        struct crew *crew = arg;
        struct crew_job *job;

        pthread_mutex_lock(&crew->lock);
        while ((job = take(crew))) {
                bool is_again;

                pthread_mutex_unlock(&crew->lock);
                is_again = job->run(job);
                pthread_mutex_lock(&crew->lock);
                if (is_again)
                        append(crew, job);
        }
        pthread_mutex_unlock(&crew->lock);
        return NULL;
}

/* With the lock held, which a new thread needs before it does anything. */
static int add_thread(struct crew *crew)
{
        int r = pthread_create(&crew->threads[crew->count], &crew->attributes, labour, crew);

        crew->count += r == 0;
        return -r;
}

/* The first thread is there from the start: whatever becomes of the others, what is added is done. */
int crew_start(unsigned int most, struct crew **ret)
{
        struct crew *crew = calloc(1, sizeof(*crew) + (most + 1) * sizeof(crew->threads[0]));
        int r;

        if (!crew)
                return -ENOMEM;
        crew->most = most ? most : 1;
        pthread_mutex_init(&crew->lock, NULL);
        pthread_cond_init(&crew->wake, NULL);
        pthread_attr_init(&crew->attributes);
        (void)pthread_attr_setstacksize(&crew->attributes, STACK_BYTES);
        pthread_mutex_lock(&crew->lock);
        r = add_thread(crew);
        pthread_mutex_unlock(&crew->lock);
        if (r < 0) {
                crew_stop(crew);
                return r;
        }
        *ret = crew;
        return 0;
}

void crew_add(struct crew *crew, struct crew_job *job)
{
        bool is_wanted;
        int r = 0;

        pthread_mutex_lock(&crew->lock);
        append(crew, job);
        if (crew->waiting > crew->idle && crew->count < crew->most)
                r = add_thread(crew);
        is_wanted = crew->idle > 0;
        pthread_mutex_unlock(&crew->lock);
        if (is_wanted)
                pthread_cond_signal(&crew->wake);
        if (r < 0)
                log_errno(LOG_WARNING, r, "a thread for bodies cannot be started", NULL);
}

void crew_stop(struct crew *crew)
{
        if (!crew)
                return;
        pthread_mutex_lock(&crew->lock);
        crew->is_stopping = true;
        pthread_cond_broadcast(&crew->wake);
        pthread_mutex_unlock(&crew->lock);
        for (unsigned int i = 0; i < crew->count; i++)
                pthread_join(crew->threads[i], NULL);
        pthread_attr_destroy(&crew->attributes);
        pthread_cond_destroy(&crew->wake);
        pthread_mutex_destroy(&crew->lock);
        free(crew);
}
