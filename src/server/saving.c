#include "server/saving.h"

#include "base/log.h"
#include "events/recorder.h"
#include "services/s3/directory.h"
#include "store/archive.h"

#include <limits.h>
#include <sys/resource.h>
#include <unistd.h>

#define NICENESS 5

struct saving {
        struct server *server;
        struct job *job;
        char file[PATH_MAX];
};

/* Every service that keeps blobs. */
static int each_blob(struct txn *txn, int (*visit)(void *arg, struct blob_id id), void *arg)
{
        return s3_each_blob(txn, visit, arg);
}

static int tell(void *arg, const struct archive_progress *progress)
{
        struct job *job = arg;

        job->things = progress->blobs;
        job->things_total = progress->blobs_total;
        job->bytes = progress->bytes;
        job->bytes_total = progress->bytes_total;
        return job_is_stopping(job) ? -ECANCELED : 0;
}

static int save(struct saving *saving, struct archive_counts *counts)
{
        const struct archive_options options = {.store = saving->server->store,
                                                .blobs = saving->server->blobs,
                                                .each_blob = each_blob,
                                                .tell = tell,
                                                .arg = saving->job};

        TRY(recorder_flush(saving->server->recorder));
        return archive_save(&options, saving->file, counts);
}

static void end(const struct saving *saving, const struct archive_counts *counts, int result)
{
        unsigned long long bodies = counts->blobs - counts->missing, missing = counts->missing;

        if (result < 0)
                job_end(saving->job, JOB_FAILED, "%s: %s", saving->file, strerrordesc_np(-result));
        else if (missing)
                job_end(saving->job, JOB_BAD,
                        "saved, with %llu bodies in files; %llu more are missing: merlon scrub names them",
                        bodies, missing);
        else
                job_end(saving->job, JOB_GOOD, "saved, with %llu bodies in files", bodies);
}

static void work(struct job *job, void *arg)
{
        struct saving *saving = arg;
        struct archive_counts counts = {};
        int r;

        (void)job;
        (void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICENESS);
        r = save(saving, &counts);
        log_event(r < 0 ? LOG_ERROR : LOG_INFO, "a snapshot was saved", "file", saving->file, "result",
                  r < 0 ? strerrordesc_np(-r) : "whole", NULL);
        end(saving, &counts, r);
        free(saving);
}

int saving_begin(struct server *server, struct str file)
{
        struct saving *saving = calloc(1, sizeof(*saving));
        int r;

        if (!saving)
                return -ENOMEM;
        saving->server = server;
        saving->job = &server->saving;
        r = str_to_buffer(file, saving->file, sizeof(saving->file));
        if (r == 0)
                r = job_begin(&server->saving, work, saving);
        if (r < 0)
                free(saving);
        return r;
}
