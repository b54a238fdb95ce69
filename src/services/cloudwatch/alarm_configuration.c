#include "services/cloudwatch/alarm_configuration.h"

#include "base/ids.h"
#include "services/cloudwatch/alarm_query.h"
#include "services/cloudwatch/alarm_text.h"

void cloudwatch_write_strings(struct json_out *out, struct str key, const struct str_list *list)
{
        json_key(out, key);
        json_open(out, '[');
        for (size_t i = 0; i < list->count; i++)
                json_str(out, list->items[i]);
        json_close(out, ']');
}

void cloudwatch_write_dimensions(struct json_out *out, struct str key,
                                 const struct cloudwatch_dimension_list *list)
{
        json_key(out, key);
        json_open(out, '[');
        for (size_t i = 0; i < list->count; i++) {
                json_open(out, '{');
                json_pair(out, STR("value"), list->items[i].value);
                json_pair(out, STR("name"), list->items[i].name);
                json_close(out, '}');
        }
        json_close(out, ']');
}

static void pair_int(struct json_out *out, struct str key, struct opt_int value)
{
        if (!value.is_set)
                return;
        json_key(out, key);
        json_int(out, value.value);
}

static void pair_time(struct call *call, struct json_out *out, const char *key, struct opt_int time)
{
        json_pair(out, str_of(key), cloudwatch_time(&call->arena, time.value));
}

/* -- Queries, as events have them */

static void write_dimension_map(struct json_out *out, const struct cloudwatch_dimension_list *list)
{
        json_key(out, STR("dimensions"));
        json_open(out, '{');
        for (size_t i = 0; i < list->count; i++)
                json_pair(out, list->items[i].name, list->items[i].value);
        json_close(out, '}');
}

static void write_stat(struct json_out *out, const struct cloudwatch_metric_stat *stat)
{
        json_key(out, STR("metricStat"));
        json_open(out, '{');
        json_key(out, STR("metric"));
        json_open(out, '{');
        json_pair(out, STR("namespace"), stat->metric->namespace);
        json_pair(out, STR("name"), stat->metric->metric_name);
        write_dimension_map(out, &stat->metric->dimensions);
        json_close(out, '}');
        pair_int(out, STR("period"), stat->period);
        json_pair(out, STR("stat"), stat->stat);
        json_pair_opt(out, STR("unit"), stat->unit);
        json_close(out, '}');
}

static void write_query(struct json_out *out, const struct cloudwatch_metric_data_query *query)
{
        json_open(out, '{');
        json_pair(out, STR("id"), query->id);
        json_pair_opt(out, STR("expression"), query->expression);
        json_pair_opt(out, STR("label"), query->label);
        if (query->metric_stat)
                write_stat(out, query->metric_stat);
        else
                pair_int(out, STR("period"), query->period);
        json_key(out, STR("returnData"));
        json_bool(out, cloudwatch_returns_data(query));
        json_close(out, '}');
}

/* The one metric is told like a query; its id means nothing. */
static void write_queries(struct call *call, struct json_out *out,
                          const struct cloudwatch_metric_alarm *alarm)
{
        struct cloudwatch_metric metric = {
                .namespace = alarm->namespace,
                .metric_name = alarm->metric_name,
                .dimensions = alarm->dimensions,
        };
        struct cloudwatch_metric_stat stat = {
                .metric = &metric,
                .period = alarm->period,
                .stat = cloudwatch_alarm_statistic(alarm),
                .unit = alarm->unit,
        };
        const struct cloudwatch_metric_data_query alone = {.metric_stat = &stat, .id = id_uuid(&call->arena)};

        json_key(out, STR("metrics"));
        json_open(out, '[');
        if (str_is_set(alarm->metric_name))
                write_query(out, &alone);
        for (size_t i = 0; i < alarm->metrics.count; i++)
                write_query(out, &alarm->metrics.items[i]);
        json_close(out, ']');
}

/* -- For events.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html */

static void write_judgement(struct call *call, struct json_out *out,
                            const struct cloudwatch_metric_alarm *alarm)
{
        pair_int(out, STR("evaluationPeriods"), alarm->evaluation_periods);
        pair_int(out, STR("datapointsToAlarm"), alarm->datapoints_to_alarm);
        json_key(out, STR("threshold"));
        cloudwatch_json_number(out, &call->arena, alarm->threshold.value);
        json_pair(out, STR("comparisonOperator"), alarm->comparison_operator);
        json_pair_opt(out, STR("treatMissingData"), alarm->treat_missing_data);
        json_pair_opt(out, STR("evaluateLowSampleCountPercentile"),
                      alarm->evaluate_low_sample_count_percentile);
}

static void write_suppressor(struct json_out *out, const struct cloudwatch_alarm_record *alarm)
{
        json_pair_opt(out, STR("actionsSuppressor"), alarm->suppressor_name);
        pair_int(out, STR("actionsSuppressorWaitPeriod"), alarm->wait_s);
        pair_int(out, STR("actionsSuppressorExtensionPeriod"), alarm->extension_s);
}

static void write_actions(struct json_out *out, const struct cloudwatch_alarm_record *alarm, const char *ok)
{
        cloudwatch_write_strings(out, str_of(ok), &alarm->ok_actions);
        cloudwatch_write_strings(out, STR("alarmActions"), &alarm->alarm_actions);
        cloudwatch_write_strings(out, STR("insufficientDataActions"), &alarm->insufficient_data_actions);
}

static void write_enabled(struct json_out *out, const struct cloudwatch_alarm_record *alarm)
{
        json_key(out, STR("actionsEnabled"));
        json_bool(out, alarm->actions_enabled.value);
}

void cloudwatch_write_configuration(struct call *call, struct json_out *out,
                                    const struct cloudwatch_alarm_record *alarm, bool is_whole)
{
        json_open(out, '{');
        if (cloudwatch_is_composite(alarm)) {
                json_pair(out, STR("alarmRule"), alarm->rule);
                write_suppressor(out, alarm);
        } else {
                if (is_whole)
                        write_judgement(call, out, alarm->metric);
                write_queries(call, out, alarm->metric);
        }
        if (is_whole)
                json_pair(out, STR("alarmName"), alarm->name);
        json_pair_opt(out, STR("description"), alarm->description);
        if (is_whole) {
                write_enabled(out, alarm);
                pair_time(call, out, "timestamp", alarm->configured);
                write_actions(out, alarm, "okActions");
        }
        json_close(out, '}');
}

/* -- For histories */

static void write_metric(struct call *call, struct json_out *out, const struct cloudwatch_metric_alarm *alarm)
{
        json_pair_opt(out, STR("namespace"), alarm->namespace);
        json_pair_opt(out, STR("metricName"), alarm->metric_name);
        json_pair_opt(out, STR("statistic"), alarm->statistic);
        json_pair_opt(out, STR("extendedStatistic"), alarm->extended_statistic);
        pair_int(out, STR("period"), alarm->period);
        json_pair_opt(out, STR("unit"), alarm->unit);
        cloudwatch_write_dimensions(out, STR("dimensions"), &alarm->dimensions);
        if (alarm->metrics.count > 0)
                write_queries(call, out, alarm);
        write_judgement(call, out, alarm);
}

void cloudwatch_write_alarm(struct call *call, struct json_out *out,
                            const struct cloudwatch_alarm_record *alarm)
{
        json_open(out, '{');
        json_pair(out, STR("alarmName"), alarm->name);
        json_pair_opt(out, STR("alarmDescription"), alarm->description);
        json_pair(out, STR("alarmArn"), cloudwatch_alarm_arn(call, alarm));
        pair_time(call, out, "alarmConfigurationUpdatedTimestamp", alarm->configured);
        if (cloudwatch_is_composite(alarm)) {
                json_pair(out, STR("alarmRule"), alarm->rule);
                write_suppressor(out, alarm);
        } else {
                write_metric(call, out, alarm->metric);
        }
        json_pair(out, STR("stateValue"), alarm->state);
        pair_time(call, out, "stateUpdatedTimestamp", alarm->updated);
        write_enabled(out, alarm);
        write_actions(out, alarm, "okactions");
        json_close(out, '}');
}
