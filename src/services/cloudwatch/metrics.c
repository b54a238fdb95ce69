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

/* Periods whose distributions are in memory at the same time: each may take 32 KiB. */
#define AT_ONCE 256

/* Their values, until it is known how many there are. */
struct telling {
        const struct cloudwatch_statistic *statistic;
        int64_t period_ms;
        struct buf times, values, sample_counts;
        size_t count;
};

static void telling_done(struct telling *telling)
{
        buf_done(&telling->times);
        buf_done(&telling->values);
        buf_done(&telling->sample_counts);
}

static void tell(struct telling *telling, const struct cloudwatch_sums *sums)
{
        for (size_t i = 0; i < sums->count; i++) {
                int64_t time_ms = sums->from_ms + (int64_t)i * telling->period_ms;
                double value;

                if (cloudwatch_compute(telling->statistic, &sums->items[i], &value) < 0)
                        continue;
                buf_add_bytes(&telling->times, &time_ms, sizeof(time_ms));
                buf_add_bytes(&telling->values, &value, sizeof(value));
                buf_add_bytes(&telling->sample_counts, &sums->items[i].count, sizeof(sums->items[i].count));
                telling->count++;
        }
}

/* [query->from_ms, query->to_ms), which is narrow. */
static int read_pieces(struct call *call, struct cloudwatch_query *query, struct telling *telling)
{
        int64_t to_ms = query->to_ms, step_ms = to_ms - query->from_ms;

        if (query->is_distributed && step_ms > AT_ONCE * telling->period_ms)
                step_ms = AT_ONCE * telling->period_ms;
        for (; query->from_ms < to_ms; query->from_ms += step_ms) {
                _cleanup_(cloudwatch_sums_done) struct cloudwatch_sums sums = {};

                query->to_ms = query->from_ms + step_ms < to_ms ? query->from_ms + step_ms : to_ms;
                TRY(cloudwatch_read_sums(call, query, &sums));
                tell(telling, &sums);
        }
        return 0;
}

static int keep(struct arena *arena, const struct telling *telling, struct cloudwatch_series *ret)
{
        if (buf_check(&telling->times) < 0 || buf_check(&telling->values) < 0 ||
            buf_check(&telling->sample_counts) < 0)
                return -ENOMEM;
        ret->times = arena_new_array(arena, int64_t, telling->count + 1);
        ret->values = arena_new_array(arena, double, telling->count + 1);
        ret->sample_counts = arena_new_array(arena, double, telling->count + 1);
        if (!ret->times || !ret->values || !ret->sample_counts)
                return -ENOMEM;
        ret->count = telling->count;
        if (ret->count == 0)
                return 0;
        memcpy(ret->times, telling->times.data, ret->count * sizeof(*ret->times));
        memcpy(ret->values, telling->values.data, ret->count * sizeof(*ret->values));
        memcpy(ret->sample_counts, telling->sample_counts.data, ret->count * sizeof(*ret->sample_counts));
        return 0;
}

static int read(struct call *call, struct arena *arena, struct cloudwatch_query *query,
                const struct cloudwatch_statistic *statistic, struct cloudwatch_series *ret)
{
        _cleanup_(telling_done) struct telling telling = {.statistic = statistic,
                                                          .period_ms = query->period_s * MS_PER_S};
        size_t room;

        cloudwatch_narrow(call, query);
        room = (size_t)((query->to_ms - query->from_ms) / telling.period_ms) * sizeof(double);
        buf_init(&telling.times, room);
        buf_init(&telling.values, room);
        buf_init(&telling.sample_counts, room);
        TRY(read_pieces(call, query, &telling));
        return keep(arena, &telling, ret);
}

int cloudwatch_read_series(struct call *call, struct arena *arena, const struct cloudwatch_metric_stat *stat,
                           const struct cloudwatch_time_range *range, struct cloudwatch_series *ret)
{
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
        return read(call, arena, &query, &statistic, ret);
}

int cloudwatch_read_metric(struct call *call, const struct cloudwatch_metric_stat *stat,
                           const struct cloudwatch_time_range *range, struct cloudwatch_series *ret)
{
        return cloudwatch_read_series(call, &call->arena, stat, range, ret);
}
