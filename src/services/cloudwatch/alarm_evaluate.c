/* A turn of an alarm: its evaluation range is read and judged. The range ends at a full minute (of short
 * periods, ten seconds; over more than a day, hour), and periods are counted back from there: "the window
 * advances by one minute".
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html */
#include "services/cloudwatch/alarm_query.h"
#include "services/cloudwatch/alarm_reason.h"

/* "CloudWatch attempts to retrieve a higher number of data points than the number specified as Evaluation
 * Periods": of 3, 5 in the guide's examples. */
#define RANGE_MORE 2

/* Samples may be ahead of the clock: the alarm stays awake for them. */
#define AHEAD_MS (2 * INT64_C(3600000))

struct turn {
        struct call *call;
        struct cloudwatch_alarm_record alarm;
        int64_t period_s, step_s;
        size_t periods, range;
        int64_t end_ms;
        struct cloudwatch_point *points;
        bool has_data;    /* something in the range or behind it: it may change with time */
        struct str fault; /* why it cannot be evaluated; absent: it can */
};

/* -- Reading */

static struct cloudwatch_time_range range_of(const struct turn *turn)
{
        int64_t period_ms = turn->period_s * MS_PER_S;

        return (struct cloudwatch_time_range){
                .from_ms = turn->end_ms - (int64_t)turn->range * period_ms,
                .to_ms = turn->end_ms + AHEAD_MS,
        };
}

static void take(struct turn *turn, const struct cloudwatch_series *series)
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

/* What could be asked once cannot be asked any more: there is too much of it, for one. */
static void note_fault(struct turn *turn)
{
        struct call *call = turn->call;

        turn->fault = arena_printf(&call->arena, "Unchecked: The alarm could not be evaluated: %.*s",
                                   STR_ARG(str_part(call->error_message, 0, 900)));
        call_forgive(call);
        call_lose(call, LOSS_ALARM_EVALUATIONS, 1, "an alarm could not be evaluated", turn->alarm.name);
}

static int read_points(struct turn *turn)
{
        const struct cloudwatch_time_range range = range_of(turn);
        struct cloudwatch_series series = {};
        int r;

        turn->points = arena_new_array(&turn->call->arena, struct cloudwatch_point, turn->range);
        if (!turn->points)
                return -ENOMEM;
        r = cloudwatch_read_alarm(turn->call, turn->alarm.metric, &range, &series);
        if (r == -ECALL) {
                note_fault(turn);
                series.count = 0;
                r = 0;
        }
        TRY(r);
        take(turn, &series);
        turn->has_data = series.count > 0;
        return turn->has_data
                       ? 0
                       : cloudwatch_alarm_has_data(turn->call, turn->alarm.metric, &range, &turn->has_data);
}

/* -- Judging */

static enum cloudwatch_treatment treatment_of(const struct cloudwatch_metric_alarm *metric)
{
        if (str_eq(metric->treat_missing_data, STR("breaching")))
                return CLOUDWATCH_BREACHING;
        if (str_eq(metric->treat_missing_data, STR("notBreaching")))
                return CLOUDWATCH_NOT_BREACHING;
        if (str_eq(metric->treat_missing_data, STR("ignore")))
                return CLOUDWATCH_IGNORE;
        /* "Alarms that evaluate metrics in the AWS/DynamoDB namespace default to ignore missing data." */
        return !str_is_set(metric->treat_missing_data) && str_eq(metric->namespace, STR("AWS/DynamoDB"))
                       ? CLOUDWATCH_IGNORE
                       : CLOUDWATCH_MISSING;
}

/* "For percentiles between 0.5 and 1.00, this setting is used when there are fewer than 10/(1-percentile)
 * data points during the evaluation period ... between 0 and 0.5, fewer than 10/percentile."
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/percentiles-with-low-samples.html */
static bool has_few_samples(const struct turn *turn, const struct cloudwatch_verdict *verdict)
{
        const struct cloudwatch_metric_alarm *metric = turn->alarm.metric;
        double percentile, samples = 0;

        if (!str_eq(metric->evaluate_low_sample_count_percentile, STR("ignore")) ||
            str_to_double(str_from(metric->extended_statistic, 1), &percentile) < 0)
                return false;
        for (size_t i = 0; i < turn->periods; i++)
                if (verdict->judged[i].is_there)
                        samples += verdict->judged[i].samples;
        return samples * (percentile >= 50 ? 100 - percentile : percentile) < 1000;
}

static struct str state_of(enum cloudwatch_outcome outcome)
{
        if (outcome == CLOUDWATCH_OK)
                return CLOUDWATCH_STATE_OK;
        return outcome == CLOUDWATCH_ALARM ? CLOUDWATCH_STATE_ALARM : CLOUDWATCH_STATE_UNKNOWN;
}

static struct cloudwatch_question question_of(const struct turn *turn)
{
        const struct cloudwatch_metric_alarm *metric = turn->alarm.metric;

        return (struct cloudwatch_question){
                .operator= metric->comparison_operator,
                .threshold = metric->threshold.value,
                .periods = turn->periods,
                .to_alarm = metric->datapoints_to_alarm.is_set ? (size_t)metric->datapoints_to_alarm.value
                                                               : turn->periods,
                .has_to_alarm = metric->datapoints_to_alarm.is_set,
                .treatment = treatment_of(metric),
                .statistic = cloudwatch_alarm_statistic(metric),
                .unit = metric->unit,
                .period_s = turn->period_s,
                .asked_ms = turn->call->now_ms,
        };
}

/* What cannot be asked is not what is missing: no treatment of missing data makes it OK. */
static int tell_fault(struct turn *turn)
{
        const struct cloudwatch_state state = {.value = CLOUDWATCH_STATE_UNKNOWN, .reason = turn->fault};

        return str_eq(state.value, turn->alarm.state)
                       ? 0
                       : cloudwatch_change_state(turn->call, &turn->alarm, &state);
}

static int judge(struct turn *turn)
{
        const struct cloudwatch_question question = question_of(turn);
        const struct cloudwatch_window window = {turn->points, turn->range, turn->periods, question.to_alarm,
                                                 question.treatment};
        struct arena *arena = &turn->call->arena;
        struct cloudwatch_verdict verdict = {
                .judged = arena_new_array(arena, struct cloudwatch_point, turn->periods)};
        struct cloudwatch_state state;

        if (!verdict.judged)
                return -ENOMEM;
        cloudwatch_judge(&window, &verdict);
        state.value = state_of(verdict.outcome);
        if (verdict.outcome == CLOUDWATCH_KEEP || str_eq(state.value, turn->alarm.state) ||
            has_few_samples(turn, &verdict))
                return 0;
        state.reason = cloudwatch_reason(arena, &question, &verdict);
        TRY(cloudwatch_reason_data(arena, &question, &verdict, &state.data));
        return cloudwatch_change_state(turn->call, &turn->alarm, &state);
}

/* -- Its turn */

static int prepare(struct turn *turn)
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

/* Nothing of it is recorded: CloudTrail knows nothing of evaluations. */
int cloudwatch_evaluate_alarm_due(struct call *call, struct str subject)
{
        struct turn turn = {.call = call};
        int64_t number;
        int r;

        TRY(cloudwatch_read_subject(subject, &number));
        r = cloudwatch_get_alarm(call, number, &turn.alarm);
        if (r == -ENOENT)
                return 1;
        TRY(r);
        call->account = turn.alarm.account;
        call->region = turn.alarm.region;
        TRY(prepare(&turn));
        TRY(read_points(&turn));
        TRY(str_is_set(turn.fault) ? tell_fault(&turn) : judge(&turn));
        TRY(turn.has_data ? cloudwatch_set_turn(call, number, turn.end_ms + turn.step_s * MS_PER_S)
                          : cloudwatch_drop_turn(call, number));
        return 1;
}
