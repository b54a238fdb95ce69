#include "client.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/text.h"
#include "wire/value.h"

#include <expat.h>

struct element {
        struct element *parent, *first, *last, *next;
        struct str name;
        struct buf text;
        struct str attributes[8]; /* name, value, ... */
};

struct document {
        struct arena arena;
        struct element top;
        struct element *open;
};

static void XMLCALL start(void *arg, const char *name, const char **attributes)
{
        struct document *document = arg;
        struct element *element = arena_new(&document->arena, struct element);

        if (!element)
                return;
        for (size_t i = 0; i < ARRAY_LEN(element->attributes) && attributes[i]; i++)
                element->attributes[i] = arena_dup(&document->arena, str_of(attributes[i]));
        element->name = arena_dup(&document->arena, str_of(name));
        element->parent = document->open;
        buf_init(&element->text, 1 << 20);
        if (document->open->last)
                document->open->last->next = element;
        else
                document->open->first = element;
        document->open->last = element;
        document->open = element;
}

static void XMLCALL end(void *arg, const char *name)
{
        struct document *document = arg;

        (void)name;
        document->open = document->open->parent;
}

static void XMLCALL text(void *arg, const char *bytes, int len)
{
        struct document *document = arg;

        buf_add_bytes(&document->open->text, bytes, (size_t)len);
}

static bool parse(struct document *document, struct str body)
{
        XML_Parser parser = XML_ParserCreate("UTF-8");
        bool good;

        document->open = &document->top;
        XML_SetUserData(parser, document);
        XML_SetElementHandler(parser, start, end);
        XML_SetCharacterDataHandler(parser, text);
        good = XML_Parse(parser, body.ptr, (int)body.len, 1) == XML_STATUS_OK;
        XML_ParserFree(parser);
        return good;
}

static void free_texts(struct element *element)
{
        for (; element; element = element->next) {
                free_texts(element->first);
                buf_done(&element->text);
        }
}

static const struct element *find(const struct element *from, struct str name)
{
        while (from && !str_eq(from->name, name))
                from = from->next;
        return from;
}

static bool same_value(const struct wire_type *type, const void *value, const struct element *element);

static bool same_number(const struct wire_type *type, const void *value, struct str have)
{
        int64_t whole;
        double real;

        if (type->kind == WIRE_DOUBLE)
                return str_to_double(have, &real) == 0 && real == ((const struct opt_double *)value)->value;
        if (type->kind != WIRE_TIMESTAMP)
                return str_to_i64(have, &whole) == 0 && whole == ((const struct opt_int *)value)->value;
        if (type->time == WIRE_TIME_EPOCH)
                return str_to_double(have, &real) == 0 &&
                       (int64_t)(real * 1000 + 0.5) == ((const struct opt_int *)value)->value;
        return time_parse(have, &whole) == 0 && whole == ((const struct opt_int *)value)->value;
}

static bool same_scalar(const struct wire_type *type, const void *value, const struct element *element)
{
        struct str have = buf_str(&element->text), bytes;
        struct arena arena;
        bool same;

        if (element->first)
                return false;
        switch (type->kind) {
        case WIRE_BOOLEAN:
                return str_eq(have, ((const struct opt_bool *)value)->value ? STR("true") : STR("false"));
        case WIRE_INTEGER:
        case WIRE_LONG:
        case WIRE_DOUBLE:
        case WIRE_TIMESTAMP:
                return same_number(type, value, have);
        case WIRE_BLOB:
                arena_init(&arena, 1 << 20);
                same = base64_decode(&arena, have, &bytes) == 0 && str_eq(bytes, *(const struct str *)value);
                arena_done(&arena);
                return same;
        default:
                return str_eq(have, *(const struct str *)value);
        }
}

/* The items are the siblings from `item` on that have this name. */
static bool same_items(const struct wire_type *type, const struct wire_list *list, const struct element *item,
                       struct str name)
{
        item = find(item, name);
        for (size_t i = 0; i < list->count; i++) {
                if (!item || !same_value(type->element, wire_item(type, list, i), item))
                        return false;
                item = find(item->next, name);
        }
        return item == NULL;
}

static bool same_entries(const struct wire_type *type, const struct wire_map *map,
                         const struct element *entry, struct str name)
{
        entry = find(entry, name);
        for (size_t i = 0; i < map->count; i++) {
                const struct element *key = entry ? find(entry->first, type->key_name) : NULL;
                const struct element *value = entry ? find(entry->first, type->element_name) : NULL;

                if (!key || !value || !str_eq(buf_str(&key->text), wire_entry_key(type, map, i)) ||
                    !same_value(type->element, wire_entry_value(type, map, i), value))
                        return false;
                entry = find(entry->next, name);
        }
        return entry == NULL;
}

static bool same_member(const struct wire_member *member, const void *value, const struct element *children)
{
        const struct wire_type *type = member->type;
        const struct element *element = find(children, member->wire_name);
        bool is_flat = (member->flags | type->flags) & WIRE_FLATTENED;

        if (element == NULL || !wire_is_set(member, value))
                return element == NULL && !wire_is_set(member, value);
        if (is_flat && type->kind == WIRE_LIST)
                return same_items(type, wire_value_at(member, value), element, member->wire_name);
        if (is_flat && type->kind == WIRE_MAP)
                return same_entries(type, wire_value_at(member, value), element, member->wire_name);
        return same_value(type, wire_value_at(member, value), element);
}

static bool same_attribute(const struct wire_member *member, const void *value, const struct element *element)
{
        for (size_t i = 0; i < ARRAY_LEN(element->attributes); i += 2)
                if (str_eq(element->attributes[i], member->wire_name)) {
                        struct element text = {
                                .text = {.data = (char *)(uintptr_t)element->attributes[i + 1].ptr,
                                         .len = element->attributes[i + 1].len}};

                        return wire_is_set(member, value) &&
                               same_scalar(member->type, wire_value_at(member, value), &text);
                }
        return !wire_is_set(member, value);
}

static bool same_in_struct(const struct wire_member *member, const void *value, const struct element *element)
{
        if (member->place != WIRE_IN_BODY)
                return true;
        if (member->flags & WIRE_ATTRIBUTE)
                return same_attribute(member, value, element);
        return same_member(member, value, element->first);
}

static bool same_value(const struct wire_type *type, const void *value, const struct element *element)
{
        if (type->kind == WIRE_LIST)
                return same_items(type, value, element->first, type->element_name);
        if (type->kind == WIRE_MAP)
                return same_entries(type, value, element->first, STR("entry"));
        if (type->kind != WIRE_STRUCT)
                return same_scalar(type, value, element);
        for (size_t i = 0; i < type->member_count; i++)
                if (!same_in_struct(&type->members[i], value, element))
                        return false;
        return true;
}

bool client_xml_matches(const struct wire_type *type, const void *value, struct str body, const char *child)
{
        struct document document = {};
        const struct element *element;
        bool same;

        arena_init(&document.arena, 1 << 24);
        same = parse(&document, body);
        element = document.top.first;
        if (element && child)
                element = find(element->first, str_of(child));
        same = same && element && same_value(type, value, element);
        free_texts(document.top.first);
        arena_done(&document.arena);
        return same;
}

bool client_xml_is_well_formed(struct str body)
{
        struct document document = {};
        bool good;

        arena_init(&document.arena, 1 << 24);
        good = parse(&document, body);
        free_texts(document.top.first);
        arena_done(&document.arena);
        return good;
}
