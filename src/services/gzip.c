#include "services/gzip.h"

#include <limits.h>
#include <zlib.h>

#define WITH_HEADER (15 + 16) /* the largest window, and gzip's own header */
#define MEMORY      8

int gzip_compress(struct arena *arena, struct str bytes, struct str *ret)
{
        z_stream stream = {};
        uLong room;
        char *out;
        int r;

        if (bytes.len > INT_MAX)
                return -EMSGSIZE;
        if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, WITH_HEADER, MEMORY,
                         Z_DEFAULT_STRATEGY) != Z_OK)
                return -ENOMEM;
        room = deflateBound(&stream, (uLong)bytes.len);
        out = arena_alloc(arena, room);
        stream.next_in = (Bytef *)(uintptr_t)bytes.ptr;
        stream.avail_in = (uInt)bytes.len;
        stream.next_out = (Bytef *)out;
        stream.avail_out = (uInt)room;
        r = out ? deflate(&stream, Z_FINISH) : Z_MEM_ERROR;
        (void)deflateEnd(&stream);
        if (r != Z_STREAM_END)
                return -ENOMEM;
        *ret = str_make(out, stream.total_out);
        return 0;
}
