/* What alarms read: see metrics.h. */
#include "services/cloudwatch/metrics.h"

#include "services/cloudwatch/point.h"
#include "services/cloudwatch/queries.h"
#include "services/cloudwatch/statistic.h"

int cloudwatch_check_statistic(struct str statistic)
{
        struct cloudwatch_statistic ignored;

        return cloudwatch_read_statistic(statistic, &ignored);
}

static int make_room(struct arena *arena, size_t count, struct cloudwatch_series *ret)
{
        ret->times = arena_new_array(arena, int64_t, count + 1);
        ret->values = arena_new_array(arena, double, count + 1);
        ret->sample_counts = arena_new_array(arena, double, count + 1);
        return ret->times && ret->values && ret->sample_counts ? 0 : -ENOMEM;
}

static size_t count_filled(const struct cloudwatch_sums *sums)
{
        size_t count = 0;

        for (size_t i = 0; i < sums->count; i++)
                count += sums->items[i].count > 0;
        return count;
}

static int tell(struct arena *arena, const struct cloudwatch_statistic *statistic,
                const struct cloudwatch_sums *sums, int64_t period_s, struct cloudwatch_series *ret)
{
        TRY(make_room(arena, count_filled(sums), ret));
        for (size_t i = 0; i < sums->count; i++) {
                if (cloudwatch_compute(statistic, &sums->items[i], &ret->values[ret->count]) < 0)
                        continue;
                ret->times[ret->count] = sums->from_ms + (int64_t)i * period_s * MS_PER_S;
                ret->sample_counts[ret->count] = sums->items[i].count;
                ret->count++;
        }
        return 0;
}

int cloudwatch_read_series(struct call *call, struct arena *arena, const struct cloudwatch_metric_stat *stat,
                           const struct cloudwatch_time_range *range, struct cloudwatch_series *ret)
{
        _cleanup_(cloudwatch_sums_done) struct cloudwatch_sums sums = {};
        const struct cloudwatch_metric_name name = {
                .account = call->account,
                .region = call->region,
                .namespace = stat->metric->namespace,
                .name = stat->metric->metric_name,
                .dimensions = stat->metric->dimensions,
        };
        struct cloudwatch_statistic statistic;
        struct cloudwatch_query query = {
                .unit = str_is_set(stat->unit) ? cloudwatch_unit_number(stat->unit) : CLOUDWATCH_ANY_UNIT,
                .from_ms = range->from_ms,
                .to_ms = range->to_ms,
                .period_s = stat->period.value,
        };

        *ret = (struct cloudwatch_series){};
        query.work = &ret->work;
        TRY(cloudwatch_read_statistic(stat->stat, &statistic));
        query.is_distributed = cloudwatch_statistic_needs_values(&statistic);
        TRY(cloudwatch_metric_id(call, &name, &query.metric));
        TRY(cloudwatch_read_sums(call, &query, &sums));
        return tell(arena, &statistic, &sums, query.period_s, ret);
}

int cloudwatch_read_metric(struct call *call, const struct cloudwatch_metric_stat *stat,
                           const struct cloudwatch_time_range *range, struct cloudwatch_series *ret)
{
        return cloudwatch_read_series(call, &call->arena, stat, range, ret);
}
