/* A turn of an alarm: its evaluation range is read and judged. Of what is cheap to read all is done in the
 * transaction of its timer. What is not (metric math, and statistics that want values, over up to a day of
 * minutes) is read before, in a snapshot, where nobody waits for it but alarms of the same account.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html */
#include "base/buf.h"
#include "crypto/hash.h"
#include "services/cloudwatch/alarm_points.h"
#include "services/cloudwatch/alarm_query.h"
#include "services/cloudwatch/alarm_reason.h"

#define RECORD_MAX ((size_t)256 * 1024)

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
static bool has_few_samples(const struct cloudwatch_turn *turn, const struct cloudwatch_verdict *verdict)
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

static struct cloudwatch_question question_of(const struct cloudwatch_turn *turn)
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

/* It stays as it is, but for why. */
static int keep_reason(struct cloudwatch_turn *turn)
{
        turn->alarm.reason = turn->fault;
        turn->alarm.reason_data = STR_NONE;
        turn->alarm.updated = OPT_INT(turn->call->now_ms);
        return call_put(turn->call, &cloudwatch_alarm_record_type, &turn->alarm);
}

/* What cannot be asked is not what is missing: no treatment of missing data makes it OK. It is told once, and
 * counted each time. */
static int tell_fault(struct cloudwatch_turn *turn)
{
        const struct cloudwatch_state state = {.value = CLOUDWATCH_STATE_UNKNOWN, .reason = turn->fault};
        bool is_unknown = str_eq(state.value, turn->alarm.state);

        if (is_unknown && str_eq(turn->alarm.reason, turn->fault)) {
                losses_add(turn->call->host->losses, LOSS_ALARM_EVALUATIONS, 1);
                return 0;
        }
        call_lose(turn->call, LOSS_ALARM_EVALUATIONS, 1, "an alarm could not be evaluated", turn->alarm.name);
        return is_unknown ? keep_reason(turn) : cloudwatch_change_state(turn->call, &turn->alarm, &state);
}

static int judge(struct cloudwatch_turn *turn)
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

static bool is_costly(const struct cloudwatch_metric_alarm *metric)
{
        return metric->metrics.count > 0 || str_is_set(metric->extended_statistic);
}

static int set_next(struct call *call, const struct cloudwatch_turn *turn)
{
        int64_t number = turn->alarm.number.value, due_ms = turn->end_ms + turn->step_s * MS_PER_S;

        if (!turn->has_data)
                return cloudwatch_drop_turn(call, number);
        return is_costly(turn->alarm.metric) ? cloudwatch_set_costly_turn(call, &turn->alarm, due_ms)
                                             : cloudwatch_set_turn(call, number, due_ms);
}

static int settle(struct cloudwatch_turn *turn)
{
        TRY(str_is_set(turn->fault) ? tell_fault(turn) : judge(turn));
        return set_next(turn->call, turn);
}

static int load(struct call *call, int64_t number, struct cloudwatch_turn *ret)
{
        *ret = (struct cloudwatch_turn){.call = call};
        TRY(cloudwatch_get_alarm(call, number, &ret->alarm));
        call->account = ret->alarm.account;
        call->region = ret->alarm.region;
        return 0;
}

/* -- Its turn. Nothing of it is recorded: CloudTrail knows nothing of evaluations. */

int cloudwatch_evaluate_alarm_due(struct call *call, struct str subject)
{
        struct cloudwatch_turn turn;
        int64_t number;
        int r;

        TRY(cloudwatch_read_subject(subject, &number));
        r = load(call, number, &turn);
        if (r < 0)
                return r == -ENOENT ? 1 : r;
        if (is_costly(turn.alarm.metric)) {
                TRY(cloudwatch_hand_over_turn(call, &turn.alarm));
                return 1;
        }
        TRY(cloudwatch_read_points(&turn));
        TRY(settle(&turn));
        return 1;
}

/* -- The same of what is costly */

struct read_ahead {
        struct cloudwatch_turn turn; /* but for the alarm, which is of the snapshot */
        uint8_t digest[SHA256_LEN];  /* of the alarm */
};

static int digest_of(const struct cloudwatch_alarm_record *alarm, uint8_t ret[SHA256_LEN])
{
        _cleanup_(buf_done) struct buf packed = {};

        buf_init(&packed, RECORD_MAX);
        TRY(record_encode(cloudwatch_alarm_record_type.type, alarm, &packed));
        TRY(buf_check(&packed));
        sha256(buf_str(&packed), ret);
        return 0;
}

/* -ENOENT: it has gone, or its turn is another one. */
static int load_costly(struct call *call, struct str subject, struct cloudwatch_turn *ret)
{
        int64_t number;

        TRY(cloudwatch_find_costly_turn(call, subject, &number));
        return load(call, number, ret);
}

int cloudwatch_evaluate_costly_alarm_prepare(struct call *call, struct str subject)
{
        struct read_ahead *ahead = arena_new(&call->arena, struct read_ahead);
        int r;

        if (!ahead)
                return -ENOMEM;
        r = load_costly(call, subject, &ahead->turn);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        TRY(cloudwatch_read_points(&ahead->turn));
        TRY(digest_of(&ahead->turn.alarm, ahead->digest));
        call->prepared = ahead;
        return 0;
}

/* *ret: what was read, of the alarm as it is now. -ESTALE: it has changed. */
static int take_ahead(struct call *call, struct cloudwatch_turn *turn)
{
        const struct read_ahead *ahead = call->prepared;
        const struct cloudwatch_alarm_record alarm = turn->alarm;
        uint8_t digest[SHA256_LEN];

        if (!ahead)
                return -ESTALE;
        TRY(digest_of(&alarm, digest));
        if (memcmp(digest, ahead->digest, SHA256_LEN) != 0)
                return -ESTALE;
        *turn = ahead->turn;
        turn->call = call;
        turn->alarm = alarm;
        /* What has come meanwhile did not wake it, as it was awake. */
        return turn->has_data ? 0 : cloudwatch_look_for_data(turn);
}

int cloudwatch_evaluate_costly_alarm_due(struct call *call, struct str subject)
{
        struct cloudwatch_turn turn;
        int r = load_costly(call, subject, &turn);

        if (r < 0)
                return r == -ENOENT ? 1 : r;
        r = take_ahead(call, &turn);
        if (r == -ESTALE) {
                TRY(cloudwatch_set_costly_turn(call, &turn.alarm, call->now_ms));
                return 1;
        }
        TRY(r);
        TRY(settle(&turn));
        return 1;
}
