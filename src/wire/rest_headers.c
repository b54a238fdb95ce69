/* The headers of a rest request. https://smithy.io/2.0/spec/http-bindings.html#httpheader-trait */
#include "base/text.h"
#include "wire/header_list.h"
#include "wire/protocol.h"
#include "wire/rest_in.h"

/* Dates of HTTP have a comma of their own. */
static bool has_commas(const struct wire_type *type)
{
        return type->kind == WIRE_TIMESTAMP &&
               (type->time == WIRE_TIME_DEFAULT || type->time == WIRE_TIME_HTTP);
}

static int add_items(struct rest_in *in, const struct wire_member *member, struct str rest,
                     struct wire_list *list)
{
        const struct wire_type *element = member->type->element;
        struct str item;
        int more;

        list->is_set = true;
        while ((more = header_list_next(&rest, has_commas(element), in->arena, &item)) > 0) {
                void *place = wire_grow(in->arena, &list->items, list->count, element->size);

                if (!place)
                        return -ENOMEM;
                list->count++;
                TRY(rest_in_value(in, member, element, item, place));
        }
        return more == -EINVAL ? rest_in_refuse(in, member, element, rest) : more;
}

/* Several headers of one name are one list. */
static int decode_list(struct rest_in *in, const struct wire_member *member, struct wire_list *list)
{
        for (size_t i = 0; i < in->http->header_count; i++)
                if (str_eq_nocase(in->http->headers[i].name, member->wire_name))
                        TRY(add_items(in, member, in->http->headers[i].value, list));
        return 0;
}

/* A date that is none in a condition is passed over: RFC 9110, 13.1.3 and 13.1.4. */
static bool is_condition(const struct wire_member *member)
{
        return member->type->kind == WIRE_TIMESTAMP && str_starts_nocase(member->wire_name, STR("If-"));
}

static int decode_value(struct rest_in *in, const struct wire_member *member, void *place)
{
        struct str value = http_header_value(in->http, member->wire_name);
        int result;

        if (!str_is_set(value))
                return 0;
        result = rest_in_value(in, member, member->type, value, place);
        if (result != -EBADMSG || !is_condition(member))
                return result;
        *in->fault = (struct wire_fault){};
        return 0;
}

/* -- All headers with a prefix. Names are without case; several of one name are one, with commas. */

static struct str *find_value(struct str_map *map, struct str key)
{
        for (size_t i = 0; i < map->count; i++)
                if (str_eq(map->items[i].key, key))
                        return &map->items[i].value;
        return NULL;
}

static int add_entry(struct rest_in *in, const struct wire_member *member, struct str key, struct str value,
                     struct str_map *map)
{
        struct str *before = find_value(map, key);
        struct str_pair *entry;
        struct str checked;

        TRY(rest_in_value(in, member, member->type->element, value, &checked));
        if (before) {
                *before = arena_printf(in->arena, "%.*s,%.*s", STR_ARG(*before), STR_ARG(checked));
                return 0;
        }
        entry = wire_grow(in->arena, (void **)&map->items, map->count, sizeof(*entry));
        if (!entry)
                return -ENOMEM;
        *entry = (struct str_pair){key, checked};
        map->count++;
        map->is_set = true;
        return 0;
}

static int decode_prefixed(struct rest_in *in, const struct wire_member *member, struct str_map *map)
{
        for (size_t i = 0; i < in->http->header_count; i++) {
                const struct http_header *header = &in->http->headers[i];

                if (!str_starts_nocase(header->name, member->wire_name) || !utf8_is_valid(header->name))
                        continue;
                TRY(add_entry(in, member,
                              arena_lower(in->arena, str_from(header->name, member->wire_name.len)),
                              header->value, map));
        }
        return 0;
}

static int decode_member(struct rest_in *in, const struct wire_member *member, void *place)
{
        if (member->place == WIRE_IN_HEADERS)
                return decode_prefixed(in, member, place);
        if (member->type->kind == WIRE_LIST)
                return decode_list(in, member, place);
        return decode_value(in, member, place);
}

int rest_in_headers(struct rest_in *in, const struct wire_type *type, void *in_struct)
{
        for (size_t i = 0; i < type->member_count; i++) {
                const struct wire_member *member = &type->members[i];

                if (member->place == WIRE_IN_HEADER || member->place == WIRE_IN_HEADERS)
                        TRY(decode_member(in, member, wire_at(member, in_struct)));
        }
        return 0;
}
