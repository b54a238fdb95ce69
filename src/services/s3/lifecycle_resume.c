/* A lifecycle that an earlier build only kept has no timer: it gets one after the start of the server, a few
 * buckets in a transaction. */
#include "events/timers.h"
#include "services/s3/lifecycle.h"

#define BUCKETS_AT_ONCE 20 /* whose rules, all of which are read, have room in a call's memory */

struct some {
        struct str buckets[BUCKETS_AT_ONCE];
        size_t count;
};

static int find_some(struct call *call, struct str behind, struct some *ret)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct s3_bucket_lifecycle_record lifecycle = {.bucket = behind};
        struct str after = STR_NONE;
        int r = 0;

        if (behind.len)
                TRY(record_scan_token_at(&call->arena, &s3_bucket_lifecycle_record_type, &lifecycle, 0, 1,
                                         &after));
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &s3_bucket_lifecycle_record_type, NULL, NULL, 0,
                              after));
        while (ret->count < BUCKETS_AT_ONCE && (r = record_scan_next(&scan, &lifecycle)) == 0)
                ret->buckets[ret->count++] = arena_dup(&call->arena, lifecycle.bucket);
        return r == -ENOENT ? 0 : r;
}

/* subject: the bucket behind which to go on. */
int s3_resume_lifecycles_due(struct call *call, struct str subject)
{
        struct timer next = {.due_ms = call->now_ms, .name = STR("s3.ResumeLifecycles")};
        struct some some = {};

        TRY(find_some(call, subject, &some));
        for (size_t i = 0; i < some.count; i++)
                TRY(s3_start_lifecycle(call, some.buckets[i]));
        if (call->arena.failed)
                return -ENOMEM;
        if (some.count < BUCKETS_AT_ONCE)
                return 1;
        next.subject = some.buckets[some.count - 1];
        TRY(timer_set(call->txn, &next));
        return 1;
}
