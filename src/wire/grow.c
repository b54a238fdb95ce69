#include "wire/protocol.h"

void *wire_grow(struct arena *arena, void **items, size_t count, size_t size)
{
        bool is_full = (count & (count - 1)) == 0 && (count == 0 || count >= 4);
        size_t room = count ? 2 * count : 4;
        void *more;

        if (is_full) {
                more = arena_alloc_array(arena, room, size);
                if (!more)
                        return NULL;
                if (count)
                        memcpy(more, *items, count * size);
                *items = more;
        }
        return (char *)*items + count * size;
}
