#include "services/s3/event.h"

#include "base/json_out.h"
#include "services/s3/notification.h"

#define MESSAGE_MAX ((size_t)64 * 1024) /* AWS's own limit */

/* -- Who wants to know */

/* Buckets of earlier programs do not say whether there is a configuration. */
static bool is_quiet(const struct s3_bucket_record *bucket)
{
        return bucket->notifies.is_set && !bucket->notifies.value;
}

static int tell_receiver(struct call *call, const struct s3_event *event, const struct s3_receiver *receiver)
{
        _cleanup_(buf_done) struct buf json = {};

        buf_init(&json, MESSAGE_MAX);
        s3_write_event(call, event, receiver->id, &json);
        TRY(buf_check(&json));
        return s3_queue_message(call, event->bucket, receiver->arn, s3_event_kind_of(event->kind)->name,
                                buf_str(&json));
}

static int tell_bridge(struct call *call, const struct s3_event *event)
{
        _cleanup_(buf_done) struct buf json = {};

        buf_init(&json, MESSAGE_MAX);
        s3_write_bridge_event(call, event, &json);
        TRY(buf_check(&json));
        return s3_queue_message(call, event->bucket, S3_EVENT_BRIDGE, s3_event_kind_of(event->kind)->name,
                                buf_str(&json));
}

static int tell_all(struct call *call, const struct s3_event *event,
                    const struct s3_notification_configuration *wanted)
{
        struct str name = arena_printf(&call->arena, "s3:%.*s", STR_ARG(s3_event_kind_of(event->kind)->name));
        const struct {
                const void *items;
                size_t count;
        } lists[] = {
                {wanted->topic_configurations.items, wanted->topic_configurations.count},
                {wanted->queue_configurations.items, wanted->queue_configurations.count},
                {wanted->lambda_function_configurations.items, wanted->lambda_function_configurations.count},
        };

        for (size_t i = 0; i < ARRAY_LEN(lists); i++)
                for (size_t k = 0; k < lists[i].count; k++) {
                        const struct s3_receiver *receiver = (const struct s3_receiver *)lists[i].items + k;

                        if (s3_receiver_wants(receiver, name, event->key))
                                TRY(tell_receiver(call, event, receiver));
                }
        if (wanted->event_bridge_configuration && str_is_set(s3_event_kind_of(event->kind)->detail))
                return tell_bridge(call, event);
        return 0;
}

/* -- Telling them */

int s3_tell_event(struct call *call, struct s3_event *event)
{
        struct s3_bucket_notification_record record = {.bucket = event->bucket->name};
        int r;

        if (is_quiet(event->bucket))
                return 0;
        r = call_get_once(call, &s3_bucket_notification_record_type, &record);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        TRY(s3_next_event_number(call, &event->number));
        return tell_all(call, event, record.notification);
}

int s3_event(struct call *call, const struct s3_bucket_record *bucket, struct str key,
             const struct s3_object_record *row, enum s3_event_kind kind)
{
        struct s3_event event = {.kind = kind, .bucket = bucket, .key = key, .row = row};

        return s3_tell_event(call, &event);
}

static int refuse_receiver(struct call *call, struct str receiver)
{
        call_forgive(call);
        call_detail(call, STR("ArgumentName1"), receiver);
        call_detail(
                call, STR("ArgumentValue1"),
                STR("The destination queue does not exist or its policy does not allow S3 to send to it."));
        return fail(call, &s3_invalid_argument,
                    "Unable to validate the following destination configurations");
}

int s3_tell_test(struct call *call, const struct s3_bucket_record *bucket, struct str receiver)
{
        _cleanup_(buf_done) struct buf json = {};
        struct json_out out = {.buf = &json};
        int r;

        buf_init(&json, MESSAGE_MAX);
        json_open(&out, '{');
        json_pair(&out, STR("Service"), STR("Amazon S3"));
        json_pair(&out, STR("Event"), STR("s3:TestEvent"));
        json_pair(&out, STR("Time"), time_iso_ms(&call->arena, call->now_ms));
        json_pair(&out, STR("Bucket"), bucket->name);
        json_pair(&out, STR("RequestId"), call->request_id);
        json_pair(&out, STR("HostId"), call->request_id);
        json_close(&out, '}');
        TRY(buf_check(&json));
        r = s3_try_receiver(call, bucket, receiver, buf_str(&json));
        if (r == -ENOENT)
                return s3_queue_message(call, bucket, receiver, STR("TestEvent"), buf_str(&json));
        return r == -ECALL ? refuse_receiver(call, receiver) : r;
}
