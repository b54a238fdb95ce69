/* Copies of restored objects, whose end is told of. Nobody waits for it else: hours are compared when an
 * object is read. */
#include "events/timers.h"
#include "services/s3/event.h"
#include "services/s3/version.h"

int s3_await_restore_end(struct call *call, const struct s3_bucket_record *bucket,
                         const struct s3_version *version)
{
        struct s3_restore_end_record end = {
                .number = {.is_set = true},
                .bucket = bucket->name,
                .key = version->place.key,
                .version_id = version->row.version_id,
                .until = version->row.restored_until,
        };
        struct timer timer = {.due_ms = end.until.value, .name = STR("s3.EndRestore")};

        TRY(s3_next_event_number(call, &end.number.value));
        timer.subject = arena_printf(&call->arena, "%lld", (long long)end.number.value);
        TRY(timer_set(call->txn, &timer));
        return call_put(call, &s3_restore_end_record_type, &end);
}

static int find(struct call *call, const struct s3_restore_end_record *end, struct s3_bucket_record *bucket,
                struct s3_version *version)
{
        bucket->name = end->bucket;
        TRY(call_get(call, &s3_bucket_record_type, bucket));
        return s3_by_id(call, bucket, end->key, end->version_id, version);
}

/* One that was restored for longer in the meantime has another end. */
int s3_end_restore_due(struct call *call, struct str subject)
{
        struct s3_restore_end_record end = {.number = {.is_set = true}};
        struct s3_bucket_record bucket = {};
        struct s3_version version;
        int r = str_to_i64(subject, &end.number.value);

        if (r == 0)
                r = call_get(call, &s3_restore_end_record_type, &end);
        if (r < 0)
                return r == -ENOENT ? 1 : r;
        TRY(call_delete(call, &s3_restore_end_record_type, &end));
        r = find(call, &end, &bucket, &version);
        if (r < 0)
                return r == -ENOENT || r == -ECALL ? 1 : r;
        if (version.row.restored_until.value == end.until.value && s3_is_cold(&version.row))
                TRY(s3_event(call, &bucket, end.key, &version.row, S3_OBJECT_RESTORE_DELETE));
        return 1;
}
