/* Streams, made, deleted and listed.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogStreams.html */
#include "base/buf.h"
#include "services/logs/logs.h"
#include "services/logs/place.h"
#include "services/marker.h"

#define PAGE       50
#define PREFIX_MAX 256

int logs_create_log_stream(struct call *call, const struct logs_create_log_stream_in *in,
                           struct logs_create_log_stream_out *out)
{
        struct logs_log_group_record group;
        struct logs_log_stream_record stream;
        int r;

        (void)out;
        TRY(logs_need_group(call, in->log_group_name, &group));
        r = logs_find_stream(call, group.number.value, in->log_stream_name, &stream);
        if (r == 0)
                return fail(call, &logs_resource_already_exists_exception,
                            "The specified log stream already exists");
        if (r != -ENOENT)
                return r;
        stream = (struct logs_log_stream_record){
                .group = group.number,
                .name = in->log_stream_name,
                .created = OPT_INT(call->now_ms),
                .rank = OPT_INT(0),
                .sequence = OPT_INT(0),
                .stored_bytes = OPT_INT(0),
        };
        TRY(logs_next_number(call, STR("streams"), &stream.number.value));
        stream.number.is_set = true;
        return call_insert(call, &logs_log_stream_record_type, &stream);
}

static int forget_bytes(struct call *call, const struct logs_log_stream_record *stream)
{
        struct logs_tally_record tally;

        TRY(logs_get_tally(call, stream->group.value, &tally));
        tally.stored_bytes.value -= stream->stored_bytes.value;
        return call_put(call, &logs_tally_record_type, &tally);
}

int logs_delete_log_stream(struct call *call, const struct logs_delete_log_stream_in *in,
                           struct logs_delete_log_stream_out *out)
{
        struct logs_log_group_record group;
        struct logs_log_stream_record stream;

        (void)out;
        TRY(logs_need_group(call, in->log_group_name, &group));
        TRY(logs_need_stream(call, group.number.value, in->log_stream_name, &stream));
        if (group.is_protected.value)
                return fail(
                        call, &logs_validation_exception,
                        "The log group is protected against deletion: disable deletion protection first.");
        TRY(call_delete(call, &logs_log_stream_record_type, &stream));
        TRY(forget_bytes(call, &stream));
        return logs_set_timer(call, STR("DropStream"), call->now_ms, stream.number.value);
}

/* -- The list */

/* storedBytes: "As of June 17, 2019, this parameter is no longer supported for log streams, and is always
 * reported as zero." https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogStream.html
 */
static void show(struct call *call, const struct logs_log_group_record *group,
                 const struct logs_log_stream_record *stream, struct logs_log_stream *ret)
{
        *ret = (struct logs_log_stream){
                .log_stream_name = stream->name,
                .creation_time = stream->created,
                .first_event_timestamp = stream->first_event,
                .last_event_timestamp = stream->last_event,
                .last_ingestion_time = stream->last_ingestion,
                .stored_bytes = OPT_INT(0),
                .arn = logs_arn(call, group->account, group->region,
                                arena_printf(&call->arena, "log-group:%.*s:log-stream:%.*s",
                                             STR_ARG(group->name), STR_ARG(stream->name))),
        };
        if (stream->last_event.is_set)
                ret->upload_sequence_token = logs_sequence_token(&call->arena, stream->sequence.value);
}

/* What stands before all names that begin so; or, from the other end, behind them. */
static int place_of_prefix(struct call *call, struct str prefix, bool is_down, struct str *ret)
{
        _cleanup_(buf_done) struct buf buf = {};

        prefix = str_part(prefix, 0, PREFIX_MAX);
        buf_init(&buf, 2 * PREFIX_MAX + 1);
        for (size_t i = 0; i < prefix.len; i++) {
                buf_add_byte(&buf, prefix.ptr[i]);
                if (prefix.ptr[i] == '\0')
                        buf_add_byte(&buf, '\xFF'); /* as in keys */
        }
        if (is_down)
                buf_add_byte(&buf, '\xFF');
        TRY(buf_check(&buf));
        *ret = arena_dup(&call->arena, buf_str(&buf));
        return 0;
}

static int list(struct call *call, const struct logs_log_group_record *group,
                const struct logs_describe_log_streams_in *in, struct record_scan *scan,
                struct logs_describe_log_streams_out *out)
{
        size_t limit = in->limit.is_set ? (size_t)in->limit.value : PAGE;
        struct logs_log_stream_record stream = {};
        struct str place = STR_NONE;
        int r;

        while ((r = record_scan_next(scan, &stream)) == 0) {
                if (str_is_set(in->log_stream_name_prefix) &&
                    !str_starts(stream.name, in->log_stream_name_prefix)) {
                        if (in->descending.value == (str_cmp(stream.name, in->log_stream_name_prefix) < 0))
                                return 0;
                        continue;
                }
                if (out->log_streams.count == limit)
                        return marker_make(call, STR("streams"), place, &out->next_token);
                place = record_scan_token(scan, &call->arena);
                show(call, group, &stream, &out->log_streams.items[out->log_streams.count++]);
                stream = (struct logs_log_stream_record){};
        }
        return r == -ENOENT ? 0 : r;
}

static int begin(struct call *call, const struct logs_log_group_record *group,
                 const struct logs_describe_log_streams_in *in, bool by_time, struct str after,
                 struct record_scan *ret)
{
        const struct logs_log_stream_record like = {.group = group->number};
        const struct record_index *index = by_time ? logs_log_stream_by_rank : logs_log_stream_by_name;

        if (!str_is_set(after) && str_is_set(in->log_stream_name_prefix))
                TRY(place_of_prefix(call, in->log_stream_name_prefix, in->descending.value, &after));
        if (in->descending.value)
                return record_scan_begin_down(ret, call->txn, &call->arena, &logs_log_stream_record_type,
                                              index, &like, 1, after);
        return record_scan_begin(ret, call->txn, &call->arena, &logs_log_stream_record_type, index, &like, 1,
                                 after);
}

int logs_describe_log_streams(struct call *call, const struct logs_describe_log_streams_in *in,
                              struct logs_describe_log_streams_out *out)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        bool by_time = str_eq(in->order_by, STR("LastEventTime"));
        struct logs_log_group_record group;
        struct str after;

        TRY(logs_need_either(call, in->log_group_name, in->log_group_identifier, &group));
        if (by_time && str_is_set(in->log_stream_name_prefix))
                return call_invalid(call, "Cannot order by LastEventTime with a logStreamNamePrefix.");
        TRY(logs_read_token(call, STR("streams"), in->next_token, &after));
        out->log_streams.is_set = true;
        out->log_streams.items = arena_new_array(&call->arena, struct logs_log_stream, PAGE);
        if (!out->log_streams.items)
                return -ENOMEM;
        TRY(begin(call, &group, in, by_time, after, &scan));
        return list(call, &group, in, &scan, out);
}
