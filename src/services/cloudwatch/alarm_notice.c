/* What alarms publish to topics, in the names and the order of AWS's messages.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html */
#include <jansson.h>

#include "services/cloudwatch/alarm_configuration.h"
#include "services/cloudwatch/alarm_query.h"
#include "services/cloudwatch/alarm_text.h"
#include "services/regions.h"

#define NOTICE_MAX  ((size_t)2 * 1024 * 1024) /* more than SNS takes: it says so */
#define SUBJECT_MAX 100                       /* of SNS */

/* -- What is watched */

static void pair_int(struct json_out *out, const char *key, struct opt_int value)
{
        json_key(out, str_of(key));
        json_int(out, value.value);
}

/* SampleCount is SAMPLE_COUNT. */
static struct str shout(struct call *call, struct str statistic)
{
        char *text;
        size_t i;

        if (str_eq(statistic, STR("SampleCount")))
                return STR("SAMPLE_COUNT");
        text = arena_cstr(&call->arena, statistic);
        for (i = 0; text && text[i]; i++)
                if (text[i] >= 'a' && text[i] <= 'z')
                        text[i] = (char)(text[i] - 'a' + 'A');
        return str_of(text);
}

static void write_metric(struct call *call, struct json_out *out, const struct cloudwatch_metric_alarm *alarm)
{
        bool is_extended = str_is_set(alarm->extended_statistic);

        json_pair(out, STR("MetricName"), alarm->metric_name);
        json_pair(out, STR("Namespace"), alarm->namespace);
        json_pair(out, STR("StatisticType"), is_extended ? STR("ExtendedStatistic") : STR("Statistic"));
        if (is_extended)
                json_pair(out, STR("ExtendedStatistic"), alarm->extended_statistic);
        else
                json_pair(out, STR("Statistic"), shout(call, alarm->statistic));
        json_pair(out, STR("Unit"), alarm->unit);
        cloudwatch_write_dimensions(out, STR("Dimensions"), &alarm->dimensions);
}

static void write_stat(struct json_out *out, const struct cloudwatch_metric_stat *stat)
{
        json_key(out, STR("MetricStat"));
        json_open(out, '{');
        json_key(out, STR("Metric"));
        json_open(out, '{');
        cloudwatch_write_dimensions(out, STR("Dimensions"), &stat->metric->dimensions);
        json_pair(out, STR("MetricName"), stat->metric->metric_name);
        json_pair(out, STR("Namespace"), stat->metric->namespace);
        json_close(out, '}');
        pair_int(out, "Period", stat->period);
        json_pair(out, STR("Stat"), stat->stat);
        json_pair_opt(out, STR("Unit"), stat->unit);
        json_close(out, '}');
}

static void write_queries(struct json_out *out, const struct cloudwatch_metric_data_query_list *queries)
{
        json_key(out, STR("Metrics"));
        json_open(out, '[');
        for (size_t i = 0; i < queries->count; i++) {
                const struct cloudwatch_metric_data_query *query = &queries->items[i];

                json_open(out, '{');
                json_pair_opt(out, STR("Expression"), query->expression);
                json_pair(out, STR("Id"), query->id);
                json_pair_opt(out, STR("Label"), query->label);
                if (query->metric_stat)
                        write_stat(out, query->metric_stat);
                json_key(out, STR("ReturnData"));
                json_bool(out, cloudwatch_returns_data(query));
                json_close(out, '}');
        }
        json_close(out, ']');
}

static void write_trigger(struct call *call, struct json_out *out,
                          const struct cloudwatch_metric_alarm *alarm)
{
        json_key(out, STR("Trigger"));
        json_open(out, '{');
        if (str_is_set(alarm->metric_name)) {
                write_metric(call, out, alarm);
                pair_int(out, "Period", alarm->period);
        }
        pair_int(out, "EvaluationPeriods", alarm->evaluation_periods);
        if (alarm->datapoints_to_alarm.is_set)
                pair_int(out, "DatapointsToAlarm", alarm->datapoints_to_alarm);
        json_pair(out, STR("ComparisonOperator"), alarm->comparison_operator);
        json_key(out, STR("Threshold"));
        cloudwatch_json_number(out, &call->arena, alarm->threshold.value);
        json_pair(out, STR("TreatMissingData"),
                  str_is_set(alarm->treat_missing_data) ? alarm->treat_missing_data : STR("missing"));
        json_pair(out, STR("EvaluateLowSampleCountPercentile"),
                  str_is_set(alarm->evaluate_low_sample_count_percentile)
                          ? alarm->evaluate_low_sample_count_percentile
                          : STR(""));
        if (alarm->metrics.count > 0)
                write_queries(out, &alarm->metrics);
        json_close(out, '}');
}

/* -- What a composite alarm goes by: the names in its reason's data have capitals here */

static void write_children(struct json_out *out, const struct cloudwatch_alarm_record *alarm)
{
        json_t *data = json_loadb(alarm->reason_data.ptr, alarm->reason_data.len, 0, NULL), *child, *state;
        size_t i;

        json_key(out, STR("TriggeringChildren"));
        json_open(out, '[');
        json_array_foreach(json_object_get(data, "triggeringAlarms"), i, child)
        {
                state = json_object_get(child, "state");
                json_open(out, '{');
                json_pair(out, STR("Arn"), str_of(json_string_value(json_object_get(child, "arn"))));
                json_key(out, STR("State"));
                json_open(out, '{');
                json_pair(out, STR("Value"), str_of(json_string_value(json_object_get(state, "value"))));
                json_pair(out, STR("Timestamp"),
                          str_of(json_string_value(json_object_get(state, "timestamp"))));
                json_close(out, '}');
                json_close(out, '}');
        }
        json_close(out, ']');
        json_decref(data);
}

static void write_rule(struct json_out *out, const struct cloudwatch_alarm_record *alarm)
{
        json_pair(out, STR("AlarmRule"), alarm->rule);
        write_children(out, alarm);
}

/* -- The whole */

static void write_head(struct call *call, struct json_out *out, const struct cloudwatch_alarm_record *before,
                       const struct cloudwatch_alarm_record *alarm)
{
        json_pair(out, STR("AlarmName"), alarm->name);
        json_pair(out, STR("AlarmDescription"), alarm->description);
        json_pair(out, STR("AWSAccountId"), alarm->account);
        json_pair(out, STR("AlarmConfigurationUpdatedTimestamp"),
                  cloudwatch_time(&call->arena, alarm->configured.value));
        json_pair(out, STR("NewStateValue"), alarm->state);
        json_pair(out, STR("NewStateReason"), alarm->reason);
        json_pair(out, STR("StateChangeTime"), cloudwatch_time(&call->arena, alarm->transitioned.value));
        json_pair(out, STR("Region"), region_title(alarm->region));
        json_pair(out, STR("AlarmArn"), cloudwatch_alarm_arn(call, alarm));
        json_pair(out, STR("OldStateValue"), before->state);
        cloudwatch_write_strings(out, STR("OKActions"), &alarm->ok_actions);
        cloudwatch_write_strings(out, STR("AlarmActions"), &alarm->alarm_actions);
        cloudwatch_write_strings(out, STR("InsufficientDataActions"), &alarm->insufficient_data_actions);
}

int cloudwatch_write_notice(struct call *call, const struct cloudwatch_alarm_record *before,
                            const struct cloudwatch_alarm_record *alarm, struct str *ret)
{
        _cleanup_(buf_done) struct buf buf = {};
        struct json_out out = {.buf = &buf};

        buf_init(&buf, NOTICE_MAX);
        json_open(&out, '{');
        write_head(call, &out, before, alarm);
        if (cloudwatch_is_composite(alarm))
                write_rule(&out, alarm);
        else
                write_trigger(call, &out, alarm->metric);
        json_close(&out, '}');
        TRY(buf_check(&buf));
        *ret = arena_dup(&call->arena, buf_str(&buf));
        return 0;
}

/* ALARM: "name" in US East (N. Virginia): of ASCII, and no longer than SNS lets it be. */
struct str cloudwatch_notice_subject(struct call *call, const struct cloudwatch_alarm_record *alarm)
{
        struct str title = region_title(alarm->region);
        size_t rest = alarm->state.len + title.len + strlen(": \"\" in "), room = SUBJECT_MAX - rest;
        bool fits = alarm->name.len <= room;
        char *name = arena_cstr(&call->arena, fits ? alarm->name : str_part(alarm->name, 0, room - 3));

        for (size_t i = 0; name && name[i]; i++)
                if (name[i] < ' ' || name[i] > '~')
                        name[i] = '?';
        return arena_printf(&call->arena, "%.*s: \"%s%s\" in %.*s", STR_ARG(alarm->state), name ? name : "",
                            fits ? "" : "...", STR_ARG(title));
}
