/* A table: the events of a store, each row read as it is asked for. */
#include "services/cloudtrail/sql.h"

#define DECLARATION_MAX 2048
#define CURSOR_MEMORY   ((size_t)8 * 1024 * 1024)

/* https://docs.aws.amazon.com/awscloudtrail/latest/userguide/query-supported-event-schemas.html */
static const struct sql_column COLUMNS[] = {
        {STR_INIT("eventVersion"), SQL_TEXT},
        {STR_INIT("userIdentity"), SQL_JSON},
        {STR_INIT("eventTime"), SQL_MOMENT},
        {STR_INIT("eventSource"), SQL_TEXT},
        {STR_INIT("eventName"), SQL_TEXT},
        {STR_INIT("awsRegion"), SQL_TEXT},
        {STR_INIT("sourceIPAddress"), SQL_TEXT},
        {STR_INIT("userAgent"), SQL_TEXT},
        {STR_INIT("errorCode"), SQL_TEXT},
        {STR_INIT("errorMessage"), SQL_TEXT},
        {STR_INIT("requestParameters"), SQL_JSON},
        {STR_INIT("responseElements"), SQL_JSON},
        {STR_INIT("additionalEventData"), SQL_JSON},
        {STR_INIT("requestID"), SQL_TEXT},
        {STR_INIT("eventID"), SQL_TEXT},
        {STR_INIT("readOnly"), SQL_BOOLEAN},
        {STR_INIT("resources"), SQL_JSON},
        {STR_INIT("eventType"), SQL_TEXT},
        {STR_INIT("apiVersion"), SQL_TEXT},
        {STR_INIT("managementEvent"), SQL_BOOLEAN},
        {STR_INIT("recipientAccountId"), SQL_TEXT},
        {STR_INIT("sharedEventID"), SQL_TEXT},
        {STR_INIT("annotation"), SQL_TEXT},
        {STR_INIT("vpcEndpointId"), SQL_TEXT},
        {STR_INIT("vpcEndpointAccountId"), SQL_TEXT},
        {STR_INIT("serviceEventDetails"), SQL_JSON},
        {STR_INIT("addendum"), SQL_JSON},
        {STR_INIT("edgeDeviceDetails"), SQL_JSON},
        {STR_INIT("insightDetails"), SQL_JSON},
        {STR_INIT("eventCategory"), SQL_TEXT},
        {STR_INIT("tlsDetails"), SQL_JSON},
        {STR_INIT("sessionCredentialFromConsole"), SQL_TEXT},
        {STR_INIT("eventJson"), SQL_TEXT},
        {STR_INIT("eventJsonChecksum"), SQL_TEXT},
};

const struct sql_column *sql_find_column(struct str name)
{
        for (size_t i = 0; i < ARRAY_LEN(COLUMNS); i++)
                if (str_eq_nocase(COLUMNS[i].name, name))
                        return &COLUMNS[i];
        return NULL;
}

struct table {
        sqlite3_vtab base;
        struct sql_world *world;
        const struct sql_table *store;
};

struct reading {
        sqlite3_vtab_cursor base;
        struct arena arena;
        struct record_scan scan;
        struct cloudtrail_store_event_record event;
        json_t *record;
        sqlite3_int64 row;
        bool is_begun, is_over;
};

/* -- The table */

static int declare(sqlite3 *db)
{
        static const char *const TYPES[] = {[SQL_TEXT] = "TEXT",
                                            [SQL_MOMENT] = "TEXT COLLATE merlon_moment",
                                            [SQL_BOOLEAN] = "BOOLEAN",
                                            [SQL_JSON] = "TEXT"};
        _cleanup_(buf_done) struct buf text = {};

        buf_init(&text, DECLARATION_MAX);
        buf_add(&text, STR("CREATE TABLE x("));
        for (size_t i = 0; i < ARRAY_LEN(COLUMNS); i++)
                buf_addf(&text, "%s\"%.*s\" %s", i ? ", " : "", STR_ARG(COLUMNS[i].name),
                         TYPES[COLUMNS[i].type]);
        buf_add_byte(&text, ')');
        buf_add_byte(&text, '\0');
        return buf_check(&text) < 0 ? SQLITE_NOMEM : sqlite3_declare_vtab(db, buf_str(&text).ptr);
}

/* argv[2]: its name, the store's id */
static int connect_table(sqlite3 *db, void *arg, int argc, const char *const *argv, sqlite3_vtab **ret,
                         char **ret_error)
{
        struct sql_world *world = arg;
        struct table *table;

        (void)argc;
        (void)ret_error;
        for (size_t i = 0; i < world->table_count; i++) {
                if (!str_eq(world->tables[i].id, str_of(argv[2])))
                        continue;
                table = calloc(1, sizeof(*table));
                if (!table)
                        return SQLITE_NOMEM;
                table->world = world;
                table->store = &world->tables[i];
                *ret = &table->base;
                return declare(db);
        }
        return SQLITE_ERROR;
}

static int disconnect_table(sqlite3_vtab *base)
{
        free(base);
        return SQLITE_OK;
}

static int plan_reading(sqlite3_vtab *base, sqlite3_index_info *info)
{
        (void)base;
        info->estimatedCost = 1e6;
        info->estimatedRows = 1000000;
        return SQLITE_OK;
}

/* -- Reading it */

static int open_reading(sqlite3_vtab *base, sqlite3_vtab_cursor **ret)
{
        struct reading *reading = calloc(1, sizeof(*reading));

        (void)base;
        if (!reading)
                return SQLITE_NOMEM;
        arena_init(&reading->arena, CURSOR_MEMORY);
        *ret = &reading->base;
        return SQLITE_OK;
}

static void end_scan(struct reading *reading)
{
        if (reading->is_begun)
                record_scan_end(&reading->scan);
        reading->is_begun = false;
        json_decref(reading->record);
        reading->record = NULL;
}

static int close_reading(sqlite3_vtab_cursor *base)
{
        struct reading *reading = (struct reading *)(void *)base;

        end_scan(reading);
        arena_done(&reading->arena);
        free(reading);
        return SQLITE_OK;
}

static int next_row(sqlite3_vtab_cursor *base)
{
        struct reading *reading = (struct reading *)(void *)base;
        struct sql_world *world = ((struct table *)(void *)base->pVtab)->world;
        int r;

        json_decref(reading->record);
        reading->record = NULL;
        reading->event = (struct cloudtrail_store_event_record){};
        r = record_scan_next(&reading->scan, &reading->event);
        if (r == -ENOENT) {
                reading->is_over = true;
                return SQLITE_OK;
        }
        if (r < 0) {
                world->has_failed = true;
                return SQLITE_ERROR;
        }
        reading->row++;
        world->events++;
        world->bytes += (int64_t)reading->event.json.len;
        reading->record = json_loadb(reading->event.json.ptr, reading->event.json.len, 0, NULL);
        return SQLITE_OK;
}

/* From the first that has not expired. */
static int begin_reading(sqlite3_vtab_cursor *base, int number, const char *name, int argc,
                         sqlite3_value **argv)
{
        struct reading *reading = (struct reading *)(void *)base;
        const struct table *table = (const struct table *)(const void *)base->pVtab;
        const struct cloudtrail_store_event_record like = {.store = OPT_INT(table->store->number),
                                                           .time = OPT_INT(table->store->cutoff_ms)};
        struct str after;

        (void)number;
        (void)name;
        (void)argc;
        (void)argv;
        end_scan(reading);
        arena_reset(&reading->arena);
        reading->is_over = false;
        reading->row = 0;
        if (record_scan_token_at(&reading->arena, &cloudtrail_store_event_record_type, &like, 1, 2, &after) <
                    0 ||
            record_scan_begin(&reading->scan, table->world->call->txn, &reading->arena,
                              &cloudtrail_store_event_record_type, NULL, &like, 1, after) < 0) {
                table->world->has_failed = true;
                return SQLITE_ERROR;
        }
        reading->is_begun = true;
        return next_row(base);
}

static int is_over(sqlite3_vtab_cursor *base)
{
        return ((struct reading *)(void *)base)->is_over;
}

static void give_moment(sqlite3_context *context, const json_t *value)
{
        char moment[SQL_MOMENT_LEN];

        if (sql_moment(str_make(json_string_value(value), json_string_length(value)), moment) == 0)
                sqlite3_result_text(context, moment, SQL_MOMENT_LEN, SQLITE_TRANSIENT);
}

static int give_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int number)
{
        struct reading *reading = (struct reading *)(void *)base;
        const struct sql_column *column = &COLUMNS[number];
        const json_t *value = json_object_get(reading->record, column->name.ptr);

        if (str_eq(column->name, STR("eventJson")))
                sqlite3_result_text64(context, reading->event.json.ptr, reading->event.json.len,
                                      SQLITE_TRANSIENT, SQLITE_UTF8);
        else if (column->type == SQL_MOMENT && json_is_string(value))
                give_moment(context, value);
        else if (column->type == SQL_BOOLEAN && json_is_boolean(value))
                sqlite3_result_int(context, json_is_true(value));
        else
                sql_give_json(context, value);
        return SQLITE_OK;
}

static int give_row(sqlite3_vtab_cursor *base, sqlite3_int64 *ret)
{
        *ret = ((struct reading *)(void *)base)->row;
        return SQLITE_OK;
}

/* -- All of them */

int sql_add_tables(sqlite3 *db, struct sql_world *world)
{
        static const sqlite3_module MODULE = {
                .xCreate = connect_table,
                .xConnect = connect_table,
                .xBestIndex = plan_reading,
                .xDisconnect = disconnect_table,
                .xDestroy = disconnect_table,
                .xOpen = open_reading,
                .xClose = close_reading,
                .xFilter = begin_reading,
                .xNext = next_row,
                .xEof = is_over,
                .xColumn = give_column,
                .xRowid = give_row,
        };
        char text[128];

        if (sqlite3_create_module(db, "merlon_store", &MODULE, world) != SQLITE_OK)
                return -ENOMEM;
        for (size_t i = 0; i < world->table_count; i++) {
                snprintf(text, sizeof(text), "CREATE VIRTUAL TABLE temp.\"%.*s\" USING merlon_store",
                         STR_ARG(world->tables[i].id));
                if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
                        return -ENOMEM;
        }
        return 0;
}
