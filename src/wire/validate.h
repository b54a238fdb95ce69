/* Is a decoded input within the limits of its shapes? In AWS's own words. */
#pragma once

#include "base/arena.h"
#include "wire/descriptor.h"

/* Compiled patterns, each compiled at its first use and kept; shared by all threads. */
struct wire_patterns;
must_check int wire_patterns_new(struct wire_patterns **ret);
void wire_patterns_free(struct wire_patterns *patterns);
static inline void wire_patterns_freep(struct wire_patterns **patterns)
{
        wire_patterns_free(*patterns);
}

/* Does the whole value match? 1, 0, or negative: -EINVAL for a pattern that does not compile, -ENOMEM.
 * A match that would take too many steps is no match. */
must_check int wire_pattern_match(struct wire_patterns *patterns, struct arena *arena, struct str pattern,
                                  struct str value);

struct wire_violations {
        size_t count;
        /* "2 validation errors detected: Value 'x' at 'userName' failed to satisfy constraint: ...; Value
         * ..." */
        struct str message;
        struct str missing; /* the first required member that is absent, as forms name it: "Entry.2.Id" */
        const struct wire_member *first; /* the member of the input that the first is at, or in; NULL: none */
};

#define WIRE_VIOLATIONS_MAX_MESSAGE 8192

/* 0 with ret->count 0 when all is well. Values are quoted, those of secret members and types never.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html (ValidationError) */
must_check int wire_validate_value(const struct wire_type *type, const void *in,
                                   struct wire_patterns *patterns, struct arena *arena,
                                   struct wire_violations *ret);
