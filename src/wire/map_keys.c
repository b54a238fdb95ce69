#include "base/map.h"
#include "wire/protocol.h"

static int last_places(const struct wire_type *type, const struct wire_map *map, struct map *last)
{
        for (size_t i = 0; i < map->count; i++)
                TRY(map_put(last, wire_entry_key(type, map, i), (void *)(uintptr_t)wire_entry(type, map, i)));
        return 0;
}

int wire_map_drop_duplicates(const struct wire_type *type, struct wire_map *map)
{
        _cleanup_(map_done) struct map last = {};
        size_t size = wire_entry_size(type);
        size_t kept = 0;

        map_init(&last);
        if (map->count < 2)
                return 0;
        TRY(last_places(type, map, &last));
        if (last.count == map->count)
                return 0;
        for (size_t i = 0; i < map->count; i++) {
                char *entry = (char *)map->items + i * size;

                if (map_get(&last, wire_entry_key(type, map, i)) == entry)
                        memmove((char *)map->items + size * kept++, entry, size);
        }
        map->count = kept;
        return 0;
}
