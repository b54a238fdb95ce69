#include "services/gzip.h"

#include "base/buf.h"

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

#define STEP ((size_t)64 * 1024)

/* 0: the file has ended; 1: there is more of it. */
static int expand_step(z_stream *stream, struct buf *out)
{
        char *room = buf_extend(out, STEP);
        int r;

        if (!room)
                return -EMSGSIZE;
        stream->next_out = (Bytef *)room;
        stream->avail_out = (uInt)STEP;
        r = inflate(stream, Z_NO_FLUSH);
        out->len -= stream->avail_out;
        if (r == Z_STREAM_END)
                return stream->avail_in == 0 ? 0 : -EBADMSG;
        if (r == Z_MEM_ERROR)
                return -ENOMEM;
        return r == Z_OK && stream->avail_out == 0 ? 1 : -EBADMSG;
}

int gzip_expand(struct arena *arena, struct str file, size_t max, struct str *ret)
{
        _cleanup_(buf_done) struct buf out = {};
        z_stream stream = {.next_in = (Bytef *)(uintptr_t)file.ptr, .avail_in = (uInt)file.len};
        int r;

        if (file.len > INT_MAX)
                return -EMSGSIZE;
        if (inflateInit2(&stream, WITH_HEADER) != Z_OK)
                return -ENOMEM;
        buf_init(&out, max + STEP);
        do
                r = expand_step(&stream, &out);
        while (r > 0);
        (void)inflateEnd(&stream);
        if (r == 0 && out.len > max)
                r = -EMSGSIZE;
        TRY(r);
        *ret = arena_dup(arena, buf_str(&out));
        return arena->failed ? -ENOMEM : 0; /* no room is not an empty file */
}
