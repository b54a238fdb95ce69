#include "value.h"

#include "base/clock.h"
#include "wire/scalar.h"

size_t wire_member_size(const struct wire_type *type)
{
        return type->kind == WIRE_STRUCT ? sizeof(void *) : type->size;
}

const void *wire_value_at(const struct wire_member *member, const void *in_struct)
{
        const void *place = wire_at(member, in_struct);

        return member->type->kind == WIRE_STRUCT ? *(const void *const *)place : place;
}

const struct wire_member *wire_find_member(const struct wire_type *type, struct str name)
{
        for (size_t i = 0; i < type->member_count; i++)
                if (str_eq(type->members[i].name, name))
                        return &type->members[i];
        return NULL;
}

bool wire_is_set(const struct wire_member *member, const void *in_struct)
{
        const void *value = wire_value_at(member, in_struct);

        switch (member->type->kind) {
        case WIRE_STRUCT:
                return value != NULL;
        case WIRE_LIST:
                return ((const struct wire_list *)value)->is_set;
        case WIRE_MAP:
                return ((const struct wire_map *)value)->is_set;
        default:
                return wire_scalar_is_set(member->type, value);
        }
}

const void *wire_item(const struct wire_type *list_type, const struct wire_list *list, size_t index)
{
        return (const char *)list->items + index * list_type->element->size;
}

struct str wire_entry_key(const struct wire_type *map_type, const struct wire_map *map, size_t index)
{
        return *(const struct str *)wire_entry(map_type, map, index);
}

const void *wire_entry(const struct wire_type *map_type, const struct wire_map *map, size_t index)
{
        return (const char *)map->items + index * wire_entry_size(map_type);
}

const void *wire_entry_value(const struct wire_type *map_type, const struct wire_map *map, size_t index)
{
        return (const char *)wire_entry(map_type, map, index) + map_type->value_offset;
}

/* As the compiler lays out struct { struct str key; T value; }: all of our values are aligned to pointers. */
size_t wire_entry_size(const struct wire_type *map_type)
{
        size_t align = _Alignof(void *);

        return (map_type->value_offset + map_type->element->size + align - 1) & ~(align - 1);
}

static bool equal_lists(const struct wire_type *type, const struct wire_list *a, const struct wire_list *b)
{
        if (a->is_set != b->is_set || a->count != b->count)
                return false;
        for (size_t i = 0; i < a->count; i++)
                if (!wire_equal(type->element, wire_item(type, a, i), wire_item(type, b, i)))
                        return false;
        return true;
}

static bool equal_maps(const struct wire_type *type, const struct wire_map *a, const struct wire_map *b)
{
        if (a->is_set != b->is_set || a->count != b->count)
                return false;
        for (size_t i = 0; i < a->count; i++)
                if (!str_eq(wire_entry_key(type, a, i), wire_entry_key(type, b, i)) ||
                    !wire_equal(type->element, wire_entry_value(type, a, i), wire_entry_value(type, b, i)))
                        return false;
        return true;
}

static bool equal_structs(const struct wire_type *type, const void *a, const void *b)
{
        for (size_t i = 0; i < type->member_count; i++) {
                const struct wire_member *member = &type->members[i];

                if (wire_is_set(member, a) != wire_is_set(member, b))
                        return false;
                if (wire_is_set(member, a) &&
                    !wire_equal(member->type, wire_value_at(member, a), wire_value_at(member, b)))
                        return false;
        }
        return true;
}

static bool equal_texts(struct str a, struct str b)
{
        return str_is_set(a) == str_is_set(b) && str_eq(a, b);
}

bool wire_equal(const struct wire_type *type, const void *a, const void *b)
{
        switch (type->kind) {
        case WIRE_LIST:
                return equal_lists(type, a, b);
        case WIRE_MAP:
                return equal_maps(type, a, b);
        case WIRE_STRUCT:
                return equal_structs(type, a, b);
        case WIRE_STRING:
        case WIRE_BLOB:
        case WIRE_DOCUMENT:
        case WIRE_STREAM:
                return equal_texts(*(const struct str *)a, *(const struct str *)b);
        default:
                break;
        }
        if (wire_scalar_is_set(type, a) != wire_scalar_is_set(type, b))
                return false;
        if (!wire_scalar_is_set(type, a))
                return true;
        if (type->kind == WIRE_BOOLEAN)
                return ((const struct opt_bool *)a)->value == ((const struct opt_bool *)b)->value;
        if (type->kind == WIRE_DOUBLE)
                return ((const struct opt_double *)a)->value == ((const struct opt_double *)b)->value;
        return ((const struct opt_int *)a)->value == ((const struct opt_int *)b)->value;
}
