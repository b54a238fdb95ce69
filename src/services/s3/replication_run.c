/* Replication at work: a task at a time, whose body is copied before the transaction in which it counts, a
 * step at a time. What a role may is asked in both. How far a task has come is stored with what was copied,
 * so a crash neither repeats nor loses anything.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html */
#include "base/log.h"
#include "services/s3/encryption.h"
#include "services/s3/event.h"
#include "services/s3/replica.h"

#define DAMAGED_ATTEMPTS 5

static int find(struct call *call, struct str subject, struct s3_replica **ret)
{
        struct s3_replica *replica = arena_new(&call->arena, struct s3_replica);

        *ret = replica;
        if (!replica)
                return -ENOMEM;
        replica->call = call;
        TRY(s3_replication_find(call, subject, &replica->task));
        return s3_replica_find(replica);
}

static bool is_copied(const struct s3_replica *replica)
{
        const struct s3_object_record *row = &replica->version.row;

        return !replica->task.changes.is_set && !s3_is_marker(row) && !s3_is_customers(row);
}

/* What is refused here is refused in the transaction, and told there. */
int s3_replicate_version_prepare(struct call *call, struct str subject)
{
        struct s3_replica *replica;
        int r = find(call, subject, &replica);

        if (r == 0 && is_copied(replica))
                r = s3_replica_copy(replica);
        return r == -ENOENT || r == -ECALL ? 0 : r;
}

/* -- In the transaction */

static int read_only(struct s3_replica *replica)
{
        const struct s3_replica_reading reading = {.replica = replica};

        return s3_replica_read(&reading);
}

static int open_only(struct call *call, struct secret *data_key, void *arg)
{
        (void)call;
        (void)data_key;
        (void)arg;
        return 0;
}

/* That the key could be opened belongs to the transaction, and so does its event. */
static int read_again(struct s3_replica *replica)
{
        const struct s3_replica_reading reading = {.replica = replica, .work = open_only};

        TRY(s3_replica_assume(replica));
        return s3_replica_read(&reading);
}

/* A changed byte does not mend itself, as a full disk may: after some attempts the body is given up. */
static int try_again(struct s3_replica *replica, int error)
{
        log_errno(LOG_ERROR, error, "a version cannot be replicated", "bucket",
                  arena_cstr(&replica->call->arena, replica->task.bucket), "version",
                  arena_cstr(&replica->call->arena, replica->task.version_id), NULL);
        if (error == -EBADMSG && replica->task.attempts.value >= DAMAGED_ATTEMPTS) {
                s3_replica_expect(replica,
                                  "SrcObjectDamaged"); /* AWS, whose disks have none, has no word for it */
                return -ECALL;
        }
        TRY(s3_replication_put_off(replica->call, &replica->task));
        return 1;
}

/* 1: there is more of it. What each step read is asked again, and so on record. */
static int put_step(struct s3_replica *replica)
{
        struct s3_replica_step *step = s3_replica_step_of(replica);
        int r = step ? s3_replica_step_error(step) : -ECALL;

        if (r == -ECALL) { /* refused; or no longer, then it begins again */
                TRY(read_again(replica));
                TRY(s3_replication_put_off(replica->call, &replica->task));
                return 1;
        }
        if (r < 0)
                return try_again(replica, r);
        TRY(read_again(replica));
        if (s3_replica_step_is_last(step))
                return s3_replica_put(replica, step);
        TRY(s3_replica_keep(replica, step));
        TRY(s3_replication_go_on(replica->call, &replica->task));
        return 1;
}

static int do_at_once(struct s3_replica *replica)
{
        TRY(s3_replica_assume(replica));
        if (replica->task.changes.is_set)
                return s3_replica_change(replica);
        TRY(read_only(replica));
        return s3_is_marker(&replica->version.row) ? s3_replica_put_marker(replica)
                                                   : s3_replica_put(replica, NULL);
}

static struct str operation_of(const struct s3_replica *replica)
{
        static const struct {
                int64_t change;
                struct str name;
        } NAMES[] = {{S3_CHANGED_TAGS, STR_INIT("OBJECT_PUT_TAGGING")},
                     {S3_CHANGED_ACL, STR_INIT("OBJECT_PUT_ACL")},
                     {S3_CHANGED_RETENTION, STR_INIT("OBJECT_PUT_RETENTION")},
                     {S3_CHANGED_HOLD, STR_INIT("OBJECT_PUT_LEGAL_HOLD")}};

        for (size_t i = 0; i < ARRAY_LEN(NAMES); i++)
                if (replica->task.changes.value & NAMES[i].change)
                        return NAMES[i].name;
        return s3_is_marker(&replica->version.row) ? STR("OBJECT_DELETE") : STR("OBJECT_PUT");
}

/* https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-metrics-events.html */
static int tell_failure(struct s3_replica *replica)
{
        const struct s3_replication_event said = {
                .rule = replica->task.rule,
                .destination = s3_bucket_arn(replica->call, replica->task.target),
                .operation = operation_of(replica),
                .requested_ms = replica->version.row.modified.value,
                .failure = replica->failure,
        };
        struct s3_event event = {
                .kind = S3_REPLICATION_FAILED,
                .bucket = &replica->source,
                .key = replica->task.key,
                .row = &replica->version.row,
                .replication = &said,
        };

        return s3_tell_event(replica->call, &event);
}

static int end(struct s3_replica *replica, int result)
{
        if (result < 0 && result != -ECALL)
                return result;
        if (result < 0)
                TRY(tell_failure(replica));
        return s3_replication_end(replica->call, &replica->task, &replica->version, result == 0);
}

int s3_replicate_version_due(struct call *call, struct str subject)
{
        struct s3_replica *replica;
        int r = find(call, subject, &replica);

        if (r == -ENOENT) { /* the version is gone, and has nowhere to tell it; or the task itself */
                TRY(replica->task.version_id.len ? s3_replication_drop(call, &replica->task) : 0);
                return 1;
        }
        if (r == 0)
                r = is_copied(replica) ? put_step(replica) : do_at_once(replica);
        if (r <= 0)
                TRY(end(replica, r));
        return call->arena.failed ? -ENOMEM : 1;
}
