#include "services/squeeze.h"

#include <zstd.h>

/* Of texts that are much alike, higher levels make less than a tenth less of it, for many times the work. */
#define LEVEL 1

int squeeze(struct str bytes, struct buf *out)
{
        size_t bound = ZSTD_compressBound(bytes.len), before = out->len, len;
        char *room = buf_extend(out, bound);

        if (!room)
                return -EMSGSIZE;
        len = ZSTD_compress(room, bound, bytes.ptr, bytes.len, LEVEL);
        if (ZSTD_isError(len))
                return -ENOMEM;
        out->len = before + len;
        return 0;
}

static int make_room(struct unsqueezer *unsqueezer, size_t size)
{
        char *room;

        if (!unsqueezer->context)
                unsqueezer->context = ZSTD_createDCtx();
        if (!unsqueezer->context)
                return -ENOMEM;
        if (size <= unsqueezer->size)
                return 0;
        room = realloc(unsqueezer->room, size);
        if (!room)
                return -ENOMEM;
        unsqueezer->room = room;
        unsqueezer->size = size;
        return 0;
}

int unsqueeze(struct unsqueezer *unsqueezer, struct str squeezed, size_t most, struct str *ret)
{
        unsigned long long size = ZSTD_getFrameContentSize(squeezed.ptr, squeezed.len);
        size_t len;

        /* What is unknown or no frame has sizes above all others. */
        if (size > most)
                return -EBADMSG;
        TRY(make_room(unsqueezer, (size_t)size + 1));
        len = ZSTD_decompressDCtx(unsqueezer->context, unsqueezer->room, (size_t)size, squeezed.ptr,
                                  squeezed.len);
        if (ZSTD_isError(len) || len != size)
                return -EBADMSG;
        *ret = str_make(unsqueezer->room, len);
        return 0;
}

void unsqueezer_done(struct unsqueezer *unsqueezer)
{
        (void)ZSTD_freeDCtx(unsqueezer->context);
        free(unsqueezer->room);
        *unsqueezer = (struct unsqueezer){};
}
