/* One statement in a database of its own, in memory: it may read its tables and call functions, and nothing
 * else; it ends when it has taken too long. */
#include "services/cloudtrail/sql.h"

#include "base/clock.h"

#define TIME_MS    5000
#define STEPS      1000                         /* between looks at the clock */
#define HEAP_MAX   ((int64_t)128 * 1024 * 1024) /* of all that runs at a time */
#define NAME_WORDS STR("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")

/* -- The database */

/* No columns, of what is read for its rows alone: that may be a part of the statement. */
static bool may_read(const struct sql_world *world, struct str table, struct str column)
{
        for (size_t i = 0; i < world->table_count; i++)
                if (str_eq(world->tables[i].id, table))
                        return true;
        return column.len == 0 && !str_starts_nocase(table, STR("sqlite_"));
}

static int authorise(void *arg, int action, const char *a, const char *b, const char *c, const char *d)
{
        (void)c;
        (void)d;
        if (action == SQLITE_SELECT)
                return SQLITE_OK;
        if (action == SQLITE_READ && a && b && may_read(arg, str_of(a), str_of(b)))
                return SQLITE_OK;
        if (action == SQLITE_FUNCTION && b &&
            (sql_is_function(str_of(b)) || str_eq(str_of(b), STR("merlon_member")) ||
             str_eq(str_of(b), STR("like"))))
                return SQLITE_OK;
        return SQLITE_DENY;
}

static int is_late(void *arg)
{
        const struct sql_world *world = arg;

        return clock_monotonic_ns() > world->deadline_ns || *world->call->host->is_stopping;
}

static void limit(sqlite3 *db)
{
        static const int LIMITS[][2] = {
                {SQLITE_LIMIT_LENGTH, 1024 * 1024}, /* events of earlier builds are of half of that */
                {SQLITE_LIMIT_SQL_LENGTH, 256 * 1024},    {SQLITE_LIMIT_COLUMN, 200},
                {SQLITE_LIMIT_EXPR_DEPTH, 100},           {SQLITE_LIMIT_COMPOUND_SELECT, 20},
                {SQLITE_LIMIT_FUNCTION_ARG, 32},          {SQLITE_LIMIT_ATTACHED, 0},
                {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000}, {SQLITE_LIMIT_VARIABLE_NUMBER, 0},
                {SQLITE_LIMIT_TRIGGER_DEPTH, 0},          {SQLITE_LIMIT_WORKER_THREADS, 0},
                {SQLITE_LIMIT_VDBE_OP, 100000},
        };

        for (size_t i = 0; i < ARRAY_LEN(LIMITS); i++)
                sqlite3_limit(db, LIMITS[i][0], LIMITS[i][1]);
}

static int open_database(struct sql_world *world, sqlite3 **ret)
{
        (void)sqlite3_hard_heap_limit64(HEAP_MAX);
        if (sqlite3_open_v2(":memory:", ret, SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX,
                            NULL) != SQLITE_OK)
                return -ENOMEM;
        (void)sqlite3_db_config(*ret, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
        (void)sqlite3_db_config(*ret, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
        if (sqlite3_exec(*ret, "PRAGMA temp_store = MEMORY", NULL, NULL, NULL) != SQLITE_OK)
                return -ENOMEM;
        TRY(sql_add_functions(*ret, world));
        TRY(sql_add_tables(*ret, world));
        limit(*ret);
        sqlite3_set_authorizer(*ret, authorise, world);
        world->deadline_ns = clock_monotonic_ns() + TIME_MS * INT64_C(1000000);
        sqlite3_progress_handler(*ret, STEPS, is_late, world);
        return 0;
}

static void close_database(sqlite3 **db)
{
        sqlite3_close_v2(*db);
        *db = NULL;
}

static void finalize(sqlite3_stmt **statement)
{
        sqlite3_finalize(*statement);
        *statement = NULL;
}

/* In its words, which tell nothing that the statement does not say. */
static struct str reason_of(struct call *call, sqlite3 *db)
{
        return arena_dup(&call->arena, str_part(str_of(sqlite3_errmsg(db)), 0, 500));
}

static int prepare(struct sql_world *world, const struct sql_plan *plan, sqlite3 *db, sqlite3_stmt **ret,
                   struct str *ret_reason)
{
        const char *rest = NULL;

        if (sqlite3_prepare_v2(db, plan->text.ptr, (int)plan->text.len, ret, &rest) != SQLITE_OK) {
                *ret_reason = reason_of(world->call, db);
                return -EINVAL;
        }
        if (!*ret || rest != plan->text.ptr + plan->text.len || !sqlite3_stmt_readonly(*ret)) {
                *ret_reason = STR("Only SELECT statements are allowed.");
                return -EINVAL;
        }
        return 0;
}

static struct sql_world world_of(struct call *call, const struct sql_plan *plan,
                                 const struct sql_table *tables)
{
        return (struct sql_world){.call = call, .tables = tables, .table_count = plan->store_count};
}

int sql_check(struct call *call, const struct sql_plan *plan, const struct sql_table *tables,
              struct str *ret_reason)
{
        struct sql_world world = world_of(call, plan, tables);
        _cleanup_(close_database) sqlite3 *db = NULL;
        _cleanup_(finalize) sqlite3_stmt *statement = NULL;

        TRY(open_database(&world, &db));
        return prepare(&world, plan, db, &statement, ret_reason);
}

/* -- What comes of it */

static bool is_name(struct str text)
{
        for (size_t i = 0; i < text.len; i++)
                if (!str_has_byte(NAME_WORDS, text.ptr[i]))
                        return false;
        return text.len > 0;
}

/* A column's own; of a member its last name, and of an expression "_col1", as in Trino. */
static struct str name_of(struct call *call, sqlite3_stmt *statement, int number)
{
        struct str text = arena_dup(&call->arena, str_of(sqlite3_column_name(statement, number)));
        ptrdiff_t from = str_find_last_byte(text, '\'');

        if (is_name(text))
                return text;
        if (str_starts(text, STR("merlon_member(")) && from > 0 && (size_t)from + 2 == text.len) {
                text = str_part(text, 0, (size_t)from);
                text = str_from(text, (size_t)(str_find_last_byte(text, '\'') + 1));
                if (is_name(text))
                        return text;
        }
        return arena_printf(&call->arena, "_col%d", number);
}

static int list_names(struct call *call, sqlite3_stmt *statement, struct str_list *ret)
{
        int count = sqlite3_column_count(statement);

        ret->items = arena_new_array(&call->arena, struct str, (size_t)count + 1);
        if (!ret->items)
                return -ENOMEM;
        for (int i = 0; i < count; i++)
                ret->items[i] = name_of(call, statement, i);
        ret->count = (size_t)count;
        ret->is_set = true;
        return 0;
}

static struct str value_of(struct call *call, sqlite3_stmt *statement, int number)
{
        const char *type = sqlite3_column_decltype(statement, number);
        const char *text = (const char *)sqlite3_column_text(statement, number);

        if (!text)
                return STR("");
        if (type && str_eq(str_of(type), STR("BOOLEAN")))
                return sqlite3_column_int(statement, number) ? STR("true") : STR("false");
        return arena_dup(&call->arena, str_make(text, (size_t)sqlite3_column_bytes(statement, number)));
}

/* -ENOSPC: that is too much. */
static int keep_row(struct call *call, sqlite3_stmt *statement, struct sql_result *result)
{
        struct str_list *values = &result->rows[result->count].values;
        size_t *bytes = &result->kept;

        *bytes += result->names.count * sizeof(struct str);
        for (size_t i = 0; i < result->names.count; i++) /* which are stored with each */
                *bytes += result->names.items[i].len;
        if (result->count == SQL_ROWS_MAX || *bytes > SQL_BYTES_MAX)
                return -ENOSPC;
        *values =
                (struct str_list){.items = arena_new_array(&call->arena, struct str, result->names.count + 1),
                                  .count = result->names.count,
                                  .is_set = true};
        if (!values->items)
                return -ENOMEM;
        for (size_t i = 0; i < values->count; i++) {
                if (*bytes + (size_t)sqlite3_column_bytes(statement, (int)i) > SQL_BYTES_MAX)
                        return -ENOSPC;
                values->items[i] = value_of(call, statement, (int)i);
                *bytes += values->items[i].len;
        }
        result->count++;
        return 0;
}

static int step_all(struct sql_world *world, sqlite3 *db, sqlite3_stmt *statement, struct sql_result *result)
{
        int step, r = 0;

        while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
                r = keep_row(world->call, statement, result);
                if (r < 0)
                        break;
        }
        if (step == SQLITE_INTERRUPT && *world->call->host->is_stopping)
                return -ESHUTDOWN;
        if (world->has_failed || r == -ENOMEM)
                return -EIO;
        if (r == -ENOSPC)
                result->reason =
                        arena_printf(&world->call->arena, "The result has more than %d rows, or %zu bytes.",
                                     SQL_ROWS_MAX, SQL_BYTES_MAX);
        else if (step == SQLITE_INTERRUPT)
                result->timed_out = true;
        else if (step != SQLITE_DONE)
                result->reason = reason_of(world->call, db);
        return 0;
}

static int run(struct sql_world *world, const struct sql_plan *plan, struct sql_result *result)
{
        _cleanup_(close_database) sqlite3 *db = NULL;
        _cleanup_(finalize) sqlite3_stmt *statement = NULL;
        int r;

        TRY(open_database(world, &db));
        r = prepare(world, plan, db, &statement, &result->reason);
        if (r < 0)
                return r == -EINVAL ? 0 : r;
        TRY(list_names(world->call, statement, &result->names));
        result->rows = arena_new_array(&world->call->arena, struct sql_row, SQL_ROWS_MAX + 1);
        return result->rows ? step_all(world, db, statement, result) : -ENOMEM;
}

int sql_run(struct call *call, const struct sql_plan *plan, const struct sql_table *tables,
            struct sql_result *ret)
{
        struct sql_world world = world_of(call, plan, tables);
        int64_t begin_ns = clock_monotonic_ns();

        *ret = (struct sql_result){};
        TRY(run(&world, plan, ret));
        if (str_is_set(ret->reason) || ret->timed_out)
                ret->count = ret->kept = 0;
        ret->events = world.events;
        ret->bytes = world.bytes;
        ret->took_ms = (clock_monotonic_ns() - begin_ns) / 1000000;
        return 0;
}
