/* Moments and dates, in UTC: texts, in the order of their times. What a moment is compared with is read as
 * one. All of them are told by the one clock: SQLite's own functions of time are nowhere within reach.
 * https://trino.io/docs/current/functions/datetime.html */
#include "services/cloudtrail/sql.h"

#include <time.h>

#include "base/clock.h"

#define DATE_LEN 10
#define TEXT_MAX 64

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

bool sql_read_time(sqlite3_context *context, sqlite3_value *value, struct sql_time *ret)
{
        struct str text = sql_text_of(value);
        char moment[SQL_MOMENT_LEN + 1];

        *ret = (struct sql_time){.is_date = text.len == DATE_LEN};
        if (sql_moment(text, moment) == 0) {
                moment[DATE_LEN] = 'T';
                moment[SQL_MOMENT_LEN] = 'Z';
                if (time_parse_iso(str_make(moment, sizeof(moment)), &ret->ms) == 0)
                        return true;
        }
        sqlite3_result_error(context, "Invalid timestamp", -1);
        return false;
}

int64_t sql_floor_to(int64_t ms, int64_t unit)
{
        return ms - ((ms % unit) + unit) % unit;
}

struct tm sql_parts_of(int64_t ms)
{
        time_t seconds = (time_t)(sql_floor_to(ms, MS_PER_S) / MS_PER_S);
        struct tm tm = {};

        (void)gmtime_r(&seconds, &tm);
        return tm;
}

void sql_give_time(sqlite3_context *context, struct sql_time moment)
{
        struct tm tm = sql_parts_of(moment.ms);
        char text[TEXT_MAX];

        if (tm.tm_year < -1899 || tm.tm_year > 8099) {
                sqlite3_result_error(context, "Timestamp is out of range", -1);
                return;
        }
        (void)snprintf(text, sizeof(text), "%04d-%02d-%02d %02d:%02d:%02d.%03d", tm.tm_year + 1900,
                       tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
                       (int)(moment.ms - sql_floor_to(moment.ms, MS_PER_S)));
        sql_give(context, str_make(text, moment.is_date ? DATE_LEN : SQL_MOMENT_LEN));
}

/* -- Made, and taken apart */

static void now(sqlite3_context *context, int argc, sqlite3_value **argv)
{
        const struct sql_world *world = sqlite3_user_data(context);

        (void)argc;
        (void)argv;
        sql_give_time(context, (struct sql_time){.ms = world->call->now_ms});
}

static void moment_of(sqlite3_context *context, int argc, sqlite3_value **argv)
{
        struct sql_time moment;

        if (!sql_has_null(argc, argv) && sql_read_time(context, argv[0], &moment))
                sql_give_time(context, (struct sql_time){.ms = moment.ms});
}

/* SQLite's own, of whatever arguments, would ask the machine's clock. */
static void date_of(sqlite3_context *context, int argc, sqlite3_value **argv)
{
        struct sql_time moment;

        if (argc != 1)
                sqlite3_result_error(context, "Unexpected parameters of date", -1);
        else if (!sql_has_null(argc, argv) && sql_read_time(context, argv[0], &moment))
                sql_give_time(context, (struct sql_time){.ms = moment.ms, .is_date = true});
}

static void from_seconds(sqlite3_context *context, int argc, sqlite3_value **argv)
{
        double seconds = sqlite3_value_double(argv[0]);

        if (sql_has_null(argc, argv))
                return;
        if (!(seconds > -1e11 && seconds < 1e12))
                sqlite3_result_error(context, "Timestamp is out of range", -1);
        else
                sql_give_time(context, (struct sql_time){.ms = (int64_t)(seconds * 1000)});
}

static void to_seconds(sqlite3_context *context, int argc, sqlite3_value **argv)
{
        struct sql_time moment;

        if (!sql_has_null(argc, argv) && sql_read_time(context, argv[0], &moment))
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
        struct sql_time moment;
        struct tm tm;
        int number;

        if (sql_has_null(argc, argv) || !sql_read_time(context, argv[0], &moment))
                return;
        tm = sql_parts_of(moment.ms);
        memcpy(&number, (const char *)&tm + part->at, sizeof(number));
        /* "The value ranges from 1 (Monday) to 7 (Sunday)." */
        if (part->at == offsetof(struct tm, tm_wday) && number == 0)
                number = 7;
        sqlite3_result_int(context, number + part->base);
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
        };

        for (size_t i = 0; i < ARRAY_LEN(FUNCTIONS); i++)
                if (sqlite3_create_function(db, FUNCTIONS[i].name, FUNCTIONS[i].count, SQLITE_UTF8, world,
                                            FUNCTIONS[i].run, NULL, NULL) != SQLITE_OK)
                        return -ENOMEM;
        if (sqlite3_create_collation(db, "merlon_moment", SQLITE_UTF8, NULL, compare_moments) != SQLITE_OK)
                return -ENOMEM;
        TRY(add_parts(db));
        TRY(sql_add_unit_functions(db));
        return sql_add_format_function(db);
}
