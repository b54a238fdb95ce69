/* Functions of Trino's that SQLite has not, or has otherwise. */
#include "services/cloudtrail/sql.h"

#include "base/clock.h"

struct str sql_text_of(sqlite3_value *value)
{
        const char *text = (const char *)sqlite3_value_text(value);

        return text ? str_make(text, (size_t)sqlite3_value_bytes(value)) : STR("");
}

bool sql_has_null(int argc, sqlite3_value **argv)
{
        for (int i = 0; i < argc; i++)
                if (sqlite3_value_type(argv[i]) == SQLITE_NULL)
                        return true;
        return false;
}

void sql_give(sqlite3_context *context, struct str text)
{
        sqlite3_result_text64(context, text.ptr, text.len, SQLITE_TRANSIENT, SQLITE_UTF8);
}

/* -- Texts */

static void concat(sqlite3_context *context, int argc, sqlite3_value **argv)
{
        _cleanup_(buf_done) struct buf text = {};

        if (sql_has_null(argc, argv))
                return;
        buf_init(&text, SQL_BYTES_MAX);
        for (int i = 0; i < argc; i++)
                buf_add(&text, sql_text_of(argv[i]));
        if (buf_check(&text) < 0)
                sqlite3_result_error_nomem(context);
        else
                sql_give(context, buf_str(&text));
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
        struct str rest = sql_text_of(argv[0]), wanted = sql_text_of(argv[1]), other = sql_text_of(argv[2]);
        _cleanup_(buf_done) struct buf text = {};
        ptrdiff_t at;

        if (sql_has_null(argc, argv) || sql_is_late(context))
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
                sql_give(context, buf_str(&text));
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
        struct str escape = argc > 2 ? sql_text_of(argv[2]) : STR("");
        int r;

        if (sql_has_null(argc, argv))
                return;
        if (argc > 2 && escape.len != 1) {
                sqlite3_result_error(context, "Escape string must be a single character", -1);
                return;
        }
        r = sql_like(context, sql_text_of(argv[0]), sql_text_of(argv[1]), escape);
        if (r >= 0)
                sqlite3_result_int(context, r);
}

static void strpos(sqlite3_context *context, int argc, sqlite3_value **argv)
{
        if (!sql_has_null(argc, argv))
                sqlite3_result_int64(context, str_find(sql_text_of(argv[0]), sql_text_of(argv[1])) + 1);
}

static void starts_with(sqlite3_context *context, int argc, sqlite3_value **argv)
{
        if (!sql_has_null(argc, argv))
                sqlite3_result_int(context, str_starts(sql_text_of(argv[0]), sql_text_of(argv[1])));
}

static void split_part(sqlite3_context *context, int argc, sqlite3_value **argv)
{
        struct str rest = sql_text_of(argv[0]), separator = sql_text_of(argv[1]);
        sqlite3_int64 wanted = sqlite3_value_int64(argv[2]);
        ptrdiff_t at = 0;

        if (sql_has_null(argc, argv))
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
        sql_give(context, at < 0 ? rest : str_part(rest, 0, (size_t)at));
}

int sql_compare(sqlite3_value *a, sqlite3_value *b)
{
        double x, y;

        if (sqlite3_value_type(a) == SQLITE_TEXT || sqlite3_value_type(b) == SQLITE_TEXT)
                return str_cmp(sql_text_of(a), sql_text_of(b));
        x = sqlite3_value_double(a);
        y = sqlite3_value_double(b);
        return x < y ? -1 : x > y;
}

static void choose(sqlite3_context *context, int argc, sqlite3_value **argv, int sign)
{
        sqlite3_value *best = argc ? argv[0] : NULL;

        if (argc == 0 || sql_has_null(argc, argv))
                return;
        for (int i = 1; i < argc; i++)
                if (sign * sql_compare(argv[i], best) > 0)
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

int sql_add_functions(sqlite3 *db, struct sql_world *world)
{
        static const struct {
                const char *name;
                int count;
                void (*run)(sqlite3_context *context, int argc, sqlite3_value **argv);
        } FUNCTIONS[] = {
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
        TRY(sql_add_moment_functions(db, world));
        TRY(sql_add_aggregates(db));
        return sql_add_json_functions(db);
}
