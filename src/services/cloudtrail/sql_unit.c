/* Moments some units of time further, apart, and at the beginning of one.
 * https://trino.io/docs/current/functions/datetime.html#interval-functions */
#include "services/cloudtrail/sql.h"

#include <time.h>

#include "base/clock.h"

#define MS_WEEK    (7 * MS_PER_DAY)
#define YEARS_MAX  INT64_C(10000) /* further than that nothing is told */
#define MONTHS_MAX (12 * YEARS_MAX)
#define MS_MAX     (366 * MS_PER_DAY * YEARS_MAX)

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
        struct tm tm = sql_parts_of(ms);
        int64_t all = (int64_t)(tm.tm_year + 1900) * 12 + tm.tm_mon + months;
        int64_t rest = ms - sql_floor_to(ms, MS_PER_S);
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
        struct sql_time moment;
        int64_t more, most;

        if (sql_has_null(argc, argv))
                return;
        unit = find_unit(context, argv[0]);
        if (!unit || !sql_read_time(context, argv[2], &moment))
                return;
        most = unit->ms ? MS_MAX : MONTHS_MAX;
        if (__builtin_mul_overflow(number, unit->ms ? unit->ms : unit->months, &more) || more > most ||
            more < -most) {
                sqlite3_result_error(context, "Timestamp is out of range", -1);
                return;
        }
        moment.ms = unit->ms ? moment.ms + more : add_months(moment.ms, more);
        sql_give_time(context, moment);
}

static int64_t months_between(int64_t from, int64_t to)
{
        struct tm a = sql_parts_of(from), b = sql_parts_of(to);
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
        struct sql_time from, to;

        if (sql_has_null(argc, argv))
                return;
        unit = find_unit(context, argv[0]);
        if (!unit || !sql_read_time(context, argv[1], &from) || !sql_read_time(context, argv[2], &to))
                return;
        sqlite3_result_int64(context, unit->ms ? (to.ms - from.ms) / unit->ms
                                               : months_between(from.ms, to.ms) / unit->months);
}

/* date_trunc(unit, moment) */
static void truncate_moment(sqlite3_context *context, int argc, sqlite3_value **argv)
{
        const struct unit *unit;
        struct sql_time moment;
        struct tm tm;

        if (sql_has_null(argc, argv))
                return;
        unit = find_unit(context, argv[0]);
        if (!unit || !sql_read_time(context, argv[1], &moment))
                return;
        if (unit->ms) { /* weeks begin on Mondays; 1970 began on a Thursday */
                int64_t shift = unit->ms == MS_WEEK ? 3 * MS_PER_DAY : 0;

                moment.ms = sql_floor_to(moment.ms + shift, unit->ms) - shift;
        } else {
                tm = sql_parts_of(moment.ms);
                moment.ms = sql_floor_to(moment.ms, MS_PER_DAY) - (tm.tm_mday - 1) * MS_PER_DAY;
                moment.ms = add_months(moment.ms, -(tm.tm_mon % (int)unit->months));
        }
        sql_give_time(context, moment);
}

/* -- All of them */

int sql_add_unit_functions(sqlite3 *db)
{
        static const struct {
                const char *name;
                int count;
                void (*run)(sqlite3_context *context, int argc, sqlite3_value **argv);
        } FUNCTIONS[] = {
                {"date_add", 3, add_time}, {"date_diff", 3, between}, {"date_trunc", 2, truncate_moment}};

        for (size_t i = 0; i < ARRAY_LEN(FUNCTIONS); i++)
                if (sqlite3_create_function(db, FUNCTIONS[i].name, FUNCTIONS[i].count,
                                            SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, FUNCTIONS[i].run, NULL,
                                            NULL) != SQLITE_OK)
                        return -ENOMEM;
        return 0;
}
