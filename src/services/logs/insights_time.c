/* Times of queries: periods, and what they cut times to.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html */
#include <math.h>
#include <time.h>

#include "services/logs/insights_inside.h"

#define DAY_MS      86400000.0
#define TIME_MAX    253402300799999.0 /* the end of the year 9999 */
#define MONDAY_DAYS 3                 /* 1970-01-01 was a Thursday */

static const struct {
        struct str name;
        char unit;
        double most; /* "caps 60 as the maximum value for any request that uses s" */
} UNITS[] = {
        {STR_INIT("ms"), 'l', 1000},   {STR_INIT("msec"), 'l', 1000}, {STR_INIT("millisecond"), 'l', 1000},
        {STR_INIT("s"), 's', 60},      {STR_INIT("sec"), 's', 60},    {STR_INIT("second"), 's', 60},
        {STR_INIT("m"), 'm', 60},      {STR_INIT("min"), 'm', 60},    {STR_INIT("minute"), 'm', 60},
        {STR_INIT("h"), 'h', 24},      {STR_INIT("hr"), 'h', 24},     {STR_INIT("hour"), 'h', 24},
        {STR_INIT("d"), 'd', 366},     {STR_INIT("day"), 'd', 366},   {STR_INIT("w"), 'w', 53},
        {STR_INIT("week"), 'w', 53},   {STR_INIT("mo"), 'o', 12},     {STR_INIT("mon"), 'o', 12},
        {STR_INIT("month"), 'o', 12},  {STR_INIT("q"), 'q', 4},       {STR_INIT("qtr"), 'q', 4},
        {STR_INIT("quarter"), 'q', 4}, {STR_INIT("y"), 'y', 100},     {STR_INIT("yr"), 'y', 100},
        {STR_INIT("year"), 'y', 100},
};

bool query_read_period(double count, struct str unit, struct period *ret)
{
        for (size_t i = 0; i < ARRAY_LEN(UNITS); i++) {
                bool is_plural = UNITS[i].name.len > 1 && unit.len == UNITS[i].name.len + 1 &&
                                 str_starts_nocase(unit, UNITS[i].name) && str_ends(unit, STR("s"));

                if (!is_plural && !str_eq_nocase(unit, UNITS[i].name))
                        continue;
                *ret = (struct period){fmin(floor(count), UNITS[i].most), UNITS[i].unit};
                return ret->count >= 1;
        }
        return false;
}

static double length_of(const struct period *period)
{
        switch (period->unit) {
        case 'l':
                return period->count;
        case 's':
                return period->count * 1000;
        case 'm':
                return period->count * 60000;
        case 'h':
                return period->count * 3600000;
        case 'w':
                return period->count * 7 * DAY_MS;
        default:
                return period->count * DAY_MS;
        }
}

/* Months since the year 0. */
static double months_of(double ms)
{
        time_t seconds = (time_t)floor(ms / 1000);
        struct tm tm = {};

        (void)gmtime_r(&seconds, &tm);
        return (tm.tm_year + 1900.0) * 12 + tm.tm_mon;
}

static double start_of_month(double months)
{
        struct tm tm = {
                .tm_year = (int)floor(months / 12) - 1900, .tm_mon = (int)fmod(months, 12), .tm_mday = 1};

        return (double)timegm(&tm) * 1000;
}

static double cut(const struct period *period, double ms, int steps)
{
        double months = period->count * (period->unit == 'y' ? 12 : period->unit == 'q' ? 3 : 1);
        double shift = period->unit == 'w' ? MONDAY_DAYS * DAY_MS : 0, length = length_of(period);

        if (period->unit == 'o' || period->unit == 'q' || period->unit == 'y')
                return start_of_month(floor(months_of(ms) / months) * months + steps * months);
        return (floor((ms + shift) / length) + steps) * length - shift;
}

struct value query_time_function(const struct insights_call *call, bool is_up, double ms)
{
        const struct period *period = &call->node->period;
        double floor_ms;

        if (!(fabs(ms) <= TIME_MAX))
                return NO_VALUE;
        floor_ms = cut(period, ms, 0);
        return TIME_VALUE(is_up && floor_ms < ms ? cut(period, ms, 1) : floor_ms);
}

/* "2026-01-31 12:00:00.000" */
struct str query_time_text(struct arena *arena, double ms)
{
        time_t seconds;
        struct tm tm = {};

        if (!(fabs(ms) <= TIME_MAX))
                return STR("");
        seconds = (time_t)floor(ms / 1000);
        (void)gmtime_r(&seconds, &tm);
        return arena_printf(arena, "%04d-%02d-%02d %02d:%02d:%02d.%03d", tm.tm_year + 1900, tm.tm_mon + 1,
                            tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
                            (int)(floor(ms) - (double)seconds * 1000));
}
