/* What an evaluation reads. The range ends at a full minute (of short periods, ten seconds; over more than a
 * day, hour), and periods are counted back from there: "the window advances by one minute".
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html */
#include "services/cloudwatch/alarm_points.h"
#include "services/cloudwatch/alarm_query.h"
#include "services/damage.h"

/* "CloudWatch attempts to retrieve a higher number of data points than the number specified as Evaluation
 * Periods": of 3, 5 in the guide's examples. */
#define RANGE_MORE 2

/* Samples may be ahead of the clock: the alarm stays awake for them. */
#define AHEAD_MS (2 * INT64_C(3600000))

static struct cloudwatch_time_range range_of(const struct cloudwatch_turn *turn)
{
        int64_t period_ms = turn->period_s * MS_PER_S;

        return (struct cloudwatch_time_range){
                .from_ms = turn->end_ms - (int64_t)turn->range * period_ms,
                .to_ms = turn->end_ms + AHEAD_MS,
        };
}

static void take(struct cloudwatch_turn *turn, const struct cloudwatch_series *series)
{
        const struct cloudwatch_metric_alarm *metric = turn->alarm.metric;
        int64_t from_ms = range_of(turn).from_ms, period_ms = turn->period_s * MS_PER_S;

        for (size_t i = 0; i < turn->range; i++)
                turn->points[i].time_ms = from_ms + (int64_t)i * period_ms;
        for (size_t i = 0; i < series->count; i++) {
                int64_t number = (series->times[i] - from_ms) / period_ms;
                struct cloudwatch_point *point;

                if (series->times[i] < from_ms || number >= (int64_t)turn->range)
                        continue;
                point = &turn->points[number];
                point->is_there = true;
                point->value = series->values[i];
                point->samples = series->sample_counts ? series->sample_counts[i] : -1;
                (void)cloudwatch_compare(metric->comparison_operator, point->value, metric->threshold.value,
                                         &point->is_breaching);
        }
}

static int set_range(struct cloudwatch_turn *turn)
{
        const struct cloudwatch_metric_alarm *metric = turn->alarm.metric;
        int64_t step_ms;

        TRY(cloudwatch_alarm_period(turn->call, metric, &turn->period_s));
        turn->periods = (size_t)metric->evaluation_periods.value;
        turn->range = turn->periods + RANGE_MORE;
        turn->step_s = cloudwatch_alarm_step_s(turn->period_s, metric->evaluation_periods.value);
        step_ms = turn->step_s * MS_PER_S;
        turn->end_ms = turn->call->now_ms / step_ms * step_ms;
        return 0;
}

/* Where some of it cannot be read, it stays awake: there may be more. */
int cloudwatch_look_for_data(struct cloudwatch_turn *turn)
{
        const struct cloudwatch_time_range range = range_of(turn);
        int r = cloudwatch_alarm_has_data(turn->call, turn->alarm.metric, &range, &turn->has_data);

        turn->has_data |= r == -EBADMSG;
        return r == -EBADMSG ? 0 : r;
}

/* What could be asked once cannot be asked any more: there is too much of it, for one, or it is damaged.
 * Other failures are those of the evaluation, which is done again. */
static int note_fault(struct cloudwatch_turn *turn, int r)
{
        struct call *call = turn->call;
        struct str why = STR("what is stored of its metrics cannot be read.");

        if (r == -ECALL)
                why = str_part(call->error_message, 0, 900);
        else if (r == -EBADMSG)
                damage_tell(call->host->damage, "a metric of an alarm", call->account, call->region,
                            turn->end_ms);
        else
                return r;
        turn->fault =
                arena_printf(&call->arena, "Unchecked: The alarm could not be evaluated: %.*s", STR_ARG(why));
        call_forgive(call);
        return 0;
}

int cloudwatch_read_points(struct cloudwatch_turn *turn)
{
        struct cloudwatch_time_range range;
        struct cloudwatch_series series = {};
        int r;

        TRY(set_range(turn));
        range = range_of(turn);

        turn->points = arena_new_array(&turn->call->arena, struct cloudwatch_point, turn->range);
        if (!turn->points)
                return -ENOMEM;
        r = cloudwatch_read_alarm(turn->call, turn->alarm.metric, &range, &series);
        if (r < 0) {
                TRY(note_fault(turn, r));
                series.count = 0;
        }
        take(turn, &series);
        turn->has_data = series.count > 0;
        return turn->has_data ? 0 : cloudwatch_look_for_data(turn);
}
