#include "client.h"

#include "base/clock.h"
#include "base/text.h"
#include "wire/value.h"

#define PREFIX "c:"

static void add_value(struct buf *out, struct str name, const struct wire_type *type, const void *value);

static void add_text(struct buf *out, struct str text)
{
        uint32_t code;

        while (text.len && utf8_next(&text, &code) == 0)
                if (code < 0x80 && (code == ' ' || (code | 0x20U) - 'a' < 26 || code - '0' < 10))
                        buf_add_byte(out, (char)code);
                else if (code & 1)
                        buf_addf(out, "&#x%x;", code);
                else
                        buf_addf(out, "&#%u;", code);
}

static void add_time(struct buf *out, const struct wire_type *type, int64_t ms)
{
        struct arena arena;

        arena_init(&arena, 4096);
        if (type->time == WIRE_TIME_EPOCH)
                buf_addf(out, " %.3f\n", (double)ms / 1000);
        else
                buf_add(out, type->time == WIRE_TIME_HTTP ? time_http(&arena, ms) : time_iso_ms(&arena, ms));
        arena_done(&arena);
}

static void add_scalar(struct buf *out, const struct wire_type *type, const void *value)
{
        struct arena arena;

        switch (type->kind) {
        case WIRE_BLOB:
                arena_init(&arena, 1 << 20);
                buf_add(out, base64_encode(&arena, *(const struct str *)value));
                arena_done(&arena);
                return;
        case WIRE_BOOLEAN:
                buf_add(out, ((const struct opt_bool *)value)->value ? STR("true") : STR("false"));
                return;
        case WIRE_INTEGER:
        case WIRE_LONG:
                buf_addf(out, "\t%lld ", (long long)((const struct opt_int *)value)->value);
                return;
        case WIRE_DOUBLE:
                buf_addf(out, "%.17g", ((const struct opt_double *)value)->value);
                return;
        case WIRE_TIMESTAMP:
                add_time(out, type, ((const struct opt_int *)value)->value);
                return;
        default:
                add_text(out, *(const struct str *)value);
        }
}

static void add_items(struct buf *out, struct str name, const struct wire_type *type,
                      const struct wire_list *list)
{
        for (size_t i = 0; i < list->count; i++)
                add_value(out, name, type->element, wire_item(type, list, i));
}

static void add_tag(struct buf *out, const char *before, struct str name, const char *after)
{
        buf_addf(out, "%s" PREFIX "%.*s%s", before, STR_ARG(name), after);
}

static void add_entries(struct buf *out, struct str name, const struct wire_type *type,
                        const struct wire_map *map)
{
        for (size_t i = 0; i < map->count; i++) {
                add_tag(out, "<", name, ">\n  <!-- an entry -->");
                add_value(out, type->element_name, type->element, wire_entry_value(type, map, i));
                add_tag(out, "<", type->key_name, ">");
                add_text(out, wire_entry_key(type, map, i));
                add_tag(out, "</", type->key_name, ">");
                add_tag(out, "</", name, ">");
        }
}

static void add_member(struct buf *out, const struct wire_member *member, const void *value)
{
        bool is_flat = (member->flags | member->type->flags) & WIRE_FLATTENED;

        if (is_flat && member->type->kind == WIRE_LIST)
                add_items(out, member->wire_name, member->type, value);
        else if (is_flat && member->type->kind == WIRE_MAP)
                add_entries(out, member->wire_name, member->type, value);
        else
                add_value(out, member->wire_name, member->type, value);
}

static void add_members(struct buf *out, const struct wire_type *type, const void *value)
{
        for (size_t i = type->member_count; i > 0; i--) {
                const struct wire_member *member = &type->members[i - 1];

                if (member->place == WIRE_IN_BODY && !(member->flags & WIRE_ATTRIBUTE) &&
                    wire_is_set(member, value))
                        add_member(out, member, wire_value_at(member, value));
        }
}

static void add_attributes(struct buf *out, const struct wire_type *type, const void *value)
{
        for (size_t i = 0; i < type->member_count; i++) {
                const struct wire_member *member = &type->members[i];

                if (!(member->flags & WIRE_ATTRIBUTE) || !wire_is_set(member, value))
                        continue;
                buf_addf(out, " %.*s='", STR_ARG(member->wire_name));
                add_scalar(out, member->type, wire_value_at(member, value));
                buf_add_byte(out, '\'');
        }
}

static void add_content(struct buf *out, const struct wire_type *type, const void *value)
{
        if (type->kind == WIRE_LIST)
                add_items(out, type->element_name, type, value);
        else if (type->kind == WIRE_MAP)
                add_entries(out, STR("entry"), type, value);
        else if (type->kind == WIRE_STRUCT)
                add_members(out, type, value);
        else
                add_scalar(out, type, value);
}

static void add_value(struct buf *out, struct str name, const struct wire_type *type, const void *value)
{
        add_tag(out, "<", name, " other='x'");
        if (type->kind == WIRE_STRUCT)
                add_attributes(out, type, value);
        buf_add_byte(out, '>');
        add_content(out, type, value);
        add_tag(out, "</", name, ">");
}

void client_xml_request(const struct wire_type *type, const void *value, struct str root, struct buf *ret)
{
        buf_add(ret, STR("<?xml version='1.0'?>\n<?other instruction?>"));
        add_tag(ret, "<", root, " xmlns:c='urn:c' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'");
        add_attributes(ret, type, value);
        buf_add(ret, STR(">\n"));
        add_content(ret, type, value);
        add_tag(ret, "</", root, ">\n");
}
