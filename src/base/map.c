#include "map.h"

#include "ids.h"

#define FIRST_CAPACITY 16

void map_init(struct map *map)
{
        *map = (struct map){};
        random_fill(&map->seed, sizeof(map->seed));
}

void map_done(struct map *map)
{
        free(map->slots);
        *map = (struct map){.seed = map->seed};
}

/* The slot of the key, or the empty one where it would go. The table always has an empty slot. */
static struct map_slot *find(const struct map *map, struct str key)
{
        size_t mask = map->capacity - 1;
        size_t i = (size_t)str_hash(key, map->seed) & mask;

        while (map->slots[i].key.ptr && !str_eq(map->slots[i].key, key))
                i = (i + 1) & mask;
        return &map->slots[i];
}

void *map_get(const struct map *map, struct str key)
{
        return map->capacity ? find(map, key)->value : NULL;
}

static int grow(struct map *map)
{
        struct map bigger = {.capacity = map->capacity ? map->capacity * 2 : FIRST_CAPACITY,
                             .seed = map->seed};

        bigger.slots = calloc(bigger.capacity, sizeof(*bigger.slots));
        if (!bigger.slots)
                return -ENOMEM;
        for (size_t i = 0; i < map->capacity; i++)
                if (map->slots[i].key.ptr)
                        *find(&bigger, map->slots[i].key) = map->slots[i];
        free(map->slots);
        map->slots = bigger.slots;
        map->capacity = bigger.capacity;
        return 0;
}

int map_put(struct map *map, struct str key, void *value)
{
        struct map_slot *slot;

        if (!key.ptr)
                key = STR("");
        if (map->count + 1 > map->capacity / 4 * 3)
                TRY(grow(map));
        slot = find(map, key);
        if (!slot->key.ptr)
                map->count++;
        *slot = (struct map_slot){key, value};
        return 0;
}

void *map_remove(struct map *map, struct str key)
{
        struct map_slot *hole;
        size_t mask = map->capacity - 1;
        void *value;

        if (!map->capacity)
                return NULL;
        hole = find(map, key);
        value = hole->value;
        if (!hole->key.ptr)
                return NULL;
        *hole = (struct map_slot){};
        map->count--;
        /* Put back the rest of the run, whose members may have been pushed past the hole. */
        for (size_t i = ((size_t)(hole - map->slots) + 1) & mask; map->slots[i].key.ptr; i = (i + 1) & mask) {
                struct map_slot moved = map->slots[i];

                map->slots[i] = (struct map_slot){};
                *find(map, moved.key) = moved;
        }
        return value;
}

const struct map_slot *map_next(const struct map *map, size_t *index)
{
        while (*index < map->capacity) {
                const struct map_slot *slot = &map->slots[(*index)++];

                if (slot->key.ptr)
                        return slot;
        }
        return NULL;
}
