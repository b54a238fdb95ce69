/* The inside of a session token: whatever can be read is written and read again the same. */
#include "auth/pack.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void assert_same_again(const struct principal *principal, struct arena *arena)
{
        _cleanup_(buf_done) struct buf once, twice;
        struct principal back;
        size_t limited, again;

        buf_init(&once, (size_t)1 << 20);
        buf_init(&twice, (size_t)1 << 20);
        if (principal_pack(principal, &once, &limited) < 0 ||
            principal_unpack(buf_str(&once), arena, &back) < 0 || principal_pack(&back, &twice, &again) < 0) {
                assert(arena->failed || once.failed || twice.failed);
                return;
        }
        assert(limited == again && str_eq(buf_str(&once), buf_str(&twice)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct principal principal;
        struct arena arena;

        arena_init(&arena, (size_t)1 << 22);
        if (principal_unpack(str_make(data, size), &arena, &principal) == 0)
                assert_same_again(&principal, &arena);
        arena_done(&arena);
        return 0;
}
