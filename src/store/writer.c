#include "store/writer.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>

#include "base/log.h"

/* Jobs in the order in which they came. */
struct queue {
        struct store_job *first;
        struct store_job **end; /* where the next one is hung */
};

struct writer {
        struct engine *engine;
        pthread_t thread;
        pthread_mutex_t lock;
        pthread_cond_t wake; /* on the monotonic clock */

        pthread_cond_t turned; /* likewise: somebody waits for the next commit */

        bool is_failing; /* the last commit did; the thread's own */

        /* Under the lock. */
        struct queue queue;
        size_t eager;             /* of those in the queue, how many may not wait */
        struct timespec lazy_due; /* when the oldest lazy one has waited long enough */
        bool stopping;
        struct writer_counts counts;
        uint64_t turn; /* commits, and nudges */
};

/* What the writer thread works on, with each job's result. */
struct batch {
        struct store_job *jobs[WRITER_BATCH_MAX];
        int results[WRITER_BATCH_MAX];
        size_t count;
        size_t good;
};

static void queue_init(struct queue *queue)
{
        queue->first = NULL;
        queue->end = &queue->first;
}

static void queue_add(struct queue *queue, struct store_job *job)
{
        job->next = NULL;
        *queue->end = job;
        queue->end = &job->next;
}

static struct store_job *queue_take(struct queue *queue)
{
        struct store_job *job = queue->first;

        queue->first = job->next;
        if (!queue->first)
                queue->end = &queue->first;
        job->next = NULL;
        return job;
}

static struct timespec lazy_due_from_now(void)
{
        struct timespec due;

        (void)clock_gettime(CLOCK_MONOTONIC, &due);
        due.tv_nsec += STORE_LAZY_MS * 1000000L;
        if (due.tv_nsec >= 1000000000L) {
                due.tv_nsec -= 1000000000L;
                due.tv_sec++;
        }
        return due;
}

void writer_submit(struct writer *writer, struct store_job *job)
{
        bool refused;

        pthread_mutex_lock(&writer->lock);
        refused = writer->stopping;
        if (!refused) {
                /* Every job that finds nothing to share its wait with has to wake the thread: a lazy one so
                 * that it starts its clock, an eager one so that it stops waiting. */
                if (!writer->queue.first && job->is_lazy)
                        writer->lazy_due = lazy_due_from_now();
                if (!writer->queue.first || (!job->is_lazy && writer->eager == 0))
                        pthread_cond_signal(&writer->wake);
                queue_add(&writer->queue, job);
                writer->eager += !job->is_lazy;
                writer->counts.queue_length++;
        }
        pthread_mutex_unlock(&writer->lock);
        if (refused)
                job->done(job, -ESHUTDOWN);
}

/* Returns under the lock, with a job to run; or false when there are none and there will be none. */
static bool wait_for_work(struct writer *writer)
{
        for (;;) {
                if (writer->stopping || writer->eager > 0)
                        return writer->queue.first != NULL;
                if (!writer->queue.first)
                        pthread_cond_wait(&writer->wake, &writer->lock);
                else if (pthread_cond_timedwait(&writer->wake, &writer->lock, &writer->lazy_due) == ETIMEDOUT)
                        return true;
        }
}

/* Lazy ones ride along. One that must be alone ends the batch before it, and is a batch of its own. */
static bool take_batch(struct writer *writer, struct batch *batch)
{
        bool is_alone = false;

        batch->count = batch->good = 0;
        pthread_mutex_lock(&writer->lock);
        if (wait_for_work(writer)) {
                while (writer->queue.first && batch->count < WRITER_BATCH_MAX && !is_alone) {
                        is_alone = writer->queue.first->is_alone;
                        if (is_alone && batch->count > 0)
                                break;
                        batch->jobs[batch->count] = queue_take(&writer->queue);
                        writer->eager -= !batch->jobs[batch->count]->is_lazy;
                        batch->count++;
                }
                writer->counts.queue_length -= batch->count;
                /* Those left behind did not come first: their clock has been running at least this long. */
                if (writer->queue.first && writer->eager == 0)
                        (void)clock_gettime(CLOCK_MONOTONIC, &writer->lazy_due);
        }
        pthread_mutex_unlock(&writer->lock);
        return batch->count > 0;
}

static int run_nested(struct engine *engine, struct txn *outer, struct store_job *job)
{
        size_t touched = engine->touches.count;
        struct txn *txn;
        int r;

        TRY(engine->ops->write_begin(engine, outer, &txn));
        r = job->run(job, txn);
        engine_count(txn);
        if (r >= 0)
                return engine->ops->write_commit(txn);
        engine->ops->write_abort(txn);
        engine->touches.count = touched;
        return r;
}

/* One alone needs no nesting: when it fails the whole transaction goes. */
static void run_jobs(struct engine *engine, struct txn *outer, struct batch *batch)
{
        for (size_t i = 0; i < batch->count; i++) {
                struct store_job *job = batch->jobs[i];
                int r = batch->count == 1 ? job->run(job, outer) : run_nested(engine, outer, job);

                batch->results[i] = r < 0 ? r : 0;
                batch->good += r >= 0;
        }
}

/* When the commit fails all get its error, those also that had failed by themselves: they may have seen what
 * another job of the batch wrote, and that is gone. */
static int run_batch(struct engine *engine, struct batch *batch)
{
        struct txn *outer;

        engine->touches.count = 0;
        TRY(engine->ops->write_begin(engine, NULL, &outer));
        run_jobs(engine, outer, batch);
        engine_count(outer);
        if (batch->good > 0)
                return engine->ops->write_commit(outer);
        engine->ops->write_abort(outer);
        return 0;
}

/* With the lock. */
static void turn(struct writer *writer)
{
        writer->turn++;
        pthread_cond_broadcast(&writer->turned);
}

/* Counted before it is reported, so that who has been answered finds it counted. */
static void count_batch(struct writer *writer, const struct batch *batch, int r)
{
        pthread_mutex_lock(&writer->lock);
        writer->counts.jobs += batch->count;
        if (r < 0)
                writer->counts.failed_commits++;
        else if (batch->good > 0)
                writer->counts.commits++;
        if (r >= 0 && batch->good > 0)
                turn(writer);
        pthread_mutex_unlock(&writer->lock);
}

/* A full disk fails one commit after the other: the log has the first, and the end of it. */
static void log_turn(struct writer *writer, int r)
{
        if (r < 0 && !writer->is_failing)
                log_errno(LOG_ERROR, r, "store: commits fail", NULL);
        if (r >= 0 && writer->is_failing)
                log_event(LOG_INFO, "store: commits succeed again", NULL);
        writer->is_failing = r < 0;
}

static void tell_touches(const struct touches *touches)
{
        for (size_t i = 0; i < touches->count; i++)
                touches->touched(touches->arg, touches->what[i]);
}

static void *write_until_stopped(void *arg)
{
        struct writer *writer = arg;
        struct batch batch;

        while (take_batch(writer, &batch)) {
                int r = run_batch(writer->engine, &batch);

                if (batch.good > 0 || r < 0)
                        log_turn(writer, r);
                count_batch(writer, &batch, r);
                if (r >= 0 && batch.good > 0)
                        tell_touches(&writer->engine->touches);
                for (size_t i = 0; i < batch.count; i++)
                        batch.jobs[i]->done(batch.jobs[i], r < 0 ? r : batch.results[i]);
        }
        return NULL;
}

/* Signals are for the threads that wait for them; and past RLIMIT_FSIZE a blocked SIGXFSZ leaves an error to
 * report where an unblocked one would end the process. */
static int start_thread(struct writer *writer)
{
        sigset_t all, before;
        int r;

        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        r = pthread_create(&writer->thread, NULL, write_until_stopped, writer);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        return -r;
}

int writer_start(struct engine *engine, struct writer **ret)
{
        struct writer *writer = calloc(1, sizeof(*writer));
        pthread_condattr_t attr;
        int r;

        if (!writer)
                return -ENOMEM;
        writer->engine = engine;
        queue_init(&writer->queue);
        pthread_mutex_init(&writer->lock, NULL);
        pthread_condattr_init(&attr);
        pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
        pthread_cond_init(&writer->wake, &attr);
        pthread_cond_init(&writer->turned, &attr);
        pthread_condattr_destroy(&attr);
        r = start_thread(writer);
        if (r < 0) {
                free(writer);
                return r;
        }
        *ret = writer;
        return 0;
}

void writer_stop(struct writer *writer)
{
        pthread_mutex_lock(&writer->lock);
        writer->stopping = true;
        pthread_cond_signal(&writer->wake);
        pthread_mutex_unlock(&writer->lock);
        pthread_join(writer->thread, NULL);
        assert(!writer->queue.first);
        pthread_cond_destroy(&writer->wake);
        pthread_cond_destroy(&writer->turned);
        pthread_mutex_destroy(&writer->lock);
        free(writer);
}

bool writer_is_this_thread(const struct writer *writer)
{
        return pthread_equal(writer->thread, pthread_self());
}

void writer_count(struct writer *writer, struct writer_counts *ret)
{
        pthread_mutex_lock(&writer->lock);
        *ret = writer->counts;
        pthread_mutex_unlock(&writer->lock);
}

uint64_t writer_turn(struct writer *writer)
{
        uint64_t now;

        pthread_mutex_lock(&writer->lock);
        now = writer->turn;
        pthread_mutex_unlock(&writer->lock);
        return now;
}

void writer_nudge(struct writer *writer)
{
        pthread_mutex_lock(&writer->lock);
        turn(writer);
        pthread_mutex_unlock(&writer->lock);
}

void writer_await_turn(struct writer *writer, uint64_t seen, int64_t ms)
{
        struct timespec until;

        (void)clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += (long)(ms % 1000) * 1000000L;
        until.tv_sec += (time_t)(ms / 1000) + until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        pthread_mutex_lock(&writer->lock);
        while (writer->turn == seen &&
               pthread_cond_timedwait(&writer->turned, &writer->lock, &until) != ETIMEDOUT)
                ;
        pthread_mutex_unlock(&writer->lock);
}
