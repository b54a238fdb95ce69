/* Aggregates of Trino's that SQLite has not.
 * https://trino.io/docs/current/functions/aggregate.html */
#include "services/cloudtrail/sql.h"

/* What there is of a group. All zero at first. */
struct chosen {
        sqlite3_value *value, *by;
        sqlite3_int64 count;
};

static void choose(sqlite3_context *context, struct chosen *chosen, sqlite3_value *value, sqlite3_value *by)
{
        sqlite3_value_free(chosen->value);
        sqlite3_value_free(chosen->by);
        chosen->value = sqlite3_value_dup(value);
        chosen->by = by ? sqlite3_value_dup(by) : NULL;
        if (!chosen->value || (by && !chosen->by))
                sqlite3_result_error_nomem(context);
}

static struct chosen *chosen_of(sqlite3_context *context)
{
        struct chosen *chosen = sqlite3_aggregate_context(context, sizeof(*chosen));

        if (!chosen)
                sqlite3_result_error_nomem(context);
        return chosen;
}

/* The first that is not null. */
static void take_any(sqlite3_context *context, int argc, sqlite3_value **argv)
{
        struct chosen *chosen = chosen_of(context);

        (void)argc;
        if (chosen && !chosen->value && sqlite3_value_type(argv[0]) != SQLITE_NULL)
                choose(context, chosen, argv[0], NULL);
}

static void take_by(sqlite3_context *context, sqlite3_value **argv, int sign)
{
        struct chosen *chosen = chosen_of(context);

        if (chosen && sqlite3_value_type(argv[1]) != SQLITE_NULL &&
            (!chosen->by || sign * sql_compare(argv[1], chosen->by) > 0))
                choose(context, chosen, argv[0], argv[1]);
}

static void take_max_by(sqlite3_context *context, int argc, sqlite3_value **argv)
{
        (void)argc;
        take_by(context, argv, 1);
}

static void take_min_by(sqlite3_context *context, int argc, sqlite3_value **argv)
{
        (void)argc;
        take_by(context, argv, -1);
}

static void give_chosen(sqlite3_context *context)
{
        struct chosen *chosen = sqlite3_aggregate_context(context, 0);

        if (!chosen)
                return;
        if (chosen->value)
                sqlite3_result_value(context, chosen->value);
        sqlite3_value_free(chosen->value);
        sqlite3_value_free(chosen->by);
        *chosen = (struct chosen){};
}

static void count_true(sqlite3_context *context, int argc, sqlite3_value **argv)
{
        struct chosen *chosen = chosen_of(context);

        (void)argc;
        if (chosen && sqlite3_value_int(argv[0]))
                chosen->count++;
}

static void give_count(sqlite3_context *context)
{
        const struct chosen *chosen = sqlite3_aggregate_context(context, 0);

        sqlite3_result_int64(context, chosen ? chosen->count : 0);
}

int sql_add_aggregates(sqlite3 *db)
{
        static const struct {
                const char *name;
                int count;
                void (*step)(sqlite3_context *context, int argc, sqlite3_value **argv);
                void (*end)(sqlite3_context *context);
        } AGGREGATES[] = {
                {"arbitrary", 1, take_any, give_chosen}, {"any_value", 1, take_any, give_chosen},
                {"max_by", 2, take_max_by, give_chosen}, {"min_by", 2, take_min_by, give_chosen},
                {"count_if", 1, count_true, give_count},
        };

        for (size_t i = 0; i < ARRAY_LEN(AGGREGATES); i++)
                if (sqlite3_create_function(db, AGGREGATES[i].name, AGGREGATES[i].count, SQLITE_UTF8, NULL,
                                            NULL, AGGREGATES[i].step, AGGREGATES[i].end) != SQLITE_OK)
                        return -ENOMEM;
        return 0;
}
