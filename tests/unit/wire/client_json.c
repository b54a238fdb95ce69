#include "client.h"

#include "base/clock.h"
#include "base/text.h"
#include "wire/value.h"

#include <math.h>

static json_t *text_value(struct str text)
{
        return json_stringn(text.ptr, text.len);
}

static json_t *time_value(const struct wire_type *type, int64_t ms)
{
        struct arena arena;
        json_t *json;

        if (type->time == WIRE_TIME_DEFAULT || type->time == WIRE_TIME_EPOCH)
                return ms % 1000 ? json_real((double)ms / 1000) : json_integer(ms / 1000);
        arena_init(&arena, 1024);
        json = text_value(type->time == WIRE_TIME_HTTP ? time_http(&arena, ms) : time_iso_ms(&arena, ms));
        arena_done(&arena);
        return json;
}

static json_t *blob_value(struct str bytes)
{
        struct arena arena;
        json_t *json;

        arena_init(&arena, 1 << 20);
        json = text_value(base64_encode(&arena, bytes));
        arena_done(&arena);
        return json;
}

static json_t *scalar_value(const struct wire_type *type, const void *value)
{
        switch (type->kind) {
        case WIRE_BLOB:
                return blob_value(*(const struct str *)value);
        case WIRE_BOOLEAN:
                return json_boolean(((const struct opt_bool *)value)->value);
        case WIRE_INTEGER:
        case WIRE_LONG:
                return json_integer(((const struct opt_int *)value)->value);
        case WIRE_DOUBLE:
                return json_real(((const struct opt_double *)value)->value);
        case WIRE_TIMESTAMP:
                return time_value(type, ((const struct opt_int *)value)->value);
        case WIRE_DOCUMENT:
                return json_loadb(((const struct str *)value)->ptr, ((const struct str *)value)->len,
                                  JSON_DECODE_ANY, NULL);
        default:
                return text_value(*(const struct str *)value);
        }
}

static json_t *list_value(const struct wire_type *type, const struct wire_list *list)
{
        json_t *json = json_array();

        for (size_t i = 0; i < list->count; i++)
                (void)json_array_append_new(json, client_json_value(type->element, wire_item(type, list, i)));
        return json;
}

static json_t *map_value(const struct wire_type *type, const struct wire_map *map)
{
        json_t *json = json_object();

        for (size_t i = 0; i < map->count; i++) {
                struct str key = wire_entry_key(type, map, i);

                (void)json_object_setn_new(json, key.ptr, key.len,
                                           client_json_value(type->element, wire_entry_value(type, map, i)));
        }
        return json;
}

static json_t *struct_value(const struct wire_type *type, const void *value)
{
        json_t *json = json_object();

        for (size_t i = 0; i < type->member_count; i++) {
                const struct wire_member *member = &type->members[i];

                if (member->place == WIRE_IN_BODY && wire_is_set(member, value))
                        (void)json_object_setn_new(
                                json, member->wire_name.ptr, member->wire_name.len,
                                client_json_value(member->type, wire_value_at(member, value)));
        }
        return json;
}

json_t *client_json_value(const struct wire_type *type, const void *value)
{
        if (type->kind == WIRE_LIST)
                return list_value(type, value);
        if (type->kind == WIRE_MAP)
                return map_value(type, value);
        if (type->kind == WIRE_STRUCT)
                return struct_value(type, value);
        return scalar_value(type, value);
}

/* -- Answers. */

static bool same_scalar(const struct wire_type *type, const void *value, const json_t *json)
{
        json_t *want;
        bool same;

        if (type->kind == WIRE_TIMESTAMP && json_is_number(json))
                return llround(json_number_value(json) * 1000) == ((const struct opt_int *)value)->value;
        if (type->kind == WIRE_TIMESTAMP && json_is_string(json)) {
                int64_t ms;

                return time_parse(str_of(json_string_value(json)), &ms) == 0 &&
                       ms == ((const struct opt_int *)value)->value;
        }
        want = scalar_value(type, value);
        same = json_equal(want, json);
        json_decref(want);
        return same;
}

static bool same_list(const struct wire_type *type, const struct wire_list *list, const json_t *json)
{
        if (!json_is_array(json) || json_array_size(json) != list->count)
                return false;
        for (size_t i = 0; i < list->count; i++)
                if (!client_json_matches(type->element, wire_item(type, list, i), json_array_get(json, i)))
                        return false;
        return true;
}

static bool same_map(const struct wire_type *type, const struct wire_map *map, const json_t *json)
{
        if (!json_is_object(json) || json_object_size(json) != map->count)
                return false;
        for (size_t i = 0; i < map->count; i++) {
                struct str key = wire_entry_key(type, map, i);
                const json_t *have = json_object_getn(json, key.ptr, key.len);

                if (!have || !client_json_matches(type->element, wire_entry_value(type, map, i), have))
                        return false;
        }
        return true;
}

static bool same_struct(const struct wire_type *type, const void *value, const json_t *json)
{
        size_t set = 0;

        for (size_t i = 0; i < type->member_count; i++) {
                const struct wire_member *member = &type->members[i];
                const json_t *have = json_object_getn(json, member->wire_name.ptr, member->wire_name.len);

                if (member->place != WIRE_IN_BODY)
                        continue;
                if (wire_is_set(member, value) != (have != NULL))
                        return false;
                if (have && !client_json_matches(member->type, wire_value_at(member, value), have))
                        return false;
                set += have != NULL;
        }
        return json_is_object(json) && json_object_size(json) == set;
}

bool client_json_matches(const struct wire_type *type, const void *value, const json_t *json)
{
        if (type->kind == WIRE_LIST)
                return same_list(type, value, json);
        if (type->kind == WIRE_MAP)
                return same_map(type, value, json);
        if (type->kind == WIRE_STRUCT)
                return same_struct(type, value, json);
        return same_scalar(type, value, json);
}
