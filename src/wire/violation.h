/* The words of a failed validation. Internal to validate.c. */
#pragma once

#include "base/buf.h"
#include "wire/descriptor.h"

/* Where a value stands: its own step and, by way of `above`, those that lead to it. On the stack of the walk.
 */
struct violation_path {
        const struct violation_path *above; /* NULL: a member of the input itself */
        const struct wire_member *member;   /* "userName"; NULL for an item or an entry */
        struct str key; /* of an entry of a map: "environment.KEY.member"; absent: an item */
        size_t number; /* of an item, from 1: "tags.1.member"; of an entry likewise, for its name in a form */
};

/* The name with its first letter in lower case. */
void violation_add_lowered(struct buf *buf, struct str name);

void violation_add_path(struct buf *buf, const struct violation_path *path);

/* As a form without wrappers names it, whichever protocol is spoken: "SendMessageBatchRequestEntry.2.Id". */
void violation_add_form_name(struct buf *buf, const struct violation_path *path);

/* "Value 'x'", "Value null" or, for a secret one, "Value". The value is NULL when absent. */
void violation_add_value(struct buf *buf, const struct wire_type *type, const void *value, bool is_secret);

/* "[Member must have length less than or equal to 128, ...]": all that a type asks of its values. */
void violation_add_constraints(struct buf *buf, const struct wire_type *type);

/* "Member must have length less than or equal to 64" */
void violation_add_max(struct buf *buf, const struct wire_type *type);
void violation_add_min(struct buf *buf, const struct wire_type *type);
void violation_add_pattern(struct buf *buf, const struct wire_type *type);
void violation_add_enum(struct buf *buf, const struct wire_type *type);
