/* PutLogEvents: what is taken, and the blocks that it becomes.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html */
#include "services/logs/append.h"
#include "services/logs/logs.h"

#define BATCH_SPAN_MS (24 * INT64_C(3600000))
#define AHEAD_MS      (2 * INT64_C(3600000))
#define BEHIND_MS     (14 * MS_PER_DAY)

/* Rejected are those at the front and at the end: they come in order. */
struct batch {
        size_t expired, too_old, too_new; /* ends of the first two, exclusive; begin of the third */
        size_t begin, end;
};

static int check_events(struct call *call, const struct logs_input_log_event_list *events)
{
        int64_t bytes = 0;

        for (size_t i = 0; i < events->count; i++) {
                bytes += (int64_t)events->items[i].message.len + LOGS_EVENT_OVERHEAD;
                if (i && events->items[i].timestamp.value < events->items[i - 1].timestamp.value)
                        return call_invalid(call, "Log events in a single PutLogEvents request must be in "
                                                  "chronological order.");
        }
        if (bytes > LOGS_BATCH_BYTES)
                return call_invalid(call, "Upload too large: %lld bytes exceeds limit of %lld",
                                    (long long)bytes, (long long)LOGS_BATCH_BYTES);
        return 0;
}

static void sort_out(const struct call *call, const struct logs_log_group_record *group,
                     const struct logs_input_log_event_list *events, struct batch *ret)
{
        int64_t cutoff = logs_cutoff_ms(call, group);

        *ret = (struct batch){.too_new = events->count};
        for (size_t i = 0; i < events->count; i++) {
                int64_t ms = events->items[i].timestamp.value;

                if (ms < cutoff)
                        ret->expired = i + 1;
                if (ms < call->now_ms - BEHIND_MS)
                        ret->too_old = i + 1;
                if (ms > call->now_ms + AHEAD_MS && ret->too_new == events->count)
                        ret->too_new = i;
        }
        ret->begin = ret->expired > ret->too_old ? ret->expired : ret->too_old;
        ret->end = ret->too_new;
}

static int tell_rejected(struct call *call, const struct logs_input_log_event_list *events,
                         const struct batch *batch, struct logs_put_log_events_out *out)
{
        struct logs_rejected_log_events_info *info;

        if (batch->begin == 0 && batch->end == events->count)
                return 0;
        info = arena_new(&call->arena, struct logs_rejected_log_events_info);
        if (!info)
                return -ENOMEM;
        if (batch->expired)
                info->expired_log_event_end_index = OPT_INT((int64_t)batch->expired);
        if (batch->too_old)
                info->too_old_log_event_end_index = OPT_INT((int64_t)batch->too_old);
        if (batch->too_new < events->count)
                info->too_new_log_event_start_index = OPT_INT((int64_t)batch->too_new);
        out->rejected_log_events_info = info;
        return 0;
}

static int append(struct call *call, struct logs_log_group_record *group,
                  struct logs_log_stream_record *stream, const struct logs_input_log_event_list *events,
                  const struct batch *batch)
{
        struct logs_append append = {.call = call, .group = group, .stream = stream};
        int r;

        if (batch->begin >= batch->end)
                return 0;
        if (events->items[batch->end - 1].timestamp.value - events->items[batch->begin].timestamp.value >
            BATCH_SPAN_MS)
                return call_invalid(call, "The batch of log events in a single PutLogEvents request cannot "
                                          "span more than 24 hours.");
        r = logs_append_begin(&append);
        for (size_t i = batch->begin; i < batch->end && r == 0; i++)
                r = logs_append_event(&append, events->items[i].timestamp.value, events->items[i].message);
        if (r == 0)
                r = logs_append_end(&append);
        logs_append_done(&append);
        return r;
}

int logs_put_log_events(struct call *call, const struct logs_put_log_events_in *in,
                        struct logs_put_log_events_out *out)
{
        struct logs_log_group_record group;
        struct logs_log_stream_record stream;
        struct batch batch;

        TRY(check_events(call, &in->log_events));
        TRY(logs_need_group(call, in->log_group_name, &group));
        TRY(logs_need_stream(call, group.number.value, in->log_stream_name, &stream));
        sort_out(call, &group, &in->log_events, &batch);
        TRY(append(call, &group, &stream, &in->log_events, &batch));
        out->next_sequence_token = logs_sequence_token(&call->arena, stream.sequence.value);
        return tell_rejected(call, &in->log_events, &batch, out);
}
