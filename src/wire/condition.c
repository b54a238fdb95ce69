/* What condition keys ask of an input: values as text, tags, tag keys. */
#include "value.h"

#include "base/buf.h"
#include "base/clock.h"
#include "wire/scalar.h"

static struct str double_text(struct arena *arena, double value)
{
        struct buf buf;
        struct str text;

        buf_init(&buf, 64);
        wire_double_append(&buf, value);
        text = arena_dup(arena, buf_str(&buf));
        buf_done(&buf);
        return text;
}

static struct str scalar_text(const struct wire_type *type, const void *place, struct arena *arena)
{
        switch (type->kind) {
        case WIRE_STRING:
                return *(const struct str *)place;
        case WIRE_BOOLEAN:
                return ((const struct opt_bool *)place)->value ? STR("true") : STR("false");
        case WIRE_INTEGER:
        case WIRE_LONG:
                return arena_printf(arena, "%lld", (long long)((const struct opt_int *)place)->value);
        case WIRE_DOUBLE:
                return double_text(arena, ((const struct opt_double *)place)->value);
        case WIRE_TIMESTAMP:
                return time_iso(arena, ((const struct opt_int *)place)->value);
        default:
                return STR_NONE;
        }
}

static int one_value(const struct wire_type *type, const void *place, struct arena *arena,
                     const struct str **ret, size_t *ret_count)
{
        struct str *value = arena_new(arena, struct str);

        if (!value)
                return -ENOMEM;
        *value = scalar_text(type, place, arena);
        *ret = value;
        *ret_count = str_is_set(*value);
        return arena->failed ? -ENOMEM : 0;
}

static int list_values(const struct wire_type *type, const struct wire_list *list, struct arena *arena,
                       const struct str **ret, size_t *ret_count)
{
        struct str *values = arena_new_array(arena, struct str, list->count + 1);

        if (!values)
                return -ENOMEM;
        *ret = values;
        for (size_t i = 0; i < list->count; i++) {
                const void *item = wire_item(type, list, i);

                if (!wire_scalar_is_set(type->element, item))
                        continue;
                values[*ret_count] = scalar_text(type->element, item, arena);
                *ret_count += str_is_set(values[*ret_count]);
        }
        return arena->failed ? -ENOMEM : 0;
}

int wire_member_values(const struct wire_member *member, const void *in_struct, struct arena *arena,
                       const struct str **ret, size_t *ret_count)
{
        const void *place = wire_value_at(member, in_struct);

        *ret = NULL;
        *ret_count = 0;
        if (!wire_is_set(member, in_struct))
                return 0;
        if (wire_is_scalar(member->type))
                return one_value(member->type, place, arena, ret, ret_count);
        if (member->type->kind == WIRE_LIST && wire_is_scalar(member->type->element))
                return list_values(member->type, place, arena, ret, ret_count);
        return 0;
}

static const struct wire_member *first_member(const struct wire_type *type, const struct str *names,
                                              size_t count)
{
        const struct wire_member *member = NULL;

        for (size_t i = 0; i < count && !member; i++)
                member = wire_find_member(type, names[i]);
        return member;
}

static bool is_string_member(const struct wire_member *member)
{
        return member && member->type->kind == WIRE_STRING;
}

static int tags_of_list(const struct wire_type *type, const struct wire_list *list, struct arena *arena,
                        struct str_map *ret)
{
        static const struct str KEYS[] = {STR_INIT("Key"), STR_INIT("TagKey")};
        static const struct str VALUES[] = {STR_INIT("Value"), STR_INIT("TagValue")};
        const struct wire_member *key = first_member(type->element, KEYS, ARRAY_LEN(KEYS));
        const struct wire_member *value = first_member(type->element, VALUES, ARRAY_LEN(VALUES));

        if (!is_string_member(key) || !is_string_member(value))
                return 0;
        *ret = (struct str_map){arena_new_array(arena, struct str_pair, list->count + 1), 0, true};
        if (!ret->items)
                return -ENOMEM;
        for (size_t i = 0; i < list->count; i++) {
                const void *item = wire_item(type, list, i);
                struct str_pair pair = {*(const struct str *)wire_at(key, item),
                                        *(const struct str *)wire_at(value, item)};

                if (!str_is_set(pair.key))
                        continue;
                if (!str_is_set(pair.value))
                        pair.value = STR("");
                ret->items[ret->count++] = pair;
        }
        return 0;
}

static bool is_list_of_structures(const struct wire_member *member)
{
        return member->type->kind == WIRE_LIST && member->type->element->kind == WIRE_STRUCT;
}

static size_t tag_count(const struct wire_type *type, const void *in_struct)
{
        const struct wire_member *member = wire_find_member(type, STR("Tags"));

        return member && member->type->kind == WIRE_LIST
                       ? ((const struct wire_list *)wire_at(member, in_struct))->count
                       : 0;
}

/* EC2's: tags by the kind of resource that is made with them. Of several kinds all of them together. */
static int tags_of_specifications(const struct wire_member *member, const void *in_struct,
                                  struct arena *arena, struct str_map *ret)
{
        const struct wire_list *list = wire_at(member, in_struct);
        const struct wire_type *one = member->type->element;
        size_t count = 0;

        for (size_t i = 0; i < list->count; i++)
                count += tag_count(one, wire_item(member->type, list, i));
        *ret = (struct str_map){arena_new_array(arena, struct str_pair, count + 1), 0, true};
        if (!ret->items)
                return -ENOMEM;
        for (size_t i = 0; i < list->count; i++) {
                struct str_map tags;

                TRY(wire_tags(one, wire_item(member->type, list, i), arena, &tags));
                if (tags.count)
                        memcpy(ret->items + ret->count, tags.items, tags.count * sizeof(*tags.items));
                ret->count += tags.count;
        }
        return 0;
}

int wire_tags(const struct wire_type *type, const void *in_struct, struct arena *arena, struct str_map *ret)
{
        static const struct str NAMES[] = {STR_INIT("Tags"), STR_INIT("tags"), STR_INIT("TagList"),
                                           STR_INIT("ResourceTags")};
        const struct wire_member *member = first_member(type, NAMES, ARRAY_LEN(NAMES));

        *ret = (struct str_map){};
        if (!member) {
                member = wire_find_member(type, STR("TagSpecifications"));
                if (member && wire_is_set(member, in_struct) && is_list_of_structures(member))
                        return tags_of_specifications(member, in_struct, arena, ret);
                return 0;
        }
        if (!wire_is_set(member, in_struct))
                return 0;
        if (member->type->kind == WIRE_LIST && member->type->element->kind == WIRE_STRUCT)
                return tags_of_list(member->type, wire_value_at(member, in_struct), arena, ret);
        if (member->type->kind == WIRE_MAP && member->type->element->kind == WIRE_STRING)
                *ret = *(const struct str_map *)wire_at(member, in_struct);
        return 0;
}

int wire_tag_keys(const struct wire_type *type, const void *in_struct, struct arena *arena,
                  const struct str **ret, size_t *ret_count)
{
        static const struct str NAMES[] = {STR_INIT("TagKeys"), STR_INIT("tagKeys")};
        const struct wire_member *member = first_member(type, NAMES, ARRAY_LEN(NAMES));

        *ret = NULL;
        *ret_count = 0;
        return member ? wire_member_values(member, in_struct, arena, ret, ret_count) : 0;
}
