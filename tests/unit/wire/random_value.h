/* Random values for any shape, from a seed. */
#pragma once

#include "base/arena.h"
#include "wire/descriptor.h"

struct random_source {
        uint64_t state;
        bool for_xml;       /* only characters that XML can carry */
        bool whole_seconds; /* timestamps as the query protocol writes them */
        bool no_empty_flat; /* an empty flattened list cannot be told from an absent one in XML */
};

uint64_t random_next(struct random_source *source);
size_t random_below(struct random_source *source, size_t limit);

/* Of an input or output of a rest operation: what travels outside of the body fits its place, and what a
 * request needs in order to be of its operation is there. */
void random_rest(struct random_source *source, const struct wire_type *type, struct arena *arena, void *ret);

void random_struct(struct random_source *source, const struct wire_type *type, struct arena *arena,
                   void *ret);
