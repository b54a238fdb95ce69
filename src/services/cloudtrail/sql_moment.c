/* Moments and dates, in UTC: texts, in the order of their times. What a moment is compared with is read as
 * one. All of them are told by the one clock: SQLite's own functions of time are nowhere within reach.
 * https://trino.io/docs/current/functions/datetime.html */
#include "services/cloudtrail/sql.h"

#include <time.h>

#include "base/clock.h"

#define DATE_LEN   10
#define MS_WEEK    (7 * MS_PER_DAY)
#define MONTHS_MAX (INT64_C(12) * 10000)
#define TEXT_MAX   64

int sql_moment(struct str text, char ret[SQL_MOMENT_LEN])
{
        static const char FORM[] = "dddd-dd-dd dd:dd:dd.ddd";
        static const char NONE[] = "0000-00-00 00:00:00.000";

        memcpy(ret, NONE, SQL_MOMENT_LEN);
        if (str_ends(text, STR("Z")))
                text = str_part(text, 0, text.len - 1);
        else if (str_ends(text, STR(" UTC")))
                text = str_part(text, 0, text.len - 4);
        if (text.len != DATE_LEN && text.len != 16 && text.len != 19 && text.len != SQL_MOMENT_LEN)
                return -EINVAL;
        for (size_t i = 0; i < text.len; i++) {
                bool is_digit = text.ptr[i] >= '0' && text.ptr[i] <= '9';

                if (FORM[i] == 'd' ? !is_digit
                                   : text.ptr[i] != FORM[i] && !(i == DATE_LEN && text.ptr[i] == 'T'))
                        return -EINVAL;
                ret[i] = i == DATE_LEN ? ' ' : text.ptr[i];
        }
        return 0;
}

/* What is no moment is compared as it is. */
static int compare_moments(void *arg, int a_len, const void *a, int b_len, const void *b)
{
        struct str texts[2] = {str_make(a, (size_t)a_len), str_make(b, (size_t)b_len)};
        char moments[2][SQL_MOMENT_LEN];

        (void)arg;
        for (size_t i = 0; i < 2; i++)
                if (sql_moment(texts[i], moments[i]) == 0)
                        texts[i] = str_make(moments[i], SQL_MOMENT_LEN);
        return str_cmp(texts[0], texts[1]);
}

/* -- As numbers */

struct moment {
        int64_t ms;
        bool is_date; /* it has no time, and what is made of it has none */
};

/* false: it is none, and the statement fails. */
static bool read_moment(sqlite3_context *context, sqlite3_value *value, struct moment *ret)
{
        struct str text = sql_text_of(value);
        char moment[SQL_MOMENT_LEN + 1];

        *ret = (struct moment){.is_date = text.len == DATE_LEN};
        if (sql_moment(text, moment) == 0) {
                moment[DATE_LEN] = 'T';
                moment[SQL_MOMENT_LEN] = 'Z';
                if (time_parse_iso(str_make(moment, sizeof(moment)), &ret->ms) == 0)
                        return true;
        }
        sqlite3_result_error(context, "Invalid timestamp", -1);
        return false;
}

static int64_t floor_to(int64_t ms, int64_t unit)
{
        return ms - ((ms % unit) + unit) % unit;
}

static struct tm parts_of(int64_t ms)
{
        time_t seconds = (time_t)(floor_to(ms, MS_PER_S) / MS_PER_S);
        struct tm tm = {};

        (void)gmtime_r(&seconds, &tm);
        return tm;
}

static void give_moment(sqlite3_context *context, struct moment moment)
{
        struct tm tm = parts_of(moment.ms);
        char text[TEXT_MAX];

        if (tm.tm_year < -1899 || tm.tm_year > 8099) {
                sqlite3_result_error(context, "Timestamp is out of range", -1);
                return;
        }
        (void)snprintf(text, sizeof(text), "%04d-%02d-%02d %02d:%02d:%02d.%03d", tm.tm_year + 1900,
                       tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
                       (int)(moment.ms - floor_to(moment.ms, MS_PER_S)));
        sql_give(context, str_make(text, moment.is_date ? DATE_LEN : SQL_MOMENT_LEN));
}

/* -- Units */

struct unit {
        const char *name;
        int64_t ms;     /* 0: it has no length of its own */
        int64_t months; /* then it has so many */
};

static const struct unit *find_unit(sqlite3_context *context, sqlite3_value *value)
{
        static const struct unit UNITS[] = {{"millisecond", 1, 0},
                                            {"second", MS_PER_S, 0},
                                            {"minute", 60 * MS_PER_S, 0},
                                            {"hour", 3600 * MS_PER_S, 0},
                                            {"day", MS_PER_DAY, 0},
                                            {"week", MS_WEEK, 0},
                                            {"month", 0, 1},
                                            {"quarter", 0, 3},
                                            {"year", 0, 12}};

        for (size_t i = 0; i < ARRAY_LEN(UNITS); i++)
                if (str_eq_nocase(sql_text_of(value), str_of(UNITS[i].name)))
                        return &UNITS[i];
        sqlite3_result_error(context, "Invalid unit of time", -1);
        return NULL;
}

static int days_of(int year, int month)
{
        static const int DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
        bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

        return DAYS[month] + (month == 1 && is_leap);
}

/* The last day of a shorter month stands for those that it does not have. */
static int64_t add_months(int64_t ms, int64_t months)
{
        struct tm tm = parts_of(ms);
        int64_t all = (int64_t)(tm.tm_year + 1900) * 12 + tm.tm_mon + months;
        int64_t rest = ms - floor_to(ms, MS_PER_S);
        int most;

        tm.tm_mon = (int)(((all % 12) + 12) % 12);
        tm.tm_year = (int)((all - tm.tm_mon) / 12) - 1900;
        most = days_of(tm.tm_year + 1900, tm.tm_mon);
        tm.tm_mday = tm.tm_mday < most ? tm.tm_mday : most;
        return (int64_t)timegm(&tm) * MS_PER_S + rest;
}

/* date_add(unit, number, moment) */
static void add_time(sqlite3_context *context, int argc, sqlite3_value **argv)
{
        sqlite3_int64 number = sqlite3_value_int64(argv[1]);
        const struct unit *unit;
        struct moment moment;
        int64_t more;

        if (sql_has_null(argc, argv))
                return;
        unit = find_unit(context, argv[0]);
        if (!unit || !read_moment(context, argv[2], &moment))
                return;
        if (__builtin_mul_overflow(number, unit->ms ? unit->ms : unit->months, &more) ||
            (unit->ms ? __builtin_add_overflow(moment.ms, more, &moment.ms)
                      : more > MONTHS_MAX || more < -MONTHS_MAX)) {
                sqlite3_result_error(context, "Timestamp is out of range", -1);
                return;
        }
        if (!unit->ms)
                moment.ms = add_months(moment.ms, more);
        give_moment(context, moment);
}

static int64_t months_between(int64_t from, int64_t to)
{
        struct tm a = parts_of(from), b = parts_of(to);
        int64_t months = (int64_t)(b.tm_year - a.tm_year) * 12 + b.tm_mon - a.tm_mon;

        if (months > 0 && add_months(from, months) > to)
                months--;
        else if (months < 0 && add_months(from, months) < to)
                months++;
        return months;
}

/* date_diff(unit, from, to): whole ones. */
static void between(sqlite3_context *context, int argc, sqlite3_value **argv)
{
        const struct unit *unit;
        struct moment from, to;

        if (sql_has_null(argc, argv))
                return;
        unit = find_unit(context, argv[0]);
        if (!unit || !read_moment(context, argv[1], &from) || !read_moment(context, argv[2], &to))
                return;
        sqlite3_result_int64(context, unit->ms ? (to.ms - from.ms) / unit->ms
                                               : months_between(from.ms, to.ms) / unit->months);
}

/* date_trunc(unit, moment) */
static void truncate_moment(sqlite3_context *context, int argc, sqlite3_value **argv)
{
        const struct unit *unit;
        struct moment moment;
        struct tm tm;

        if (sql_has_null(argc, argv))
                return;
        unit = find_unit(context, argv[0]);
        if (!unit || !read_moment(context, argv[1], &moment))
                return;
        if (unit->ms) { /* weeks begin on Mondays; 1970 began on a Thursday */
                int64_t shift = unit->ms == MS_WEEK ? 3 * MS_PER_DAY : 0;

                moment.ms = floor_to(moment.ms + shift, unit->ms) - shift;
        } else {
                tm = parts_of(moment.ms);
                moment.ms = floor_to(moment.ms, MS_PER_DAY) - (tm.tm_mday - 1) * MS_PER_DAY;
                moment.ms = add_months(moment.ms, -(tm.tm_mon % (int)unit->months));
        }
        give_moment(context, moment);
}

/* -- Made, and taken apart */

static void now(sqlite3_context *context, int argc, sqlite3_value **argv)
{
        const struct sql_world *world = sqlite3_user_data(context);

        (void)argc;
        (void)argv;
        give_moment(context, (struct moment){.ms = world->call->now_ms});
}

static void moment_of(sqlite3_context *context, int argc, sqlite3_value **argv)
{
        struct moment moment;

        if (!sql_has_null(argc, argv) && read_moment(context, argv[0], &moment))
                give_moment(context, (struct moment){.ms = moment.ms});
}

/* SQLite's own, of whatever arguments, would ask the machine's clock. */
static void date_of(sqlite3_context *context, int argc, sqlite3_value **argv)
{
        struct moment moment;

        if (argc != 1)
                sqlite3_result_error(context, "Unexpected parameters of date", -1);
        else if (!sql_has_null(argc, argv) && read_moment(context, argv[0], &moment))
                give_moment(context, (struct moment){.ms = moment.ms, .is_date = true});
}

static void from_seconds(sqlite3_context *context, int argc, sqlite3_value **argv)
{
        double seconds = sqlite3_value_double(argv[0]);

        if (sql_has_null(argc, argv))
                return;
        if (!(seconds > -1e11 && seconds < 1e12))
                sqlite3_result_error(context, "Timestamp is out of range", -1);
        else
                give_moment(context, (struct moment){.ms = (int64_t)(seconds * 1000)});
}

static void to_seconds(sqlite3_context *context, int argc, sqlite3_value **argv)
{
        struct moment moment;

        if (!sql_has_null(argc, argv) && read_moment(context, argv[0], &moment))
                sqlite3_result_double(context, (double)moment.ms / 1000);
}

struct part {
        const char *name;
        size_t at; /* of an int in a struct tm */
        int base;
};

static void give_part(sqlite3_context *context, int argc, sqlite3_value **argv)
{
        const struct part *part = sqlite3_user_data(context);
        struct moment moment;
        struct tm tm;
        int number;

        if (sql_has_null(argc, argv) || !read_moment(context, argv[0], &moment))
                return;
        tm = parts_of(moment.ms);
        memcpy(&number, (const char *)&tm + part->at, sizeof(number));
        /* "The value ranges from 1 (Monday) to 7 (Sunday)." */
        if (part->at == offsetof(struct tm, tm_wday) && number == 0)
                number = 7;
        sqlite3_result_int(context, number + part->base);
}

/* MySQL's letters, in strftime()'s words. 0: there is no such. */
static size_t write_letter(char letter, const struct tm *tm, char text[TEXT_MAX])
{
        switch (letter) {
        case 'Y':
                return strftime(text, TEXT_MAX, "%Y", tm);
        case 'm':
                return strftime(text, TEXT_MAX, "%m", tm);
        case 'c':
                return strftime(text, TEXT_MAX, "%-m", tm);
        case 'M':
                return strftime(text, TEXT_MAX, "%B", tm);
        case 'b':
                return strftime(text, TEXT_MAX, "%b", tm);
        case 'd':
                return strftime(text, TEXT_MAX, "%d", tm);
        case 'e':
                return strftime(text, TEXT_MAX, "%-d", tm);
        case 'j':
                return strftime(text, TEXT_MAX, "%j", tm);
        case 'W':
                return strftime(text, TEXT_MAX, "%A", tm);
        case 'a':
                return strftime(text, TEXT_MAX, "%a", tm);
        case 'H':
                return strftime(text, TEXT_MAX, "%H", tm);
        case 'k':
                return strftime(text, TEXT_MAX, "%-H", tm);
        case 'h':
        case 'I':
                return strftime(text, TEXT_MAX, "%I", tm);
        case 'i':
                return strftime(text, TEXT_MAX, "%M", tm);
        case 's':
        case 'S':
                return strftime(text, TEXT_MAX, "%S", tm);
        case 'p':
                return strftime(text, TEXT_MAX, "%p", tm);
        case 'T':
                return strftime(text, TEXT_MAX, "%T", tm);
        }
        return 0;
}

/* A letter that means nothing stands for itself. */
static void write_format(struct str format, int64_t ms, struct buf *out)
{
        struct tm tm = parts_of(ms);
        char text[TEXT_MAX];

        for (size_t i = 0; i < format.len; i++) {
                size_t len;

                if (format.ptr[i] == '%' && i + 1 < format.len)
                        i++;
                else {
                        buf_add_byte(out, format.ptr[i]);
                        continue;
                }
                len = write_letter(format.ptr[i], &tm, text);
                if (format.ptr[i] == 'f')
                        buf_addf(out, "%03d000", (int)(ms - floor_to(ms, MS_PER_S)));
                else if (len > 0)
                        buf_add_bytes(out, text, len);
                else
                        buf_add_byte(out, format.ptr[i]);
        }
}

/* date_format(moment, format) */
static void format(sqlite3_context *context, int argc, sqlite3_value **argv)
{
        _cleanup_(buf_done) struct buf out = {};
        struct moment moment;

        if (sql_has_null(argc, argv) || !read_moment(context, argv[0], &moment))
                return;
        buf_init(&out, SQL_BYTES_MAX);
        write_format(sql_text_of(argv[1]), moment.ms, &out);
        if (buf_check(&out) < 0)
                sqlite3_result_error_toobig(context);
        else
                sql_give(context, buf_str(&out));
}

/* -- All of them */

static int add_parts(sqlite3 *db)
{
        static struct part PARTS[] = {{"year", offsetof(struct tm, tm_year), 1900},
                                      {"month", offsetof(struct tm, tm_mon), 1},
                                      {"day", offsetof(struct tm, tm_mday), 0},
                                      {"day_of_month", offsetof(struct tm, tm_mday), 0},
                                      {"hour", offsetof(struct tm, tm_hour), 0},
                                      {"minute", offsetof(struct tm, tm_min), 0},
                                      {"second", offsetof(struct tm, tm_sec), 0},
                                      {"day_of_week", offsetof(struct tm, tm_wday), 0},
                                      {"dow", offsetof(struct tm, tm_wday), 0},
                                      {"day_of_year", offsetof(struct tm, tm_yday), 1},
                                      {"doy", offsetof(struct tm, tm_yday), 1}};

        for (size_t i = 0; i < ARRAY_LEN(PARTS); i++)
                if (sqlite3_create_function(db, PARTS[i].name, 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                                            &PARTS[i], give_part, NULL, NULL) != SQLITE_OK)
                        return -ENOMEM;
        return 0;
}

int sql_add_moment_functions(sqlite3 *db, struct sql_world *world)
{
        static const struct {
                const char *name;
                int count;
                void (*run)(sqlite3_context *context, int argc, sqlite3_value **argv);
        } FUNCTIONS[] = {
                {"now", 0, now},
                {"from_iso8601_timestamp", 1, moment_of},
                {"from_unixtime", 1, from_seconds},
                {"to_unixtime", 1, to_seconds},
                {"date", -1, date_of},
                {"date_add", 3, add_time},
                {"date_diff", 3, between},
                {"date_trunc", 2, truncate_moment},
                {"date_format", 2, format},
        };

        for (size_t i = 0; i < ARRAY_LEN(FUNCTIONS); i++)
                if (sqlite3_create_function(db, FUNCTIONS[i].name, FUNCTIONS[i].count, SQLITE_UTF8, world,
                                            FUNCTIONS[i].run, NULL, NULL) != SQLITE_OK)
                        return -ENOMEM;
        if (sqlite3_create_collation(db, "merlon_moment", SQLITE_UTF8, NULL, compare_moments) != SQLITE_OK)
                return -ENOMEM;
        return add_parts(db);
}
