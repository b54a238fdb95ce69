/* An event that a filter has not decided makes no data point, as one that does not match: an alarm would stay
 * quiet. So there is a metric of its own, on which its owner can have another. AWS has no such metric, for it
 * does not say what becomes of such events; it is named and placed like those of what CloudWatch Logs could
 * not do, and has the dimensions of those of subscription filters.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Monitoring-CloudWatch-Metrics.html
 */
#include "services/logs/metric_gap.h"

#include "services/cloudwatch/directory.h"

static struct str name_of(struct call *call, struct str group, struct str filter)
{
        return arena_printf(&call->arena, "metric filter %.*s of log group %.*s", STR_ARG(filter),
                            STR_ARG(group));
}

int logs_tell_undecided(struct call *call, const struct logs_log_group_record *group, struct str filter,
                        uint64_t count)
{
        struct cloudwatch_dimension dimensions[] = {
                {STR("FilterName"), filter},
                {STR("LogGroupName"), group->name},
        };
        const struct cloudwatch_sample sample = {
                .account = group->account,
                .region = group->region,
                .namespace = STR("AWS/Logs"),
                .name = STR("MetricFilterErrors"),
                .dimensions = {dimensions, ARRAY_LEN(dimensions), true},
                .value = (double)count,
                .unit = STR("Count"),
                .time_ms = call->now_ms,
        };

        call_lose(call, LOSS_METRIC_FILTER_EVENTS, count,
                  "log events are not decided: they take regular expressions too long",
                  name_of(call, group->name, filter));
        return cloudwatch_record(call, &sample, 1);
}

void logs_tell_blind_filter(struct call *call, struct str group, struct str filter, const char *why)
{
        call_lose(call, LOSS_METRIC_FILTERS, 1, why, name_of(call, group, filter));
}
