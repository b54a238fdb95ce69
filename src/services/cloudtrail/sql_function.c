/* Functions of Trino's that SQLite has not, or has otherwise; moments. */
#include "services/cloudtrail/sql.h"

#include "base/clock.h"

static struct str text_of(sqlite3_value *value)
{
        const char *text = (const char *)sqlite3_value_text(value);

        return text ? str_make(text, (size_t)sqlite3_value_bytes(value)) : STR_NONE;
}

static bool has_null(int argc, sqlite3_value **argv)
{
        for (int i = 0; i < argc; i++)
                if (sqlite3_value_type(argv[i]) == SQLITE_NULL)
                        return true;
        return false;
}

static void give(sqlite3_context *context, struct str text)
{
        sqlite3_result_text64(context, text.ptr, text.len, SQLITE_TRANSIENT, SQLITE_UTF8);
}

/* -- Moments */

int sql_moment(struct str text, char ret[SQL_MOMENT_LEN])
{
        static const char FORM[] = "dddd-dd-dd dd:dd:dd.ddd";
        static const char NONE[] = "0000-00-00 00:00:00.000";

        memcpy(ret, NONE, SQL_MOMENT_LEN);
        if (str_ends(text, STR("Z")))
                text = str_part(text, 0, text.len - 1);
        else if (str_ends(text, STR(" UTC")))
                text = str_part(text, 0, text.len - 4);
        if (text.len != 10 && text.len != 16 && text.len != 19 && text.len != SQL_MOMENT_LEN)
                return -EINVAL;
        for (size_t i = 0; i < text.len; i++) {
                bool is_digit = text.ptr[i] >= '0' && text.ptr[i] <= '9';

                if (FORM[i] == 'd' ? !is_digit : text.ptr[i] != FORM[i] && !(i == 10 && text.ptr[i] == 'T'))
                        return -EINVAL;
                ret[i] = i == 10 ? ' ' : text.ptr[i];
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

static void now(sqlite3_context *context, int argc, sqlite3_value **argv)
{
        const struct sql_world *world = sqlite3_user_data(context);
        char moment[SQL_MOMENT_LEN];

        (void)argc;
        (void)argv;
        if (sql_moment(time_iso_ms(&world->call->arena, world->call->now_ms), moment) == 0)
                give(context, str_make(moment, SQL_MOMENT_LEN));
}

static void moment_of(sqlite3_context *context, int argc, sqlite3_value **argv)
{
        char moment[SQL_MOMENT_LEN];

        if (has_null(argc, argv))
                return;
        if (sql_moment(text_of(argv[0]), moment) < 0)
                sqlite3_result_error(context, "Invalid timestamp", -1);
        else
                give(context, str_make(moment, SQL_MOMENT_LEN));
}

/* date_trunc(unit, moment) */
static void truncate_moment(sqlite3_context *context, int argc, sqlite3_value **argv)
{
        static const struct {
                const char *unit;
                size_t kept;
        } UNITS[] = {{"second", 19}, {"minute", 16}, {"hour", 13}, {"day", 10}, {"month", 7}, {"year", 4}};
        static const char FIRST[] = "0000-01-01 00:00:00.000";
        char moment[SQL_MOMENT_LEN];

        if (has_null(argc, argv))
                return;
        for (size_t i = 0; i < ARRAY_LEN(UNITS); i++) {
                if (!str_eq_nocase(text_of(argv[0]), str_of(UNITS[i].unit)) ||
                    sql_moment(text_of(argv[1]), moment) < 0)
                        continue;
                memcpy(moment + UNITS[i].kept, FIRST + UNITS[i].kept, SQL_MOMENT_LEN - UNITS[i].kept);
                give(context, str_make(moment, SQL_MOMENT_LEN));
                return;
        }
        sqlite3_result_error(context, "Invalid unit or timestamp of date_trunc", -1);
}

/* "2026-01-31": a date is shown without a time, and compared as its midnight. */
static void date_of(sqlite3_context *context, int argc, sqlite3_value **argv)
{
        char moment[SQL_MOMENT_LEN];

        if (has_null(argc, argv))
                return;
        if (sql_moment(text_of(argv[0]), moment) < 0)
                sqlite3_result_error(context, "Invalid timestamp", -1);
        else
                give(context, str_make(moment, 10));
}

struct part {
        size_t at, len;
};

static void give_part(sqlite3_context *context, int argc, sqlite3_value **argv)
{
        const struct part *part = sqlite3_user_data(context);
        char moment[SQL_MOMENT_LEN];
        int64_t number = 0;

        if (has_null(argc, argv))
                return;
        if (sql_moment(text_of(argv[0]), moment) < 0 ||
            str_to_i64(str_make(moment + part->at, part->len), &number) < 0)
                sqlite3_result_error(context, "Invalid timestamp", -1);
        else
                sqlite3_result_int64(context, number);
}

/* -- Texts */

static void concat(sqlite3_context *context, int argc, sqlite3_value **argv)
{
        _cleanup_(buf_done) struct buf text = {};

        if (has_null(argc, argv))
                return;
        buf_init(&text, SQL_BYTES_MAX);
        for (int i = 0; i < argc; i++)
                buf_add(&text, text_of(argv[i]));
        if (buf_check(&text) < 0)
                sqlite3_result_error_nomem(context);
        else
                give(context, buf_str(&text));
}

bool sql_is_late(sqlite3_context *context)
{
        const struct sql_world *world = sqlite3_user_data(context);

        if (clock_monotonic_ns() <= world->deadline_ns)
                return false;
        sqlite3_result_error_code(context, SQLITE_INTERRUPT);
        return true;
}

/* SQLite's own takes the square of the time. */
static void replace(sqlite3_context *context, int argc, sqlite3_value **argv)
{
        struct str rest = text_of(argv[0]), wanted = text_of(argv[1]), other = text_of(argv[2]);
        _cleanup_(buf_done) struct buf text = {};
        ptrdiff_t at;

        if (has_null(argc, argv) || sql_is_late(context))
                return;
        buf_init(&text, SQL_BYTES_MAX);
        while (wanted.len && !text.failed && (at = str_find(rest, wanted)) >= 0) {
                buf_add(&text, str_part(rest, 0, (size_t)at));
                buf_add(&text, other);
                rest = str_from(rest, (size_t)at + wanted.len);
        }
        buf_add(&text, rest);
        if (buf_check(&text) < 0)
                sqlite3_result_error_toobig(context);
        else
                give(context, buf_str(&text));
}

/* "trim(string)": with a set of characters it is another function, which Trino has not. */
static void refuse_set(sqlite3_context *context, int argc, sqlite3_value **argv)
{
        (void)argc;
        (void)argv;
        sqlite3_result_error(context, "Unexpected parameters of trim", -1);
}

static void like(sqlite3_context *context, int argc, sqlite3_value **argv)
{
        struct str escape = argc > 2 ? text_of(argv[2]) : STR("");
        int r;

        if (has_null(argc, argv))
                return;
        if (argc > 2 && escape.len != 1) {
                sqlite3_result_error(context, "Escape string must be a single character", -1);
                return;
        }
        r = sql_like(context, text_of(argv[0]), text_of(argv[1]), escape);
        if (r >= 0)
                sqlite3_result_int(context, r);
}

static void strpos(sqlite3_context *context, int argc, sqlite3_value **argv)
{
        if (!has_null(argc, argv))
                sqlite3_result_int64(context, str_find(text_of(argv[0]), text_of(argv[1])) + 1);
}

static void starts_with(sqlite3_context *context, int argc, sqlite3_value **argv)
{
        if (!has_null(argc, argv))
                sqlite3_result_int(context, str_starts(text_of(argv[0]), text_of(argv[1])));
}

static void split_part(sqlite3_context *context, int argc, sqlite3_value **argv)
{
        struct str rest = text_of(argv[0]), separator = text_of(argv[1]);
        sqlite3_int64 wanted = sqlite3_value_int64(argv[2]);
        ptrdiff_t at = 0;

        if (has_null(argc, argv))
                return;
        if (wanted < 1 || separator.len == 0) {
                sqlite3_result_error(context, "Invalid argument of split_part", -1);
                return;
        }
        while (--wanted > 0 && (at = str_find(rest, separator)) >= 0)
                rest = str_from(rest, (size_t)at + separator.len);
        if (at < 0)
                return;
        at = str_find(rest, separator);
        give(context, at < 0 ? rest : str_part(rest, 0, (size_t)at));
}

static int compare(sqlite3_value *a, sqlite3_value *b)
{
        double x, y;

        if (sqlite3_value_type(a) == SQLITE_TEXT || sqlite3_value_type(b) == SQLITE_TEXT)
                return str_cmp(text_of(a), text_of(b));
        x = sqlite3_value_double(a);
        y = sqlite3_value_double(b);
        return x < y ? -1 : x > y;
}

static void choose(sqlite3_context *context, int argc, sqlite3_value **argv, int sign)
{
        sqlite3_value *best = argc ? argv[0] : NULL;

        if (argc == 0 || has_null(argc, argv))
                return;
        for (int i = 1; i < argc; i++)
                if (sign * compare(argv[i], best) > 0)
                        best = argv[i];
        sqlite3_result_value(context, best);
}

static void greatest(sqlite3_context *context, int argc, sqlite3_value **argv)
{
        choose(context, argc, argv, 1);
}

static void least(sqlite3_context *context, int argc, sqlite3_value **argv)
{
        choose(context, argc, argv, -1);
}

/* -- All of them */

static int add_parts(sqlite3 *db)
{
        static struct {
                const char *name;
                struct part part;
        } PARTS[] = {
                {"year", {0, 4}}, {"month", {5, 2}}, {"day", {8, 2}}, {"hour", {11, 2}}, {"minute", {14, 2}}};

        for (size_t i = 0; i < ARRAY_LEN(PARTS); i++)
                if (sqlite3_create_function(db, PARTS[i].name, 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                                            &PARTS[i].part, give_part, NULL, NULL) != SQLITE_OK)
                        return -ENOMEM;
        return 0;
}

int sql_add_functions(sqlite3 *db, struct sql_world *world)
{
        static const struct {
                const char *name;
                int count;
                void (*run)(sqlite3_context *context, int argc, sqlite3_value **argv);
        } FUNCTIONS[] = {
                {"now", 0, now},
                {"from_iso8601_timestamp", 1, moment_of},
                {"date_trunc", 2, truncate_moment},
                {"date", 1, date_of},
                {"concat", -1, concat},
                {"replace", 3, replace},
                {"trim", 2, refuse_set},
                {"ltrim", 2, refuse_set},
                {"rtrim", 2, refuse_set},
                {"like", 2, like},
                {"like", 3, like},
                {"strpos", 2, strpos},
                {"starts_with", 2, starts_with},
                {"split_part", 3, split_part},
                {"greatest", -1, greatest},
                {"least", -1, least},
        };

        for (size_t i = 0; i < ARRAY_LEN(FUNCTIONS); i++)
                if (sqlite3_create_function(db, FUNCTIONS[i].name, FUNCTIONS[i].count, SQLITE_UTF8, world,
                                            FUNCTIONS[i].run, NULL, NULL) != SQLITE_OK)
                        return -ENOMEM;
        if (sqlite3_create_collation(db, "merlon_moment", SQLITE_UTF8, NULL, compare_moments) != SQLITE_OK)
                return -ENOMEM;
        TRY(add_parts(db));
        return sql_add_json_functions(db);
}
