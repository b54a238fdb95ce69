/* Why an alarm is in its state, in AWS's sentences. */
#include "services/cloudwatch/alarm_reason.h"

/* -- StateReason */

#define TEXT_MAX    1023 /* StateReason */
#define SHOWN_MOST  5    /* datapoints */
#define DATA_MAX    ((size_t)64 * 1024)
#define POINTS_MOST 25 /* in StateReasonData, which has no more than 4000 characters */

static const char *phrase(struct str operator)
{
        if (str_eq(operator, STR("GreaterThanOrEqualToThreshold")))
                return "greater than or equal to";
        if (str_eq(operator, STR("GreaterThanThreshold")))
                return "greater than";
        return str_eq(operator, STR("LessThanThreshold")) ? "less than" : "less than or equal to";
}

static const char *plural(size_t count)
{
        return count == 1 ? "" : "s";
}

static const char *was(size_t count)
{
        return count == 1 ? "was" : "were";
}

static void add_points(struct buf *buf, struct arena *arena, const struct cloudwatch_verdict *verdict,
                       size_t periods)
{
        bool breaching = verdict->outcome == CLOUDWATCH_ALARM;
        size_t shown = 0;

        buf_add(buf, STR("["));
        for (size_t i = 0; i < periods && shown < SHOWN_MOST; i++) {
                const struct cloudwatch_point *point = &verdict->judged[i];

                if (!point->is_there || point->is_breaching != breaching)
                        continue;
                buf_add(buf, shown++ > 0 ? STR(", ") : STR(""));
                buf_add(buf, cloudwatch_number(arena, point->value));
                buf_addf(buf, " (%.*s)", STR_ARG(cloudwatch_short_time(arena, point->time_ms)));
        }
        buf_add(buf, STR("]"));
}

static void add_crossed(struct buf *buf, struct arena *arena, const struct cloudwatch_question *question,
                        const struct cloudwatch_verdict *verdict, size_t count)
{
        bool is_long = count >= SHOWN_MOST;

        if (question->has_to_alarm)
                buf_addf(buf, "%zu out of the last %zu datapoints ", count, question->periods);
        else
                buf_addf(buf, "%zu datapoint%s ", count, plural(count));
        if (!is_long) {
                add_points(buf, arena, verdict, question->periods);
                buf_add_byte(buf, ' ');
        }
        buf_addf(buf, "%s %s%s the threshold (%.*s)", was(count),
                 verdict->outcome == CLOUDWATCH_ALARM ? "" : "not ", phrase(question->operator),
                 STR_ARG(cloudwatch_number(arena, question->threshold)));
        if (is_long) {
                buf_add(buf, STR(". The most recent datapoints which crossed the threshold: "));
                add_points(buf, arena, verdict, question->periods);
        }
}

/* No real point is of the kind that the state says. */
static void add_received(struct buf *buf, const struct cloudwatch_question *question,
                         const struct cloudwatch_verdict *verdict)
{
        size_t count = verdict->breaching + verdict->fine;

        if (count == 0)
                buf_add(buf, STR("no datapoints were received"));
        else
                buf_addf(buf, "%zu datapoint%s %s received", count, plural(count), was(count));
        buf_addf(buf, " for %zu period%s", question->periods, plural(question->periods));
}

static void add_filled(struct buf *buf, const struct cloudwatch_question *question, size_t filled)
{
        bool is_told = question->treatment == CLOUDWATCH_BREACHING ||
                       question->treatment == CLOUDWATCH_NOT_BREACHING;

        if (filled > 0 && is_told)
                buf_addf(buf, " and %zu missing datapoint%s %s treated as [%s]", filled, plural(filled),
                         was(filled),
                         question->treatment == CLOUDWATCH_BREACHING ? "Breaching" : "NonBreaching");
}

static void add_least(struct buf *buf, const struct cloudwatch_question *question,
                      const struct cloudwatch_verdict *verdict)
{
        bool is_alarm = verdict->outcome == CLOUDWATCH_ALARM;
        size_t least = is_alarm ? question->to_alarm : question->periods - question->to_alarm + 1;

        if (question->has_to_alarm)
                buf_addf(buf, " (minimum %zu datapoint%s for %s transition)", least, plural(least),
                         is_alarm ? "OK -> ALARM" : "ALARM -> OK");
}

static void add_threshold(struct buf *buf, struct arena *arena, const struct cloudwatch_question *question,
                          const struct cloudwatch_verdict *verdict)
{
        size_t count = verdict->outcome == CLOUDWATCH_ALARM ? verdict->breaching : verdict->fine;

        buf_add(buf, STR("Threshold Crossed: "));
        if (count > 0)
                add_crossed(buf, arena, question, verdict, count);
        else
                add_received(buf, question, verdict);
        add_filled(buf, question, verdict->filled);
        if (count > 0)
                add_least(buf, question, verdict);
        buf_add_byte(buf, '.');
}

struct str cloudwatch_reason(struct arena *arena, const struct cloudwatch_question *question,
                             const struct cloudwatch_verdict *verdict)
{
        _cleanup_(buf_done) struct buf buf = {};

        buf_init(&buf, TEXT_MAX);
        if (verdict->outcome == CLOUDWATCH_UNKNOWN)
                buf_addf(&buf, "Insufficient Data: %zu datapoint%s %s unknown.", verdict->filled,
                         plural(verdict->filled), was(verdict->filled));
        else
                add_threshold(&buf, arena, question, verdict);
        return arena_dup(arena, buf_str(&buf));
}

/* -- StateReasonData */

static void add_recent(struct json_out *out, struct arena *arena, const struct cloudwatch_verdict *verdict,
                       size_t count)
{
        json_key(out, STR("recentDatapoints"));
        json_open(out, '[');
        for (size_t i = count; i-- > 0;)
                if (verdict->judged[i].is_there)
                        cloudwatch_json_number(out, arena, verdict->judged[i].value);
        json_close(out, ']');
}

static void add_evaluated(struct json_out *out, struct arena *arena, const struct cloudwatch_verdict *verdict,
                          size_t count)
{
        json_key(out, STR("evaluatedDatapoints"));
        json_open(out, '[');
        for (size_t i = 0; i < count; i++) {
                const struct cloudwatch_point *point = &verdict->judged[i];

                json_open(out, '{');
                json_pair(out, STR("timestamp"), cloudwatch_time(arena, point->time_ms));
                if (point->is_there && point->samples >= 0) {
                        json_key(out, STR("sampleCount"));
                        cloudwatch_json_number(out, arena, point->samples);
                }
                if (point->is_there) {
                        json_key(out, STR("value"));
                        cloudwatch_json_number(out, arena, point->value);
                }
                json_close(out, '}');
        }
        json_close(out, ']');
}

/* Where the oldest real point begins that was judged. */
static struct str start(struct arena *arena, const struct cloudwatch_verdict *verdict, size_t periods)
{
        for (size_t i = periods; i-- > 0;)
                if (verdict->judged[i].is_there)
                        return cloudwatch_time(arena, verdict->judged[i].time_ms);
        return STR_NONE;
}

int cloudwatch_reason_data(struct arena *arena, const struct cloudwatch_question *question,
                           const struct cloudwatch_verdict *verdict, struct str *ret)
{
        size_t told = question->periods < POINTS_MOST ? question->periods : POINTS_MOST;
        _cleanup_(buf_done) struct buf buf = {};
        struct json_out out = {.buf = &buf};

        buf_init(&buf, DATA_MAX);
        json_open(&out, '{');
        json_pair(&out, STR("version"), STR("1.0"));
        json_pair(&out, STR("queryDate"), cloudwatch_time(arena, question->asked_ms));
        json_pair_opt(&out, STR("startDate"), start(arena, verdict, question->periods));
        json_pair_opt(&out, STR("unit"), question->unit);
        json_pair_opt(&out, STR("statistic"), question->statistic);
        json_key(&out, STR("period"));
        json_int(&out, question->period_s);
        add_recent(&out, arena, verdict, told);
        json_key(&out, STR("threshold"));
        cloudwatch_json_number(&out, arena, question->threshold);
        add_evaluated(&out, arena, verdict, told);
        json_close(&out, '}');
        TRY(buf_check(&buf));
        *ret = arena_dup(arena, buf_str(&buf));
        return 0;
}
