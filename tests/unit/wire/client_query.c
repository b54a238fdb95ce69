#include "client.h"

#include "base/clock.h"
#include "base/text.h"
#include "wire/value.h"

/* What is written, and how: EC2 has names of its own, and all lists flat. */
struct form_out {
        struct buf *out;
        bool is_ec2;
};

static void add_value(struct form_out *form, struct buf *name, const struct wire_type *type, uint32_t flags,
                      const void *value);

static void add_pair(struct buf *out, const struct buf *name, struct str text)
{
        if (out->len)
                buf_add_byte(out, '&');
        percent_encode(out, buf_str(name), false);
        buf_add_byte(out, '=');
        percent_encode(out, text, false);
}

static void add_time(struct buf *out, const struct buf *name, const struct wire_type *type, int64_t ms)
{
        struct arena arena;

        arena_init(&arena, 4096);
        if (type->time == WIRE_TIME_EPOCH)
                add_pair(out, name, arena_printf(&arena, "%.3f", (double)ms / 1000));
        else if (type->time == WIRE_TIME_HTTP)
                add_pair(out, name, time_http(&arena, ms));
        else
                add_pair(out, name, time_iso_ms(&arena, ms));
        arena_done(&arena);
}

static void add_scalar(struct buf *out, const struct buf *name, const struct wire_type *type,
                       const void *value)
{
        struct str text = STR_NONE;
        struct arena arena;

        if (type->kind == WIRE_TIMESTAMP) {
                add_time(out, name, type, ((const struct opt_int *)value)->value);
                return;
        }
        arena_init(&arena, 1 << 20);
        if (type->kind == WIRE_BLOB)
                text = base64_encode(&arena, *(const struct str *)value);
        else if (type->kind == WIRE_BOOLEAN)
                text = ((const struct opt_bool *)value)->value ? STR("true") : STR("false");
        else if (type->kind == WIRE_INTEGER || type->kind == WIRE_LONG)
                text = arena_printf(&arena, "%lld", (long long)((const struct opt_int *)value)->value);
        else if (type->kind == WIRE_DOUBLE)
                text = arena_printf(&arena, "%.17g", ((const struct opt_double *)value)->value);
        else
                text = *(const struct str *)value;
        add_pair(out, name, text);
        arena_done(&arena);
}

static void add_list(struct form_out *form, struct buf *name, const struct wire_type *type, bool is_flat,
                     const struct wire_list *list)
{
        size_t len = name->len;

        if (list->count == 0)
                add_pair(form->out, name, STR(""));
        /* From the last to the first: the order of parameters means nothing. */
        for (size_t i = list->count; i > 0; i--) {
                if (!is_flat)
                        buf_addf(name, ".%.*s", STR_ARG(type->element_name));
                buf_addf(name, ".%zu", i);
                add_value(form, name, type->element, 0, wire_item(type, list, i - 1));
                name->len = len;
        }
}

static void add_map(struct form_out *form, struct buf *name, const struct wire_type *type, bool is_flat,
                    const struct wire_map *map)
{
        size_t len = name->len, entry_len;

        if (map->count == 0)
                add_pair(form->out, name, STR(""));
        for (size_t i = 0; i < map->count; i++) {
                buf_addf(name, "%s.%zu", is_flat ? "" : ".entry", i + 1);
                entry_len = name->len;
                buf_addf(name, ".%.*s", STR_ARG(type->key_name));
                add_pair(form->out, name, wire_entry_key(type, map, i));
                name->len = entry_len;
                buf_addf(name, ".%.*s", STR_ARG(type->element_name));
                add_value(form, name, type->element, 0, wire_entry_value(type, map, i));
                name->len = len;
        }
}

static void add_members(struct form_out *form, struct buf *name, const struct wire_type *type,
                        const void *value)
{
        size_t len = name->len;
        bool is_empty = true;

        for (size_t i = 0; i < type->member_count; i++) {
                const struct wire_member *member = &type->members[i];

                if (!wire_is_set(member, value))
                        continue;
                is_empty = false;
                buf_add(name, len ? STR(".") : STR(""));
                buf_add(name, form->is_ec2 ? wire_form_name(member) : member->wire_name);
                add_value(form, name, member->type, member->flags, wire_value_at(member, value));
                name->len = len;
        }
        if (is_empty && len)
                add_pair(form->out, name, STR(""));
}

static void add_value(struct form_out *form, struct buf *name, const struct wire_type *type, uint32_t flags,
                      const void *value)
{
        bool is_flat = (flags | type->flags) & WIRE_FLATTENED;

        if (type->kind == WIRE_LIST)
                add_list(form, name, type, is_flat || form->is_ec2, value);
        else if (type->kind == WIRE_MAP)
                add_map(form, name, type, is_flat, value);
        else if (type->kind == WIRE_STRUCT)
                add_members(form, name, type, value);
        else
                add_scalar(form->out, name, type, value);
}

static void write_form(struct form_out *form, const struct wire_type *type, const void *value)
{
        struct buf name;

        buf_init(&name, 65536);
        add_members(form, &name, type, value);
        buf_done(&name);
}

void client_query_request(const struct wire_type *type, const void *value, struct buf *ret)
{
        write_form(&(struct form_out){.out = ret}, type, value);
}

void client_ec2_request(const struct wire_type *type, const void *value, struct buf *ret)
{
        write_form(&(struct form_out){.out = ret, .is_ec2 = true}, type, value);
}
