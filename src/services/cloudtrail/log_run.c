/* The delivery of log files: put together, compressed and written before the transaction in which they are
 * put, and what waited is taken away. */
#include "services/cloudtrail/log_file.h"
#include "services/cloudtrail/notice.h"

int cloudtrail_deliver_logs_prepare(struct call *call, struct str subject)
{
        struct cloudtrail_stream_record stream;
        struct trail_target target = {};
        struct log_file *file = arena_new(&call->arena, struct log_file);
        int r = stream_open(call, subject, &stream, &target);

        if (!file)
                return -ENOMEM;
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        call->prepared = file;
        TRY(log_file_make(call, &stream, file));
        if (file->count == 0)
                return 0;
        return trail_prepare(
                call, &target,
                &(struct trail_file){.key = log_file_key(call, &target, stream.region, file->is_insight),
                                     .body = file->body});
}

/* -- In the transaction. Nobody else takes away what waits, so that all that was put together is there. */

static int drop(struct call *call, const struct cloudtrail_stream_record *stream, const struct log_file *file,
                int64_t before_ms)
{
        for (size_t i = 0; i < file->count; i++) {
                const struct cloudtrail_waiting_event_record event = {
                        .trail = stream->trail,
                        .region = stream->region,
                        .order = OPT_INT(file->orders[i]),
                };

                if (file->times_ms[i] < before_ms)
                        TRY(call_delete(call, &cloudtrail_waiting_event_record_type, &event));
        }
        return 0;
}

/* Until the first of what waits still; nothing: not at all. */
static int wait_for_rest(struct call *call, struct cloudtrail_stream_record *stream)
{
        const struct cloudtrail_waiting_event_record like = {.trail = stream->trail,
                                                             .region = stream->region};
        struct cloudtrail_waiting_event_record first = {};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        int64_t due_ms;
        int r;

        TRY(record_scan_begin(&scan, call->txn, &call->arena, &cloudtrail_waiting_event_record_type, NULL,
                              &like, 2, STR_NONE));
        r = record_scan_next(&scan, &first);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        record_scan_end(&scan); /* before this transaction writes again */
        due_ms = first.time.value + call->host->trail_delay_ms;
        return stream_wait(call->txn, &call->arena, stream, due_ms > call->now_ms ? due_ms : call->now_ms);
}

static int note(struct call *call, const struct cloudtrail_stream_record *stream, const struct log_file *file,
                const struct trail_target *target, struct str key)
{
        struct cloudtrail_delivered_file_record delivered = {
                .trail = stream->trail,
                .region = stream->region,
                .number = {.is_set = true},
                .bucket = target->bucket,
                .key = key,
                .hash = str_make(file->hash, sizeof(file->hash)),
                .newest = OPT_INT(file->newest_ms),
                .oldest = OPT_INT(file->oldest_ms),
        };

        if (!stream->digest_begins.is_set)
                return 0;
        TRY(trail_new_number(call, &delivered.number.value));
        return call_insert(call, &cloudtrail_delivered_file_record_type, &delivered);
}

static uint64_t count_before(const struct log_file *file, int64_t before_ms)
{
        uint64_t count = 0;

        for (size_t i = 0; i < file->count; i++)
                count += file->times_ms[i] < before_ms;
        return count;
}

/* What is given up makes room for what is behind it, at once: more comes in than an attempt now and then can
 * take away. */
static int retry(struct call *call, struct cloudtrail_stream_record *stream, const struct log_file *file)
{
        int64_t kept_ms = call->now_ms - STREAM_KEPT_DAYS * MS_PER_DAY;
        int64_t retry_ms = stream_refused(call, &stream->failed, &stream->failures);

        TRY(drop(call, stream, file, kept_ms));
        call_lose(call, LOSS_TRAIL_EVENTS, count_before(file, kept_ms),
                  "events of a trail were not taken by its bucket and are given up", stream->name);
        TRY(stream_wait(call->txn, &call->arena, stream,
                        file->newest_ms < kept_ms ? call->now_ms : retry_ms));
        return stream_keep(call, stream);
}

static int deliver(struct call *call, struct cloudtrail_stream_record *stream, const struct log_file *file,
                   const struct trail_target *target)
{
        const struct trail_file put = {.key = log_file_key(call, target, stream->region, file->is_insight),
                                       .body = file->body};
        int r = trail_put(call, target, &put);

        stream->attempted = OPT_INT(call->now_ms);
        if (r == -ECALL)
                return retry(call, stream, file);
        TRY(r);
        TRY(drop(call, stream, file, INT64_MAX));
        TRY(note(call, stream, file, target, put.key));
        TRY(notice_of_file(call, target, put.key, stream));
        stream->delivered = stream->attempted;
        stream->failed = STR_NONE;
        stream->failures = (struct opt_int){};
        TRY(wait_for_rest(call, stream));
        return stream_keep(call, stream);
}

int cloudtrail_deliver_logs_due(struct call *call, struct str subject)
{
        const struct log_file *file = call->prepared;
        struct cloudtrail_stream_record stream;
        struct trail_target target = {};
        int r = stream_open(call, subject, &stream, &target);

        if (r < 0)
                return r == -ENOENT ? 1 : r;
        stream.due = (struct opt_int){};
        if (!file || file->count == 0) {
                TRY(wait_for_rest(call, &stream));
                TRY(stream_keep(call, &stream));
        } else {
                TRY(deliver(call, &stream, file, &target));
        }
        return call->arena.failed ? -ENOMEM : 1;
}
