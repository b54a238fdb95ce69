/* The query of a rest request. https://smithy.io/2.0/spec/http-bindings.html#httpquery-trait */
#include "base/map.h"
#include "wire/protocol.h"
#include "wire/rest_in.h"

static int decode_list(struct rest_in *in, const struct wire_member *member, struct wire_list *list)
{
        const struct wire_form *query = &in->rest->query;
        const struct wire_type *type = member->type;

        for (size_t i = 0; i < query->count; i++) {
                void *place;

                if (!str_eq(query->params[i].key, member->wire_name))
                        continue;
                place = wire_grow(in->arena, &list->items, list->count, type->element->size);
                if (!place)
                        return -ENOMEM;
                list->is_set = true;
                list->count++;
                TRY(rest_in_value(in, member, type->element, query->params[i].value, place));
        }
        return 0;
}

/* -- A map takes what nobody else does: no member, no literal of the URI, nothing of the signature, and not
 * the operation's name, which some clients send for the eye. */

static bool is_of_somebody(const struct rest_in *in, const struct wire_type *type, struct str name)
{
        const struct api_route *route = in->rest->route;

        if (str_eq(name, STR("x-id")) || str_starts_nocase(name, STR("X-Amz-")))
                return true;
        for (size_t i = 0; i < route->query_count; i++)
                if (str_eq(route->query[i].key, name))
                        return true;
        for (size_t i = 0; i < type->member_count; i++)
                if (type->members[i].place == WIRE_IN_QUERY && type->members[i].type->kind != WIRE_MAP &&
                    str_eq(type->members[i].wire_name, name))
                        return true;
        return false;
}

/* The value of an entry is text, or a list of texts. */
static int add_value(struct rest_in *in, const struct wire_type *element, struct str value, void *place)
{
        struct wire_list *list = place;
        struct str *text = place;

        if (element->kind == WIRE_LIST) {
                text = wire_grow(in->arena, &list->items, list->count, sizeof(struct str));
                if (!text)
                        return -ENOMEM;
                list->is_set = true;
                list->count++;
        }
        *text = value;
        return 0;
}

static int find_entry(struct rest_in *in, const struct wire_type *type, struct map *places, struct str name,
                      struct wire_map *map, char **ret)
{
        size_t size = wire_entry_size(type);
        /* Places move when the map grows: what is remembered is the number of an entry, from one. */
        size_t number = (size_t)(uintptr_t)map_get(places, name);

        if (number == 0) {
                char *entry = wire_grow(in->arena, &map->items, map->count, size);

                if (!entry)
                        return -ENOMEM;
                *(struct str *)(void *)entry = name;
                number = ++map->count;
                TRY(map_put(places, name, (void *)(uintptr_t)number));
        }
        map->is_set = true;
        *ret = (char *)map->items + (number - 1) * size;
        return 0;
}

static int decode_map(struct rest_in *in, const struct wire_type *input, const struct wire_type *type,
                      struct wire_map *map)
{
        const struct wire_form *query = &in->rest->query;
        _cleanup_(map_done) struct map places = {};

        map_init(&places);
        for (size_t i = 0; i < query->count; i++) {
                char *entry;

                if (is_of_somebody(in, input, query->params[i].key))
                        continue;
                TRY(find_entry(in, type, &places, query->params[i].key, map, &entry));
                TRY(add_value(in, type->element, query->params[i].value, entry + type->value_offset));
        }
        return 0;
}

static int decode_member(struct rest_in *in, const struct wire_type *type, const struct wire_member *member,
                         void *place)
{
        struct str value;

        if (member->type->kind == WIRE_MAP)
                return decode_map(in, type, member->type, place);
        if (member->type->kind == WIRE_LIST)
                return decode_list(in, member, place);
        value = wire_form_value(&in->rest->query, member->wire_name);
        return str_is_set(value) ? rest_in_value(in, member, member->type, value, place) : 0;
}

int rest_in_query(struct rest_in *in, const struct wire_type *type, void *in_struct)
{
        for (size_t i = 0; i < type->member_count; i++) {
                const struct wire_member *member = &type->members[i];

                if (member->place == WIRE_IN_QUERY)
                        TRY(decode_member(in, type, member, wire_at(member, in_struct)));
        }
        return 0;
}
