#include "violation.h"

#include "base/text.h"
#include "wire/scalar.h"
#include "wire/value.h"

/* A quoted value is cut here; AWS quotes it whole, but a message must stay a message. */
#define MAX_QUOTED 1024

static void add_value(struct buf *buf, const struct wire_type *type, const void *value);

/* AWS's paths have the first letter of a member in lower case, whatever follows: "sAMLOptions". */
void violation_add_lowered(struct buf *buf, struct str name)
{
        if (name.len == 0)
                return;
        buf_add_byte(buf,
                     (char)(name.ptr[0] >= 'A' && name.ptr[0] <= 'Z' ? name.ptr[0] | 0x20 : name.ptr[0]));
        buf_add(buf, str_from(name, 1));
}

void violation_add_path(struct buf *buf, const struct violation_path *path)
{
        if (path->above) {
                violation_add_path(buf, path->above);
                buf_add_byte(buf, '.');
        }
        if (path->member) {
                violation_add_lowered(buf, path->member->name);
                return;
        }
        if (str_is_set(path->key))
                buf_add(buf, path->key);
        else
                buf_add_int(buf, (int64_t)path->number);
        buf_add(buf, STR(".member"));
}

void violation_add_form_name(struct buf *buf, const struct violation_path *path)
{
        const struct violation_path *above = path->above;

        if (above) {
                violation_add_form_name(buf, above);
                buf_add_byte(buf, '.');
        }
        if (path->member) {
                buf_add(buf, wire_form_name(path->member));
                return;
        }
        buf_add_int(buf, (int64_t)path->number);
        if (str_is_set(path->key) && above && above->member) {
                buf_add_byte(buf, '.');
                buf_add(buf, above->member->type->element_name);
        }
}

/* -- Values, as Java's toString() writes them. */

static void add_list(struct buf *buf, const struct wire_type *type, const struct wire_list *list)
{
        buf_add_byte(buf, '[');
        for (size_t i = 0; i < list->count && !buf->failed; i++) {
                if (i)
                        buf_add(buf, STR(", "));
                add_value(buf, type->element, wire_item(type, list, i));
        }
        buf_add_byte(buf, ']');
}

static void add_map(struct buf *buf, const struct wire_type *type, const struct wire_map *map)
{
        buf_add_byte(buf, '{');
        for (size_t i = 0; i < map->count && !buf->failed; i++) {
                if (i)
                        buf_add(buf, STR(", "));
                buf_add(buf, wire_entry_key(type, map, i));
                buf_add_byte(buf, '=');
                add_value(buf, type->element, wire_entry_value(type, map, i));
        }
        buf_add_byte(buf, '}');
}

static void add_member(struct buf *buf, const struct wire_member *member, const void *in_struct)
{
        violation_add_lowered(buf, member->name);
        buf_add_byte(buf, '=');
        if (!wire_is_set(member, in_struct))
                buf_add(buf, STR("null"));
        else if (member->flags & WIRE_SECRET)
                buf_add(buf, STR("*** Sensitive Data Redacted ***"));
        else
                add_value(buf, member->type, wire_value_at(member, in_struct));
}

static void add_struct(struct buf *buf, const struct wire_type *type, const void *value)
{
        buf_add(buf, type->name);
        buf_add_byte(buf, '(');
        for (size_t i = 0; i < type->member_count && !buf->failed; i++) {
                if (i)
                        buf_add(buf, STR(", "));
                add_member(buf, &type->members[i], value);
        }
        buf_add_byte(buf, ')');
}

static void add_scalar(struct buf *buf, const struct wire_type *type, const void *value)
{
        struct str text;

        switch (type->kind) {
        case WIRE_BOOLEAN:
                buf_add(buf, ((const struct opt_bool *)value)->value ? STR("true") : STR("false"));
                return;
        case WIRE_INTEGER:
        case WIRE_LONG:
                buf_add_int(buf, ((const struct opt_int *)value)->value);
                return;
        case WIRE_DOUBLE:
                wire_double_append(buf, ((const struct opt_double *)value)->value);
                return;
        case WIRE_TIMESTAMP:
                wire_timestamp_append(buf, WIRE_TIME_DEFAULT, ((const struct opt_int *)value)->value);
                return;
        case WIRE_BLOB:
                text = *(const struct str *)value;
                buf_addf(buf, "java.nio.HeapByteBuffer[pos=0 lim=%zu cap=%zu]", text.len, text.len);
                return;
        default:
                buf_add(buf, *(const struct str *)value);
        }
}

static void add_value(struct buf *buf, const struct wire_type *type, const void *value)
{
        if (type->flags & WIRE_SECRET)
                buf_add(buf, STR("*** Sensitive Data Redacted ***"));
        else if (type->kind == WIRE_LIST)
                add_list(buf, type, value);
        else if (type->kind == WIRE_MAP)
                add_map(buf, type, value);
        else if (type->kind == WIRE_STRUCT)
                add_struct(buf, type, value);
        else if (wire_scalar_is_set(type, value))
                add_scalar(buf, type, value);
        else
                buf_add(buf, STR("null"));
}

/* At most `max` bytes, cut between characters. */
static struct str cut(struct str text, size_t max)
{
        if (text.len <= max)
                return text;
        while (max > 0 && ((unsigned char)text.ptr[max] & 0xc0) == 0x80)
                max--;
        return str_part(text, 0, max);
}

static void add_quoted(struct buf *buf, const struct wire_type *type, const void *value)
{
        struct buf text;

        if (wire_is_scalar(type) && type->kind == WIRE_STRING) {
                struct str whole = *(const struct str *)value;
                struct str shown = cut(whole, MAX_QUOTED);

                buf_add(buf, shown);
                buf_add(buf, shown.len < whole.len ? STR("...") : STR(""));
                return;
        }
        buf_init(&text, 2 * MAX_QUOTED);
        add_value(&text, type, value);
        buf_add(buf, cut(buf_str(&text), MAX_QUOTED));
        buf_add(buf, text.failed || text.len > MAX_QUOTED ? STR("...") : STR(""));
        buf_done(&text);
}

void violation_add_value(struct buf *buf, const struct wire_type *type, const void *value, bool is_secret)
{
        if (!value) {
                buf_add(buf, STR("Value null"));
                return;
        }
        buf_add(buf, STR("Value"));
        if (is_secret)
                return;
        buf_add(buf, STR(" '"));
        add_quoted(buf, type, value);
        buf_add_byte(buf, '\'');
}

/* -- Constraints. */

static bool is_number(const struct wire_type *type)
{
        return type->kind == WIRE_INTEGER || type->kind == WIRE_LONG || type->kind == WIRE_DOUBLE;
}

static void add_bound(struct buf *buf, const struct wire_type *type, const char *direction, int64_t bound)
{
        buf_addf(buf, "Member must have %s %s than or equal to ", is_number(type) ? "value" : "length",
                 direction);
        buf_add_int(buf, bound);
}

void violation_add_max(struct buf *buf, const struct wire_type *type)
{
        add_bound(buf, type, "less", type->max);
}

void violation_add_min(struct buf *buf, const struct wire_type *type)
{
        add_bound(buf, type, "greater", type->min);
}

void violation_add_pattern(struct buf *buf, const struct wire_type *type)
{
        buf_add(buf, STR("Member must satisfy regular expression pattern: "));
        buf_add(buf, type->pattern);
}

void violation_add_enum(struct buf *buf, const struct wire_type *type)
{
        buf_add(buf, STR("Member must satisfy enum value set: ["));
        for (size_t i = 0; i < type->value_count; i++) {
                if (i)
                        buf_add(buf, STR(", "));
                buf_add(buf, type->values[i]);
        }
        buf_add_byte(buf, ']');
}

void violation_add_constraints(struct buf *buf, const struct wire_type *type)
{
        const struct {
                bool applies;
                void (*add)(struct buf *buf, const struct wire_type *type);
        } parts[] = {
                {type->flags & WIRE_HAS_MAX, violation_add_max},
                {type->flags & WIRE_HAS_MIN, violation_add_min},
                {str_is_set(type->pattern), violation_add_pattern},
                {type->value_count > 0, violation_add_enum},
        };
        bool is_first = true;

        buf_add_byte(buf, '[');
        for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
                if (!parts[i].applies)
                        continue;
                if (!is_first)
                        buf_add(buf, STR(", "));
                parts[i].add(buf, type);
                is_first = false;
        }
        if (is_first)
                buf_add(buf, STR("Member must not be null"));
        buf_add_byte(buf, ']');
}
