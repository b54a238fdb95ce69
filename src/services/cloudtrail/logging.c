/* StartLogging, StopLogging, GetTrailStatus.
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html */
#include "services/cloudtrail/stream.h"
#include "services/cloudtrail/trail.h"

int cloudtrail_start_logging(struct call *call, const struct cloudtrail_start_logging_in *in,
                             struct cloudtrail_start_logging_out *out)
{
        struct cloudtrail_trail_record trail;

        (void)out;
        TRY(trail_find_at_home(call, in->name, &trail));
        if (trail.logging.value)
                return 0;
        trail.logging = OPT_BOOL(true);
        trail.started = OPT_INT(call->now_ms);
        TRY(trail_watch(call, &trail));
        TRY(stream_change_digests(call, &trail));
        return call_put(call, &cloudtrail_trail_record_type, &trail);
}

int cloudtrail_stop_logging(struct call *call, const struct cloudtrail_stop_logging_in *in,
                            struct cloudtrail_stop_logging_out *out)
{
        struct cloudtrail_trail_record trail;

        (void)out;
        TRY(trail_find_at_home(call, in->name, &trail));
        if (!trail.logging.value)
                return 0;
        trail.logging = OPT_BOOL(false);
        trail.stopped = OPT_INT(call->now_ms);
        TRY(trail_watch(call, &trail));
        TRY(stream_change_digests(call, &trail));
        return call_put(call, &cloudtrail_trail_record_type, &trail);
}

/* -- GetTrailStatus */

/* The members that "are no longer in use" are filled as AWS fills them: the same times as texts, without
 * fractions, and empty for none. */
static struct str text_of(struct call *call, struct opt_int time)
{
        return time.is_set ? time_iso(&call->arena, time.value) : STR("");
}

static void tell_of_stream(struct call *call, const struct cloudtrail_stream_record *stream,
                           struct cloudtrail_get_trail_status_out *out)
{
        out->latest_delivery_time = stream->delivered;
        out->latest_delivery_error = stream->failed;
        out->latest_digest_delivery_time = stream->digested;
        out->latest_digest_delivery_error = stream->digest_failed;
        out->latest_notification_time = stream->noticed;
        out->latest_notification_error = stream->notice_failed;
        out->latest_notification_attempt_time = text_of(call, stream->notice_tried);
        out->latest_notification_attempt_succeeded = text_of(call, stream->noticed);
        out->latest_delivery_attempt_time = text_of(call, stream->attempted);
        out->latest_delivery_attempt_succeeded = text_of(call, stream->delivered);
}

static int tell_of_feed(struct call *call, const struct cloudtrail_trail_record *trail,
                        struct cloudtrail_get_trail_status_out *out)
{
        struct cloudtrail_feed_record feed = {.trail = trail->number};
        int r = call_get(call, &cloudtrail_feed_record_type, &feed);

        if (r < 0 || feed.leaves.is_set)
                return r == -ENOENT ? 0 : r;
        out->latest_cloud_watch_logs_delivery_time = feed.delivered;
        out->latest_cloud_watch_logs_delivery_error = feed.failed;
        return 0;
}

int cloudtrail_get_trail_status(struct call *call, const struct cloudtrail_get_trail_status_in *in,
                                struct cloudtrail_get_trail_status_out *out)
{
        struct cloudtrail_stream_record stream = {.region = call->region};
        struct cloudtrail_trail_record trail;
        int r;

        TRY(trail_find(call, in->name, &trail));
        *out = (struct cloudtrail_get_trail_status_out){
                .is_logging = OPT_BOOL(trail.logging.value),
                .start_logging_time = trail.started,
                .stop_logging_time = trail.stopped,
                .time_logging_started = text_of(call, trail.started),
                .time_logging_stopped = text_of(call, trail.stopped),
        };
        stream.trail = trail.number;
        r = call_get(call, &cloudtrail_stream_record_type, &stream);
        if (r < 0 && r != -ENOENT)
                return r;
        tell_of_stream(call, &stream, out);
        return tell_of_feed(call, &trail, out);
}
