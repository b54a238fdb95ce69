/* Logging that an earlier build only kept begins after the start of the server, a few buckets in a
 * transaction. */
#include "events/timers.h"
#include "services/s3/access_log.h"

#define BUCKETS_AT_ONCE 20

struct some {
        struct s3_bucket_logging_record settings[BUCKETS_AT_ONCE];
        size_t count;
};

static int find_some(struct call *call, struct str behind, struct some *ret)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        const struct s3_bucket_logging_record like = {.bucket = behind};
        struct str after = STR_NONE;
        int r = 0;

        if (behind.len)
                TRY(record_scan_token_at(&call->arena, &s3_bucket_logging_record_type, &like, 0, 1, &after));
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &s3_bucket_logging_record_type, NULL, NULL, 0,
                              after));
        while (ret->count < BUCKETS_AT_ONCE && (r = record_scan_next(&scan, &ret->settings[ret->count])) == 0)
                ret->count++;
        return r == -ENOENT ? 0 : r;
}

static int resume(struct call *call, const struct s3_bucket_logging_record *setting)
{
        struct s3_bucket_record bucket = {.name = setting->bucket};
        int r = call_get(call, &s3_bucket_record_type, &bucket);

        if (r == -ENOENT || (r == 0 && bucket.log_stream.is_set))
                return 0;
        TRY(r);
        TRY(s3_log_change(call, &bucket, setting->logging));
        return call_put(call, &s3_bucket_record_type, &bucket);
}

/* subject: the bucket behind which to go on. */
int s3_resume_logs_due(struct call *call, struct str subject)
{
        struct timer next = {.due_ms = call->now_ms, .name = STR("s3.ResumeLogs")};
        struct some some = {};

        TRY(find_some(call, subject, &some));
        for (size_t i = 0; i < some.count; i++)
                TRY(resume(call, &some.settings[i]));
        if (call->arena.failed)
                return -ENOMEM;
        if (some.count < BUCKETS_AT_ONCE)
                return 1;
        next.subject = some.settings[some.count - 1].bucket;
        TRY(timer_set(call->txn, &next));
        return 1;
}
