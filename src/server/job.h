/* Long work for the operator, on a thread of its own: one at a time of each kind. Whoever began it asks now
 * and then how far it has come and what it has found, over the admin interface; it goes on when nobody does.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "base/buf.h"

#define JOB_SUMMARY_MAX 4608 /* a path, and what is said of it */

enum job_result {
        JOB_GOOD,
        JOB_BAD,    /* it was done, and found what should not be */
        JOB_FAILED, /* it was not done */
};

struct job {
        pthread_mutex_t lock;
        pthread_cond_t wake; /* of one that pauses, when it shall stop */
        pthread_t thread;
        bool has_thread; /* to be joined */
        bool is_running, is_stopping;
        uint64_t run; /* which one since the start of the server */
        enum job_result result;
        char summary[JOB_SUMMARY_MAX]; /* when it has ended: what became of it */
        struct buf lines;              /* what it found, a line each */
        uint64_t unkept;               /* lines that there was no room for */
        void (*work)(struct job *job, void *arg);
        void *arg;
        _Atomic uint64_t things, things_total, bytes, bytes_total;
};

void job_init(struct job *job);
/* Asks it to stop, and waits until it has. Fine on one that is zero. */
void job_done(struct job *job);

/* work() runs on the job's thread and ends with job_end(); then arg is no more in use. -EALREADY: one is
 * running. */
must_check int job_begin(struct job *job, void (*work)(struct job *job, void *arg), void *arg);
void job_stop(struct job *job); /* returns at once; nothing if none is running */

/* -- For the work itself. */
bool job_is_stopping(struct job *job);
/* Waits; -ECANCELED: it shall stop. */
must_check int job_pause(struct job *job, int64_t ms);
void job_tell(struct job *job, struct str line);
void job_end(struct job *job, enum job_result result, const char *format, ...) _printf_(3, 4);
