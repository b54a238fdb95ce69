/* Stored records: any bytes are a record or -EBADMSG, and a record written again is read as the same. */
#include <assert.h>

#include "../unit/store/shapes.c"

#define MEMORY_MAX ((size_t)64 << 20)

static void encode(const struct thing *thing, struct buf *out)
{
        buf_init(out, MEMORY_MAX);
        assert(record_encode(&thing_type, thing, out) == 0);
}

static void read_again(struct arena *arena, const struct thing *thing)
{
        struct buf first, second;
        struct thing again;

        encode(thing, &first);
        assert(record_decode(&thing_type, buf_str(&first), arena, true, &again) == 0);
        encode(&again, &second);
        assert(str_eq(buf_str(&first), buf_str(&second)));
        buf_done(&first);
        buf_done(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct str bytes = {(const char *)data, size};
        struct newer_thing newer;
        struct thing thing, copied;
        struct arena arena;
        int r;

        arena_init(&arena, MEMORY_MAX);
        r = record_decode(&thing_type, bytes, &arena, false, &thing);
        assert(r == 0 || r == -EBADMSG || (r == -ENOMEM && arena.failed));
        if (r == 0) {
                assert(record_decode(&thing_type, bytes, &arena, true, &copied) == 0 || arena.failed);
                read_again(&arena, &thing);
        }
        r = record_decode(&newer_thing_type, bytes, &arena, true, &newer);
        assert(r == 0 || r == -EBADMSG || arena.failed);
        arena_done(&arena);
        return 0;
}
