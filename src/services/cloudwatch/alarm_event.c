/* What EventBridge is told of alarms.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html */
#include "base/ids.h"
#include "services/cloudwatch/alarm_configuration.h"
#include "services/cloudwatch/alarm_text.h"
#include "services/events/directory.h"

#define EVENT_MAX ((size_t)4 * 1024 * 1024) /* two configurations of ten metrics with long dimensions */

static void begin(struct call *call, struct json_out *out, const struct cloudwatch_alarm_record *alarm,
                  const char *detail_type)
{
        json_open(out, '{');
        json_pair(out, STR("version"), STR("0"));
        json_pair(out, STR("id"), id_uuid(&call->arena));
        json_pair(out, STR("detail-type"), str_of(detail_type));
        json_pair(out, STR("source"), STR("aws.cloudwatch"));
        json_pair(out, STR("account"), alarm->account);
        json_pair(out, STR("time"), time_iso(&call->arena, call->now_ms));
        json_pair(out, STR("region"), alarm->region);
        json_key(out, STR("resources"));
        json_open(out, '[');
        json_str(out, cloudwatch_alarm_arn(call, alarm));
        json_close(out, ']');
        json_key(out, STR("detail"));
        json_open(out, '{');
        json_pair(out, STR("alarmName"), alarm->name);
}

static int end(struct call *call, struct json_out *out, const struct cloudwatch_alarm_record *alarm)
{
        json_close(out, '}');
        json_close(out, '}');
        TRY(buf_check(out->buf));
        return events_put_service_event(call, alarm->account, alarm->region, buf_str(out->buf));
}

static void write_suppressed(struct call *call, struct json_out *out,
                             const struct cloudwatch_alarm_record *alarm)
{
        if (!str_is_set(alarm->suppressed_by))
                return;
        json_pair(out, STR("actionsSuppressedBy"), alarm->suppressed_by);
        json_pair(out, STR("actionsSuppressedReason"),
                  arena_printf(&call->arena, "Actions suppressed by %.*s", STR_ARG(alarm->suppressed_by)));
}

static void write_state(struct call *call, struct json_out *out, const char *key,
                        const struct cloudwatch_alarm_record *alarm)
{
        json_key(out, str_of(key));
        json_open(out, '{');
        write_suppressed(call, out, alarm);
        json_pair(out, STR("value"), alarm->state);
        json_pair(out, STR("reason"), alarm->reason);
        json_pair_opt(out, STR("reasonData"), alarm->reason_data);
        json_pair(out, STR("timestamp"), cloudwatch_time(&call->arena, alarm->updated.value));
        json_close(out, '}');
}

int cloudwatch_tell_state(struct call *call, const struct cloudwatch_alarm_record *before,
                          const struct cloudwatch_alarm_record *alarm)
{
        _cleanup_(buf_done) struct buf buf = {};
        struct json_out out = {.buf = &buf};

        buf_init(&buf, EVENT_MAX);
        begin(call, &out, alarm, "CloudWatch Alarm State Change");
        write_state(call, &out, "state", alarm);
        write_state(call, &out, "previousState", before);
        json_key(&out, STR("configuration"));
        cloudwatch_write_configuration(call, &out, alarm, false);
        return end(call, &out, alarm);
}

int cloudwatch_tell_configuration(struct call *call, struct str operation,
                                  const struct cloudwatch_alarm_record *before,
                                  const struct cloudwatch_alarm_record *alarm)
{
        _cleanup_(buf_done) struct buf buf = {};
        struct json_out out = {.buf = &buf};

        buf_init(&buf, EVENT_MAX);
        begin(call, &out, alarm, "CloudWatch Alarm Configuration Change");
        json_pair(&out, STR("operation"), operation);
        json_key(&out, STR("state"));
        json_open(&out, '{');
        json_pair_opt(&out, STR("actionsSuppressedBy"), alarm->suppressed_by);
        json_pair(&out, STR("value"), alarm->state);
        json_pair(&out, STR("timestamp"), cloudwatch_time(&call->arena, alarm->updated.value));
        json_close(&out, '}');
        json_key(&out, STR("configuration"));
        cloudwatch_write_configuration(call, &out, alarm, true);
        if (before) {
                json_key(&out, STR("previousConfiguration"));
                cloudwatch_write_configuration(call, &out, before, true);
        }
        return end(call, &out, alarm);
}
