/* Which alarms watch a metric; DescribeAlarmsForMetric.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmsForMetric.html */
#include "services/cloudwatch/alarm.h"
#include "services/cloudwatch/metric.h"

static int watch(struct call *call, const struct cloudwatch_alarm_record *alarm,
                 const struct cloudwatch_metric *metric, bool is_alone, int64_t step_s)
{
        const struct cloudwatch_metric_name name = {
                .account = alarm->account,
                .region = alarm->region,
                .namespace = metric->namespace,
                .name = metric->metric_name,
                .dimensions = metric->dimensions,
        };
        struct cloudwatch_alarm_watch_record row = {
                .alarm = alarm->number,
                .step_s = OPT_INT(step_s),
                .is_alone = OPT_BOOL(is_alone),
        };

        TRY(cloudwatch_metric_id(call, &name, &row.metric));
        return call_put(call, &cloudwatch_alarm_watch_record_type, &row);
}

int cloudwatch_watch(struct call *call, const struct cloudwatch_alarm_record *alarm)
{
        const struct cloudwatch_metric_alarm *of = alarm->metric;
        const struct cloudwatch_metric alone = {
                .namespace = of->namespace, .metric_name = of->metric_name, .dimensions = of->dimensions};
        int64_t period_s, step_s;

        TRY(cloudwatch_alarm_period(call, of, &period_s));
        step_s = cloudwatch_alarm_step_s(period_s, of->evaluation_periods.value);
        if (str_is_set(of->metric_name))
                TRY(watch(call, alarm, &alone, true, step_s));
        for (size_t i = 0; i < of->metrics.count; i++)
                if (of->metrics.items[i].metric_stat)
                        TRY(watch(call, alarm, of->metrics.items[i].metric_stat->metric, false, step_s));
        return cloudwatch_stir(call, alarm->number.value, step_s);
}

int cloudwatch_unwatch(struct call *call, int64_t alarm)
{
        const struct cloudwatch_alarm_watch_record like = {.alarm = OPT_INT(alarm)};

        for (;;) {
                struct cloudwatch_alarm_watch_record row = like;
                int r = record_find(call->txn, &call->arena, &cloudwatch_alarm_watch_record_type,
                                    cloudwatch_alarm_watch_by_alarm, &row);

                if (r < 0)
                        return r == -ENOENT ? 0 : r;
                TRY(call_delete(call, &cloudwatch_alarm_watch_record_type, &row));
        }
}

static int scan(struct call *call, struct str metric, struct record_scan *ret)
{
        const struct cloudwatch_alarm_watch_record like = {.metric = metric};

        return record_scan_begin(ret, call->txn, &call->arena, &cloudwatch_alarm_watch_record_type, NULL,
                                 &like, 1, STR_NONE);
}

static int wake(struct call *call, struct str metric)
{
        _cleanup_(record_scan_end) struct record_scan rows = {};
        struct cloudwatch_alarm_watch_record row = {};
        int r;

        TRY(scan(call, metric, &rows));
        while ((r = record_scan_next(&rows, &row)) == 0)
                TRY(cloudwatch_stir(call, row.alarm.value, row.step_s.value));
        return r == -ENOENT ? 0 : r;
}

int cloudwatch_wake_alarms(struct call *call, const struct map *fed)
{
        const struct map_slot *slot;

        for (size_t i = 0; (slot = map_next(fed, &i));)
                TRY(wake(call, slot->key));
        return 0;
}

/* -- DescribeAlarmsForMetric */

static bool fits(const struct cloudwatch_describe_alarms_for_metric_in *in,
                 const struct cloudwatch_metric_alarm *alarm)
{
        return (!str_is_set(in->statistic) || str_eq(in->statistic, alarm->statistic)) &&
               (!str_is_set(in->extended_statistic) ||
                str_eq(in->extended_statistic, alarm->extended_statistic)) &&
               (!in->period.is_set || in->period.value == alarm->period.value) &&
               (!str_is_set(in->unit) || str_eq(in->unit, alarm->unit));
}

static int add(struct call *call, const struct cloudwatch_describe_alarms_for_metric_in *in, int64_t number,
               struct cloudwatch_metric_alarm_list *list)
{
        struct cloudwatch_alarm_record alarm;
        int r = cloudwatch_get_alarm(call, number, &alarm);

        if (r < 0)
                return r;
        if (fits(in, alarm.metric))
                cloudwatch_show_metric_alarm(call, &alarm, &list->items[list->count++]);
        return 0;
}

/* "It does not return alarms based on math expressions that use the specified metric." */
static int add_all(struct call *call, const struct cloudwatch_describe_alarms_for_metric_in *in,
                   struct str metric, struct cloudwatch_metric_alarm_list *list)
{
        _cleanup_(record_scan_end) struct record_scan rows = {};
        struct cloudwatch_alarm_watch_record row = {};
        int r;

        TRY(scan(call, metric, &rows));
        while ((r = record_scan_next(&rows, &row)) == 0 && list->count < CLOUDWATCH_ALARMS)
                if (row.is_alone.value)
                        TRY(add(call, in, row.alarm.value, list));
        return r == -ENOENT ? 0 : r;
}

static int count_rows(struct call *call, struct str metric, size_t *ret)
{
        _cleanup_(record_scan_end) struct record_scan rows = {};
        struct cloudwatch_alarm_watch_record row = {};
        int r;

        TRY(scan(call, metric, &rows));
        for (*ret = 0; (r = record_scan_next(&rows, &row)) == 0;)
                ++*ret;
        return r == -ENOENT ? 0 : r;
}

int cloudwatch_describe_alarms_for_metric(struct call *call,
                                          const struct cloudwatch_describe_alarms_for_metric_in *in,
                                          struct cloudwatch_describe_alarms_for_metric_out *out)
{
        const struct cloudwatch_metric_name name = {
                .account = call->account,
                .region = call->region,
                .namespace = in->namespace,
                .name = in->metric_name,
                .dimensions = in->dimensions,
        };
        struct str metric;
        size_t count;

        TRY(cloudwatch_metric_id(call, &name, &metric));
        TRY(count_rows(call, metric, &count));
        out->metric_alarms.is_set = true;
        out->metric_alarms.items = arena_new_array(&call->arena, struct cloudwatch_metric_alarm, count + 1);
        return out->metric_alarms.items ? add_all(call, in, metric, &out->metric_alarms) : -ENOMEM;
}
