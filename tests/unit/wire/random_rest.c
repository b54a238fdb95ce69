#include "random_value.h"

#include "wire/value.h"

#include <assert.h>

/* -- What each place can carry: the rest of a random value is made to fit. */

static void replace_bytes(struct str *text, bool is_header)
{
        char *bytes = (char *)(uintptr_t)text->ptr;

        for (size_t i = 0; i < text->len; i++) {
                unsigned char c = (unsigned char)bytes[i];
                bool is_edge = i == 0 || i + 1 == text->len;

                if (c == 0 || (is_header && (c < 0x20 || c == 0x7f || (is_edge && c == ' '))))
                        bytes[i] = '_';
        }
}

/* A value for a member that has to be there. */
static void fill(const struct wire_member *member, struct arena *arena, void *place)
{
        switch (member->type->kind) {
        case WIRE_STRING:
                *(struct str *)place = arena_dup(arena, STR("a/ b//\u00e9%/"));
                return;
        case WIRE_STREAM:
        case WIRE_BLOB:
                *(struct str *)place = STR("bytes");
                return;
        case WIRE_STRUCT:
                *(void **)place = arena_alloc(arena, member->type->size);
                assert(*(void **)place);
                return;
        case WIRE_BOOLEAN:
                *(struct opt_bool *)place = OPT_BOOL(true);
                return;
        case WIRE_LIST: {
                struct str *item = arena_new(arena, struct str);

                assert(item && member->type->element->kind == WIRE_STRING);
                *item = STR("item");
                *(struct wire_list *)place = (struct wire_list){item, 1, true};
                return;
        }
        default:
                *(struct opt_int *)place = OPT_INT(1767225600000);
                if (member->type->kind == WIRE_INTEGER)
                        *(struct opt_int *)place = OPT_INT(7);
        }
}

static bool has_fraction(const struct wire_type *type, const struct wire_member *member)
{
        return type->time == WIRE_TIME_EPOCH || type->time == WIRE_TIME_ISO ||
               (type->time == WIRE_TIME_DEFAULT && member->place != WIRE_IN_HEADER);
}

static void fit_value(const struct wire_member *member, const struct wire_type *type, void *place)
{
        struct opt_int *time = place;

        if (type->kind == WIRE_STRING)
                replace_bytes(place, member->place == WIRE_IN_HEADER);
        if (type->kind == WIRE_TIMESTAMP && !has_fraction(type, member))
                time->value -= time->value % 1000;
}

/* A list that is empty cannot be told from one that is absent. */
static void fit_list(const struct wire_member *member, struct wire_list *list)
{
        const struct wire_type *element = member->type->element;

        for (size_t i = 0; i < list->count; i++)
                fit_value(member, element, (char *)list->items + i * element->size);
        if (list->count == 0)
                *list = (struct wire_list){};
}

static void fit_map(const struct wire_member *member, struct wire_map *map, struct arena *arena)
{
        const struct wire_type *type = member->type;

        for (size_t i = 0; i < map->count; i++) {
                char *entry = (char *)map->items + i * wire_entry_size(type);
                void *value = entry + type->value_offset;
                struct wire_member as_list = {.type = type->element};

                if (member->place == WIRE_IN_HEADERS) {
                        *(struct str *)(void *)entry = arena_printf(arena, "key-%zu", i);
                        replace_bytes(value, true);
                } else if (type->element->kind == WIRE_LIST && ((struct wire_list *)value)->count == 0) {
                        fill(&as_list, arena, value);
                }
        }
        if (map->count == 0)
                *map = (struct wire_map){};
}

static void fit_status(struct opt_int *status)
{
        if (status->is_set)
                status->value = status->value & 1 ? 206 : 201;
}

static void fit_payload(const struct wire_member *member, void *place)
{
        if (member->type->kind == WIRE_BLOB || member->type->kind == WIRE_STRING)
                if (((struct str *)place)->len == 0)
                        *(struct str *)place = STR_NONE;
}

static void fit(const struct wire_member *member, void *in_struct, struct arena *arena)
{
        void *place = wire_at(member, in_struct);

        if (member->place == WIRE_IN_STATUS)
                fit_status(place);
        else if (member->place == WIRE_IN_PAYLOAD)
                fit_payload(member, place);
        else if (member->type->kind == WIRE_LIST)
                fit_list(member, place);
        else if (member->type->kind == WIRE_MAP)
                fit_map(member, place, arena);
        else if (wire_is_set(member, in_struct))
                fit_value(member, member->type, place);
}

static bool is_missing(const struct wire_member *member, const void *in_struct)
{
        if (member->type->kind == WIRE_STREAM)
                return !wire_is_set(member, in_struct);
        if (!member->required)
                return false;
        return !wire_is_set(member, in_struct) ||
               (member->place == WIRE_IN_PATH && member->type->kind == WIRE_STRING &&
                ((const struct str *)wire_at(member, in_struct))->len == 0);
}

void random_rest(struct random_source *source, const struct wire_type *type, struct arena *arena, void *ret)
{
        random_struct(source, type, arena, ret);
        for (size_t i = 0; i < type->member_count; i++) {
                const struct wire_member *member = &type->members[i];

                if (member->place == WIRE_IN_BODY)
                        continue;
                fit(member, ret, arena);
                if (is_missing(member, ret))
                        fill(member, arena, wire_at(member, ret));
        }
}
