/* What is in columns that are structures, maps and lists: they are JSON here. */
#include "services/cloudtrail/sql.h"

#define FLAGS (JSON_COMPACT | JSON_ENCODE_ANY)

/* "map<string,string>": all values are texts. */
void sql_give_json(sqlite3_context *context, const json_t *value)
{
        char *text;

        if (!value || json_is_null(value))
                return;
        if (json_is_string(value)) {
                sqlite3_result_text64(context, json_string_value(value), json_string_length(value),
                                      SQLITE_TRANSIENT, SQLITE_UTF8);
                return;
        }
        text = json_dumps(value, FLAGS);
        if (text)
                sqlite3_result_text64(context, text, strlen(text), SQLITE_TRANSIENT, SQLITE_UTF8);
        else
                sqlite3_result_error_nomem(context);
        free(text);
}

static json_t *load(sqlite3_value *value)
{
        const char *text = (const char *)sqlite3_value_text(value);

        return text ? json_loadb(text, (size_t)sqlite3_value_bytes(value), 0, NULL) : NULL;
}

/* A field of a structure, whose name has no case. */
static const json_t *find_field(const json_t *object, struct str name)
{
        const char *key;
        json_t *value;

        json_object_foreach((json_t *)(uintptr_t)object, key,
                            value) if (str_eq_nocase(str_of(key), name)) return value;
        return NULL;
}

static void member(sqlite3_context *context, int argc, sqlite3_value **argv)
{
        json_t *json = load(argv[0]);

        (void)argc;
        sql_give_json(context, find_field(json, sql_text_of(argv[1])));
        json_decref(json);
}

/* Of lists the first is 1, and the last -1. */
static const json_t *find_element(const json_t *json, sqlite3_value *which)
{
        sqlite3_int64 at = sqlite3_value_int64(which);
        sqlite3_int64 count = (sqlite3_int64)json_array_size(json);
        struct str key = sql_text_of(which);

        if (json_is_object(json))
                return key.ptr ? json_object_getn(json, key.ptr, key.len) : NULL;
        at = at < 0 ? count + at : at - 1;
        return at >= 0 && at < count ? json_array_get(json, (size_t)at) : NULL;
}

static void element_at(sqlite3_context *context, int argc, sqlite3_value **argv)
{
        json_t *json = load(argv[0]);

        (void)argc;
        sql_give_json(context, find_element(json, argv[1]));
        json_decref(json);
}

static void cardinality(sqlite3_context *context, int argc, sqlite3_value **argv)
{
        json_t *json = load(argv[0]);

        (void)argc;
        if (json_is_array(json) || json_is_object(json))
                sqlite3_result_int64(context, (sqlite3_int64)(json_is_array(json) ? json_array_size(json)
                                                                                  : json_object_size(json)));
        json_decref(json);
}

/* "$.a.b": names alone. */
static void extract_scalar(sqlite3_context *context, int argc, sqlite3_value **argv)
{
        struct str path = sql_text_of(argv[1]), part;
        json_t *json = load(argv[0]);
        const json_t *at = json;

        (void)argc;
        if (!str_starts(path, STR("$")) || str_has_byte(path, '[') || (path.len > 1 && path.ptr[1] != '.')) {
                sqlite3_result_error(context, "Invalid JSON path", -1);
                json_decref(json);
                return;
        }
        path = str_from(path, path.len > 1 ? 2 : 1);
        while (at && path.len && str_cut(&path, '.', &part))
                at = json_object_getn(at, part.ptr, part.len);
        if (!json_is_object(at) && !json_is_array(at))
                sql_give_json(context, at);
        json_decref(json);
}

int sql_add_json_functions(sqlite3 *db)
{
        static const struct {
                const char *name;
                int count;
                void (*run)(sqlite3_context *context, int argc, sqlite3_value **argv);
        } FUNCTIONS[] = {
                {"merlon_member", 2, member},
                {"element_at", 2, element_at},
                {"cardinality", 1, cardinality},
                {"json_extract_scalar", 2, extract_scalar},
        };

        for (size_t i = 0; i < ARRAY_LEN(FUNCTIONS); i++)
                if (sqlite3_create_function(db, FUNCTIONS[i].name, FUNCTIONS[i].count,
                                            SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, FUNCTIONS[i].run, NULL,
                                            NULL) != SQLITE_OK)
                        return -ENOMEM;
        return 0;
}
