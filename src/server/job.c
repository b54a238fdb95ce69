#include "server/job.h"

#include "base/clock.h"

#include <time.h>

#define LINES_MAX ((size_t)8 * 1024 * 1024)

void job_init(struct job *job)
{
        pthread_condattr_t monotonic;

        *job = (struct job){};
        pthread_condattr_init(&monotonic);
        pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
        pthread_mutex_init(&job->lock, NULL);
        pthread_cond_init(&job->wake, &monotonic);
        pthread_condattr_destroy(&monotonic);
        buf_init(&job->lines, LINES_MAX);
}

void job_stop(struct job *job)
{
        pthread_mutex_lock(&job->lock);
        if (job->is_running)
                job->is_stopping = true;
        pthread_cond_broadcast(&job->wake);
        pthread_mutex_unlock(&job->lock);
}

void job_done(struct job *job)
{
        if (job->lines.max == 0) /* never made */
                return;
        job_stop(job);
        if (job->has_thread)
                pthread_join(job->thread, NULL);
        buf_done(&job->lines);
        pthread_cond_destroy(&job->wake);
        pthread_mutex_destroy(&job->lock);
        *job = (struct job){};
}

static void *labour(void *arg)
{
        struct job *job = arg;

        job->work(job, job->arg);
        return NULL;
}

/* With the lock held. */
static void make_anew(struct job *job)
{
        if (job->has_thread)
                pthread_join(job->thread, NULL); /* it has ended, but for its last instructions */
        job->has_thread = job->is_stopping = false;
        buf_clear(&job->lines);
        job->unkept = 0;
        job->summary[0] = '\0';
        job->things = job->things_total = job->bytes = job->bytes_total = 0;
        job->run++;
}

int job_begin(struct job *job, void (*work)(struct job *job, void *arg), void *arg)
{
        int r = -EALREADY;

        pthread_mutex_lock(&job->lock);
        if (!job->is_running) {
                make_anew(job);
                job->work = work;
                job->arg = arg;
                job->is_running = true;
                r = -pthread_create(&job->thread, NULL, labour, job);
                job->has_thread = job->is_running = r == 0;
        }
        pthread_mutex_unlock(&job->lock);
        return r;
}

/* -- For the work itself */

bool job_is_stopping(struct job *job)
{
        bool is_stopping;

        pthread_mutex_lock(&job->lock);
        is_stopping = job->is_stopping;
        pthread_mutex_unlock(&job->lock);
        return is_stopping;
}

int job_pause(struct job *job, int64_t ms)
{
        int64_t until = clock_monotonic_ns() + ms * 1000000;
        const struct timespec end = {until / 1000000000, until % 1000000000};
        int r = 0;

        pthread_mutex_lock(&job->lock);
        while (!job->is_stopping && r == 0)
                r = pthread_cond_timedwait(&job->wake, &job->lock, &end);
        r = job->is_stopping ? -ECANCELED : 0;
        pthread_mutex_unlock(&job->lock);
        return r;
}

void job_tell(struct job *job, struct str line)
{
        pthread_mutex_lock(&job->lock);
        if (job->lines.len + line.len + 1 > LINES_MAX) {
                job->unkept++;
        } else {
                buf_add(&job->lines, line);
                buf_add_byte(&job->lines, '\n');
        }
        pthread_mutex_unlock(&job->lock);
}

void job_end(struct job *job, enum job_result result, const char *format, ...)
{
        va_list args;

        pthread_mutex_lock(&job->lock);
        va_start(args, format);
        (void)vsnprintf(job->summary, sizeof(job->summary), format, args);
        va_end(args);
        job->result = result;
        job->is_running = false;
        pthread_mutex_unlock(&job->lock);
}
