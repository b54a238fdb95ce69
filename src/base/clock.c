#include "clock.h"

static const char *const DAY_NAMES[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char *const MONTH_NAMES[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

static int64_t read_clock(clockid_t id, int64_t per_second)
{
        struct timespec now;

        (void)clock_gettime(id, &now);
        return (int64_t)now.tv_sec * per_second + (int64_t)now.tv_nsec / (INT64_C(1000000000) / per_second);
}

int64_t clock_wall_ms(void)
{
        return read_clock(CLOCK_REALTIME, MS_PER_S);
}

int64_t clock_monotonic_ns(void)
{
        return read_clock(CLOCK_MONOTONIC, INT64_C(1000000000));
}

int64_t clock_thread_ns(void)
{
        return read_clock(CLOCK_THREAD_CPUTIME_ID, INT64_C(1000000000));
}

int64_t clock_now_ms(const struct clock *clock)
{
        return clock_wall_ms() + atomic_load(&clock->advanced_ms);
}

int64_t clock_at(const struct clock *clock, int64_t wall_ms)
{
        for (size_t i = atomic_load(&clock->step_count); i > 0; i--)
                if (clock->steps[i - 1].wall_ms <= wall_ms)
                        return wall_ms + clock->steps[i - 1].advanced_ms;
        return wall_ms;
}

void clock_replay(struct clock *clock, struct clock_step step)
{
        size_t count = atomic_load(&clock->step_count);

        if (count < CLOCK_STEPS) {
                clock->steps[count] = step;
                atomic_store(&clock->step_count, count + 1);
        }
        atomic_store(&clock->advanced_ms, step.advanced_ms);
}

void clock_advance(struct clock *clock, int64_t ms)
{
        clock_replay(clock, (struct clock_step){clock_wall_ms(), atomic_load(&clock->advanced_ms) + ms});
}

/* Days since 1970 to a date of the Gregorian calendar, by Howard Hinnant's era arithmetic: gmtime_r() takes a
 * lock of the whole process for the same.
 * https://howardhinnant.github.io/date_algorithms.html#civil_from_days */
static void split_days(int64_t days, struct tm *ret)
{
        int64_t shifted = days + 719468; /* since 0000-03-01 */
        int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
        int64_t day_of_era = shifted - era * 146097;
        int64_t year_of_era =
                (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
        int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        int64_t month = (5 * day_of_year + 2) / 153; /* from March */
        int64_t weekday = (days + 4) % 7;

        ret->tm_mday = (int)(day_of_year - (153 * month + 2) / 5 + 1);
        ret->tm_mon = (int)(month < 10 ? month + 2 : month - 10);
        ret->tm_year = (int)(year_of_era + era * 400 + (ret->tm_mon < 2 ? 1 : 0) - 1900);
        ret->tm_wday = (int)(weekday < 0 ? weekday + 7 : weekday);
}

static void split(int64_t ms, struct tm *ret_tm, int *ret_ms)
{
        int64_t days = ms / MS_PER_DAY;
        int64_t rest = ms % MS_PER_DAY;

        if (rest < 0) {
                rest += MS_PER_DAY;
                days--;
        }
        *ret_tm = (struct tm){};
        split_days(days, ret_tm);
        *ret_ms = (int)(rest % MS_PER_S);
        rest /= MS_PER_S;
        ret_tm->tm_hour = (int)(rest / 3600);
        ret_tm->tm_min = (int)(rest / 60 % 60);
        ret_tm->tm_sec = (int)(rest % 60);
}

static void two_digits(char *out, int value)
{
        out[0] = (char)('0' + value / 10 % 10);
        out[1] = (char)('0' + value % 10);
}

void time_iso_write(char out[TIME_ISO_LEN], int64_t ms)
{
        struct tm tm;
        int fraction;

        split(ms, &tm, &fraction);
        memcpy(out, "0000-00-00T00:00:00Z", TIME_ISO_LEN);
        two_digits(out, (tm.tm_year + 1900) / 100);
        two_digits(out + 2, (tm.tm_year + 1900) % 100);
        two_digits(out + 5, tm.tm_mon + 1);
        two_digits(out + 8, tm.tm_mday);
        two_digits(out + 11, tm.tm_hour);
        two_digits(out + 14, tm.tm_min);
        two_digits(out + 17, tm.tm_sec);
}

struct str time_iso(struct arena *arena, int64_t ms)
{
        char text[TIME_ISO_LEN];

        time_iso_write(text, ms);
        return arena_dup_bytes(arena, text, sizeof(text));
}

struct str time_iso_ms(struct arena *arena, int64_t ms)
{
        struct tm tm;
        int fraction;

        split(ms, &tm, &fraction);
        return arena_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900, tm.tm_mon + 1,
                            tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, fraction);
}

struct str time_basic(struct arena *arena, int64_t ms)
{
        struct tm tm;
        int fraction;

        split(ms, &tm, &fraction);
        return arena_printf(arena, "%04d%02d%02dT%02d%02d%02dZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                            tm.tm_hour, tm.tm_min, tm.tm_sec);
}

struct str time_http(struct arena *arena, int64_t ms)
{
        struct tm tm;
        int fraction;

        split(ms, &tm, &fraction);
        return arena_printf(arena, "%s, %02d %s %04d %02d:%02d:%02d GMT", DAY_NAMES[tm.tm_wday % 7],
                            tm.tm_mday, MONTH_NAMES[tm.tm_mon % 12], tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
                            tm.tm_sec);
}

/* Takes exactly `digits` decimal digits off the front. */
static int take_number(struct str *s, size_t digits, int *ret)
{
        uint64_t value;

        if (s->len < digits)
                return -EINVAL;
        TRY(str_to_u64(str_part(*s, 0, digits), &value));
        *s = str_from(*s, digits);
        *ret = (int)value;
        return 0;
}

static int take_byte(struct str *s, char byte)
{
        if (s->len == 0 || s->ptr[0] != byte)
                return -EINVAL;
        *s = str_from(*s, 1);
        return 0;
}

/* Refuses the 31st of April and its kind, and hours past 23: what timegm() would silently carry over. The
 * second 60 of a leap second becomes the first of the next minute. */
static int join(const struct tm *given, int fraction_ms, int64_t *ret_ms)
{
        struct tm day = {.tm_year = given->tm_year, .tm_mon = given->tm_mon, .tm_mday = given->tm_mday};
        time_t midnight;

        if (given->tm_hour > 23 || given->tm_min > 59 || given->tm_sec > 60)
                return -EINVAL;
        midnight = timegm(&day);
        if (day.tm_mday != given->tm_mday || day.tm_mon != given->tm_mon)
                return -EINVAL;
        *ret_ms =
                ((int64_t)midnight + (given->tm_hour * 60 + given->tm_min) * 60 + given->tm_sec) * MS_PER_S +
                fraction_ms;
        return 0;
}

static int take_date(struct str *s, const char *separator, struct tm *tm)
{
        TRY(take_number(s, 4, &tm->tm_year));
        if (*separator)
                TRY(take_byte(s, *separator));
        TRY(take_number(s, 2, &tm->tm_mon));
        if (*separator)
                TRY(take_byte(s, *separator));
        TRY(take_number(s, 2, &tm->tm_mday));
        if (tm->tm_mon < 1 || tm->tm_mon > 12 || tm->tm_mday < 1 || tm->tm_mday > 31)
                return -EINVAL;
        tm->tm_year -= 1900;
        tm->tm_mon -= 1;
        return 0;
}

static int take_fraction(struct str *s, int *ret_ms)
{
        int scale = 100;
        size_t digits = 0;

        *ret_ms = 0;
        if (s->len == 0 || (s->ptr[0] != '.' && s->ptr[0] != ','))
                return 0;
        *s = str_from(*s, 1);
        for (; s->len && s->ptr[0] >= '0' && s->ptr[0] <= '9'; digits++, scale /= 10) {
                *ret_ms += scale * (s->ptr[0] - '0');
                *s = str_from(*s, 1);
        }
        return digits ? 0 : -EINVAL;
}

static int take_offset(struct str *s, int64_t *ret_ms)
{
        int hours, minutes;
        char sign;

        *ret_ms = 0;
        if (s->len == 0)
                return 0;
        sign = s->ptr[0];
        *s = str_from(*s, 1);
        if (sign == 'Z' || sign == 'z')
                return 0;
        if (sign != '+' && sign != '-')
                return -EINVAL;
        TRY(take_number(s, 2, &hours));
        if (s->len && s->ptr[0] == ':')
                *s = str_from(*s, 1);
        TRY(take_number(s, 2, &minutes));
        if (hours > 23 || minutes > 59)
                return -EINVAL;
        *ret_ms = (hours * INT64_C(60) + minutes) * 60 * MS_PER_S * (sign == '-' ? -1 : 1);
        return 0;
}

int time_parse_iso(struct str s, int64_t *ret_ms)
{
        struct tm tm = {};
        int fraction = 0;
        int64_t offset = 0;

        TRY(take_date(&s, "-", &tm));
        if (s.len) {
                if (s.ptr[0] != 'T' && s.ptr[0] != 't' && s.ptr[0] != ' ')
                        return -EINVAL;
                s = str_from(s, 1);
                TRY(take_number(&s, 2, &tm.tm_hour));
                TRY(take_byte(&s, ':'));
                TRY(take_number(&s, 2, &tm.tm_min));
                if (s.len && s.ptr[0] == ':') {
                        s = str_from(s, 1);
                        TRY(take_number(&s, 2, &tm.tm_sec));
                        TRY(take_fraction(&s, &fraction));
                }
                TRY(take_offset(&s, &offset));
        }
        if (s.len)
                return -EINVAL;
        TRY(join(&tm, fraction, ret_ms));
        *ret_ms -= offset;
        return 0;
}

int time_parse_basic(struct str s, int64_t *ret_ms)
{
        struct tm tm = {};

        TRY(take_date(&s, "", &tm));
        TRY(take_byte(&s, 'T'));
        TRY(take_number(&s, 2, &tm.tm_hour));
        TRY(take_number(&s, 2, &tm.tm_min));
        TRY(take_number(&s, 2, &tm.tm_sec));
        TRY(take_byte(&s, 'Z'));
        return s.len ? -EINVAL : join(&tm, 0, ret_ms);
}

static int take_month_name(struct str *s, int *ret)
{
        for (int i = 0; i < 12; i++)
                if (str_starts_nocase(*s, str_of(MONTH_NAMES[i]))) {
                        *s = str_from(*s, 3);
                        *ret = i;
                        return 0;
                }
        return -EINVAL;
}

int time_parse_http(struct str s, int64_t *ret_ms)
{
        struct tm tm = {};
        ptrdiff_t comma = str_find_byte(s, ',');

        if (comma != 3)
                return -EINVAL;
        s = str_from(s, 4);
        TRY(take_byte(&s, ' '));
        TRY(take_number(&s, 2, &tm.tm_mday));
        TRY(take_byte(&s, ' '));
        TRY(take_month_name(&s, &tm.tm_mon));
        TRY(take_byte(&s, ' '));
        TRY(take_number(&s, 4, &tm.tm_year));
        tm.tm_year -= 1900;
        TRY(take_byte(&s, ' '));
        TRY(take_number(&s, 2, &tm.tm_hour));
        TRY(take_byte(&s, ':'));
        TRY(take_number(&s, 2, &tm.tm_min));
        TRY(take_byte(&s, ':'));
        TRY(take_number(&s, 2, &tm.tm_sec));
        if (!str_eq(s, STR(" GMT")) && !str_eq(s, STR(" UTC")) && !str_eq(s, STR(" +0000")))
                return -EINVAL;
        return join(&tm, 0, ret_ms);
}

int time_parse(struct str s, int64_t *ret_ms)
{
        if (time_parse_basic(s, ret_ms) == 0 || time_parse_iso(s, ret_ms) == 0)
                return 0;
        return time_parse_http(s, ret_ms);
}

static int unit_ms(struct str *s, int64_t *ret)
{
        static const struct {
                struct str name;
                int64_t ms;
        } UNITS[] = {
                {STR_INIT("ms"), 1},
                {STR_INIT("d"), MS_PER_DAY},
                {STR_INIT("h"), 3600 * MS_PER_S},
                {STR_INIT("m"), 60 * MS_PER_S},
                {STR_INIT("s"), MS_PER_S},
        };

        for (size_t i = 0; i < ARRAY_LEN(UNITS); i++)
                if (str_starts(*s, UNITS[i].name)) {
                        *s = str_from(*s, UNITS[i].name.len);
                        *ret = UNITS[i].ms;
                        return 0;
                }
        return -EINVAL;
}

int duration_parse(struct str s, int64_t *ret_ms)
{
        int64_t total = 0;

        if (s.len == 0)
                return -EINVAL;
        while (s.len) {
                size_t digits = 0;
                int64_t number, unit;

                while (digits < s.len && s.ptr[digits] >= '0' && s.ptr[digits] <= '9')
                        digits++;
                TRY(str_to_i64(str_part(s, 0, digits), &number));
                s = str_from(s, digits);
                TRY(unit_ms(&s, &unit));
                if (__builtin_mul_overflow(number, unit, &number) ||
                    __builtin_add_overflow(total, number, &total))
                        return -ERANGE;
        }
        if (total == 0)
                return -EINVAL;
        *ret_ms = total;
        return 0;
}
