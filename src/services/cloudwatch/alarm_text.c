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

        if (isinf(value))
                return value > 0 ? STR("Infinity") : STR("-Infinity");
        if (value == 0 || isnan(value))
                return isnan(value) ? STR("NaN") : STR("0.0");
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
        return arena_dup(arena,
                         str_make(text, strftime(text, sizeof(text), "%A %d %B, %Y %H:%M:%S UTC", &tm)));
}

struct str cloudwatch_short_time(struct arena *arena, int64_t ms)
{
        struct tm tm;

        split(ms, &tm);
        return arena_printf(arena, "%02d/%02d/%02d %02d:%02d:%02d", tm.tm_mday, tm.tm_mon + 1,
                            tm.tm_year % 100, tm.tm_hour, tm.tm_min, tm.tm_sec);
}
