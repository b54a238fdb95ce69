#include "services/cloudwatch/alarm_query.h"

/* "If you omit this parameter, the default of True is used."
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html */
bool cloudwatch_returns_data(const struct cloudwatch_metric_data_query *query)
{
        return !query->return_data.is_set || query->return_data.value;
}

const struct cloudwatch_metric_data_query *cloudwatch_watched_query(
        const struct cloudwatch_metric_data_query_list *queries)
{
        const struct cloudwatch_metric_data_query *found = NULL;

        for (size_t i = 0; i < queries->count; i++) {
                if (!cloudwatch_returns_data(&queries->items[i]))
                        continue;
                if (found)
                        return NULL;
                found = &queries->items[i];
        }
        return found;
}

struct str cloudwatch_alarm_statistic(const struct cloudwatch_metric_alarm *alarm)
{
        const struct cloudwatch_metric_data_query *query;

        if (str_is_set(alarm->metric_name))
                return str_is_set(alarm->statistic) ? alarm->statistic : alarm->extended_statistic;
        query = cloudwatch_watched_query(&alarm->metrics);
        return query && query->metric_stat ? query->metric_stat->stat : STR_NONE;
}

int cloudwatch_alarm_period(struct call *call, const struct cloudwatch_metric_alarm *metric, int64_t *ret_s)
{
        const struct cloudwatch_metric_data_query *query;

        *ret_s = metric->period.value;
        if (str_is_set(metric->metric_name))
                return 0;
        query = cloudwatch_watched_query(&metric->metrics);
        return query ? cloudwatch_query_period(call, &metric->metrics, query->id, ret_s) : -EBADMSG;
}

static int read_one(struct call *call, const struct cloudwatch_metric_alarm *alarm,
                    const struct cloudwatch_time_range *range, struct cloudwatch_series *ret)
{
        struct cloudwatch_metric metric = {
                .namespace = alarm->namespace,
                .metric_name = alarm->metric_name,
                .dimensions = alarm->dimensions,
        };
        const struct cloudwatch_metric_stat stat = {
                .metric = &metric,
                .period = alarm->period,
                .stat = cloudwatch_alarm_statistic(alarm),
                .unit = alarm->unit,
        };

        return cloudwatch_read_metric(call, &stat, range, ret);
}

int cloudwatch_read_alarm(struct call *call, const struct cloudwatch_metric_alarm *alarm,
                          const struct cloudwatch_time_range *range, struct cloudwatch_series *ret)
{
        const struct cloudwatch_metric_data_query *query;

        *ret = (struct cloudwatch_series){};
        if (str_is_set(alarm->metric_name))
                return read_one(call, alarm, range, ret);
        query = cloudwatch_watched_query(&alarm->metrics);
        return query ? cloudwatch_read_query(call, &alarm->metrics, query->id, range, ret) : -EBADMSG;
}

int cloudwatch_alarm_has_data(struct call *call, const struct cloudwatch_metric_alarm *alarm,
                              const struct cloudwatch_time_range *range, bool *ret)
{
        struct cloudwatch_series series = {};

        *ret = false;
        if (str_is_set(alarm->metric_name))
                TRY(read_one(call, alarm, range, &series));
        *ret = series.count > 0;
        for (size_t i = 0; i < alarm->metrics.count && !*ret; i++) {
                if (!alarm->metrics.items[i].metric_stat)
                        continue;
                TRY(cloudwatch_read_metric(call, alarm->metrics.items[i].metric_stat, range, &series));
                *ret = series.count > 0;
        }
        return 0;
}
