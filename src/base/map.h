/* Hash map from strings to pointers. The map owns neither keys nor values; both must outlive it.
 * The hash is seeded per map, so that a client cannot choose colliding keys. Not thread-safe. */
#pragma once

#include "str.h"

struct map_slot {
        struct str key; /* ptr == NULL: empty */
        void *value;
};

struct map {
        struct map_slot *slots;
        size_t capacity; /* power of two, or 0 */
        size_t count;
        uint64_t seed;
};

void map_init(struct map *map);
void map_done(struct map *map);
void *map_get(const struct map *map, struct str key);                 /* NULL when not there */
must_check int map_put(struct map *map, struct str key, void *value); /* replaces; value not NULL; -ENOMEM */
void *map_remove(struct map *map, struct str key);                    /* the value that was there, or NULL */

/* for (size_t i = 0; (slot = map_next(map, &i));) */
const struct map_slot *map_next(const struct map *map, size_t *index);
