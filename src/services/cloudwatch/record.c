/* What AWS's own services measure. */
#include "services/cloudwatch/alarm.h"
#include "services/cloudwatch/directory.h"
#include "services/cloudwatch/point.h"

#include <math.h>

static bool is_taken(const struct call *call, const struct cloudwatch_sample *sample)
{
        return isfinite(sample->value) && fabs(sample->value) <= CLOUDWATCH_VALUE_MAX &&
               sample->time_ms > call->now_ms - CLOUDWATCH_PAST_MS &&
               sample->time_ms <= call->now_ms + CLOUDWATCH_FUTURE_MS;
}

static int record(struct call *call, const struct cloudwatch_sample *sample, struct map *fed)
{
        _cleanup_(cloudwatch_sum_done) struct cloudwatch_sum sum = {};
        const struct cloudwatch_metric_name name = {
                .account = sample->account,
                .region = sample->region,
                .namespace = sample->namespace,
                .name = sample->name,
                .dimensions = sample->dimensions,
        };
        const struct cloudwatch_put put = {
                .metric = &name,
                .unit = cloudwatch_unit_number(sample->unit),
                .time_ms = sample->time_ms,
                .resolution_s = 60,
                .sum = &sum,
                .fed = fed,
        };

        TRY(cloudwatch_sum_add(&sum, sample->value, 1));
        return cloudwatch_put_point(call, &put);
}

int cloudwatch_record(struct call *call, const struct cloudwatch_sample *samples, size_t count)
{
        _cleanup_(map_done) struct map fed = {};

        map_init(&fed);
        for (size_t i = 0; i < count; i++)
                if (is_taken(call, &samples[i]))
                        TRY(record(call, &samples[i], &fed));
        return cloudwatch_wake_alarms(call, &fed);
}
