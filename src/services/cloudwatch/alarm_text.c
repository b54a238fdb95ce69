#include "services/cloudwatch/alarm_text.h"

#include "base/clock.h"

#include <math.h>
#include <time.h>

#define DIGITS_MAX 17

/* -- Numbers */

/* The digits without a point, and the exponent of the first: 45628 is "45628", 4. */
struct digits {
        char text[DIGITS_MAX + 1];
        size_t count;
        int exponent;
};

static void find_digits(double value, struct digits *ret)
{
        char text[32], *point;

        for (int precision = 0; precision < DIGITS_MAX; precision++) {
                (void)snprintf(text, sizeof(text), "%.*e", precision, value);
                if (strtod(text, NULL) == value)
                        break;
        }
        point = strchr(text, 'e');
        ret->exponent = (int)strtol(point + 1, NULL, 10);
        ret->count = 0;
        for (const char *c = text; c < point; c++)
                if (*c != '.')
                        ret->text[ret->count++] = *c;
        while (ret->count > 1 && ret->text[ret->count - 1] == '0')
                ret->count--;
}

/* Digits from one place on, "0" when there are none. */
static void add_digits(struct buf *buf, const struct digits *digits, int from, int to)
{
        if (from >= to)
                buf_add_byte(buf, '0');
        for (int i = from; i < to; i++)
                buf_add_byte(buf, i >= 0 && (size_t)i < digits->count ? digits->text[i] : '0');
}

static void add_number(struct buf *buf, const struct digits *digits)
{
        int whole = digits->exponent + 1, count = (int)digits->count;
        bool is_scientific = digits->exponent >= 7 || digits->exponent < -3;

        if (is_scientific)
                whole = 1;
        add_digits(buf, digits, whole > 0 ? 0 : whole, whole);
        buf_add_byte(buf, '.');
        add_digits(buf, digits, whole, count);
        if (is_scientific)
                buf_addf(buf, "E%d", digits->exponent);
}

struct str cloudwatch_number(struct arena *arena, double value)
{
        _cleanup_(buf_done) struct buf buf = {};
        struct digits digits;

        if (value == 0 || !isfinite(value))
                return isnan(value) ? STR("NaN") : isinf(value) ? STR("Infinity") : STR("0.0");
        buf_init(&buf, 64);
        if (value < 0)
                buf_add_byte(&buf, '-');
        find_digits(fabs(value), &digits);
        add_number(&buf, &digits);
        return arena_dup(arena, buf_str(&buf));
}

void cloudwatch_json_number(struct json_out *out, struct arena *arena, double value)
{
        json_raw(out, isfinite(value) ? cloudwatch_number(arena, value) : STR("null"));
}

/* -- Times */

static void split(int64_t ms, struct tm *ret)
{
        time_t seconds = (time_t)(ms / MS_PER_S);

        if (!gmtime_r(&seconds, ret))
                *ret = (struct tm){};
}

struct str cloudwatch_time(struct arena *arena, int64_t ms)
{
        struct str text = time_iso_ms(arena, ms);

        return arena_printf(arena, "%.*s+0000", (int)text.len - 1, text.ptr);
}

struct str cloudwatch_long_time(struct arena *arena, int64_t ms)
{
        char text[64];
        struct tm tm;

        split(ms, &tm);
        return arena_dup(arena, str_make(text, strftime(text, sizeof(text), "%A %d %B, %Y %H:%M:%S UTC", &tm)));
}

/* (02/10/19 16:59:00) */
static void add_short_time(struct buf *buf, int64_t ms)
{
        struct tm tm;

        split(ms, &tm);
        buf_addf(buf, "(%02d/%02d/%02d %02d:%02d:%02d)", tm.tm_mday, tm.tm_mon + 1, tm.tm_year % 100, tm.tm_hour,
                 tm.tm_min, tm.tm_sec);
}

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
                buf_add_byte(buf, ' ');
                add_short_time(buf, point->time_ms);
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
        bool is_told = question->treatment == CLOUDWATCH_BREACHING || question->treatment == CLOUDWATCH_NOT_BREACHING;

        if (filled > 0 && is_told)
                buf_addf(buf, " and %zu missing datapoint%s %s treated as [%s]", filled, plural(filled), was(filled),
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
