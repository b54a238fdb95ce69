/* Looking at the values of generated structs through their descriptors. */
#pragma once

#include "base/arena.h"
#include "wire/descriptor.h"

/* Where a member's value stands in its struct. */
static inline void *wire_at(const struct wire_member *member, const void *in_struct)
{
        return (char *)(uintptr_t)in_struct + member->offset;
}

/* Bytes of a value as a member: of a pointer for a structure. */
size_t wire_member_size(const struct wire_type *type);

/* The struct behind a member of kind structure (NULL when absent), the place of the value for all others. */
const void *wire_value_at(const struct wire_member *member, const void *in_struct);

/* Item and entry of a list and a map, in place. */
const void *wire_item(const struct wire_type *list_type, const struct wire_list *list, size_t index);
size_t wire_entry_size(const struct wire_type *map_type);
const void *wire_entry(const struct wire_type *map_type, const struct wire_map *map, size_t index);
struct str wire_entry_key(const struct wire_type *map_type, const struct wire_map *map, size_t index);
const void *wire_entry_value(const struct wire_type *map_type, const struct wire_map *map, size_t index);

/* NULL when there is none of this exact name (AWS's, not the wire's). */
/* In the query protocol, and in XML. */
static inline struct str wire_form_name(const struct wire_member *member)
{
        return str_is_set(member->form_name) ? member->form_name : member->wire_name;
}
const struct wire_member *wire_find_member(const struct wire_type *type, struct str name);

bool wire_is_set(const struct wire_member *member, const void *in_struct);

/* The values of a member as text, for condition keys: a string, enum, number, boolean or timestamp (ISO)
 * gives one; a list of such gives one an item; a structure, map or blob gives none. Absent: *ret_count is 0.
 * -ENOMEM. */
must_check int wire_member_values(const struct wire_member *member, const void *in_struct,
                                  struct arena *arena, const struct str **ret, size_t *ret_count);

/* The member named Tags of the structure (or, without one, the first that holds tags under another common
 * name: TagList, ResourceTags; TagSpecifications have them inside): a list of {Key, Value} or {TagKey,
 * TagValue} structures, or a map of strings. ret->is_set is false when there is none or it is absent.
 * -ENOMEM. */
must_check int wire_tags(const struct wire_type *type, const void *in_struct, struct arena *arena,
                         struct str_map *ret);

/* The member named TagKeys; absent: count 0. */
must_check int wire_tag_keys(const struct wire_type *type, const void *in_struct, struct arena *arena,
                             const struct str **ret, size_t *ret_count);

/* Same type, same content; absent differs from empty. */
bool wire_equal(const struct wire_type *type, const void *a, const void *b);
