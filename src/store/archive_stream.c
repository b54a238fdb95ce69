#include "store/archive_stream.h"

#include <endian.h>

#include "base/crc.h"

void archive_stream_done(struct archive_stream *stream)
{
        if (stream->file)
                (void)fclose(stream->file);
        free(stream->room);
}

int archive_stream_room(struct archive_stream *stream, size_t len)
{
        char *bigger;

        if (len <= stream->room_size)
                return 0;
        bigger = realloc(stream->room, 2 * len);
        if (!bigger)
                return -ENOMEM;
        stream->room = bigger;
        stream->room_size = 2 * len;
        return 0;
}

int archive_stream_tell(struct archive_stream *stream, uint64_t bytes)
{
        const struct archive_options *options = stream->options;

        stream->progress.bytes += bytes;
        stream->progress.blobs = stream->blobs;
        return options->tell ? options->tell(options->arg, &stream->progress) : 0;
}

static void sum(struct archive_stream *stream, struct str bytes)
{
        stream->entry_sum = crc32c(stream->entry_sum, bytes);
        stream->whole_sum = crc32c(stream->whole_sum, bytes);
}

/* -- Writing */

int archive_put(struct archive_stream *stream, struct str bytes)
{
        sum(stream, bytes);
        errno = EIO;
        return bytes.len && fwrite(bytes.ptr, bytes.len, 1, stream->file) != 1 ? -errno : 0;
}

int archive_put_kind(struct archive_stream *stream, enum archive_kind kind)
{
        const char byte = (char)kind;

        stream->entry_sum = 0;
        return archive_put(stream, (struct str){&byte, 1});
}

int archive_put_u32(struct archive_stream *stream, uint32_t value)
{
        uint32_t little = htole32(value);

        return archive_put(stream, (struct str){(const char *)&little, sizeof(little)});
}

int archive_put_u64(struct archive_stream *stream, uint64_t value)
{
        uint64_t little = htole64(value);

        return archive_put(stream, (struct str){(const char *)&little, sizeof(little)});
}

/* -- Reading */

int archive_take(struct archive_stream *stream, void *to, size_t len)
{
        if (len && fread(to, len, 1, stream->file) != 1)
                return ferror(stream->file) ? -EIO : -EBADMSG;
        sum(stream, (struct str){to, len});
        return 0;
}

int archive_take_kind(struct archive_stream *stream, enum archive_kind *ret)
{
        unsigned char kind;

        stream->entry_sum = 0;
        TRY(archive_take(stream, &kind, 1));
        *ret = (enum archive_kind)kind;
        return 0;
}

int archive_take_u32(struct archive_stream *stream, uint32_t *ret)
{
        TRY(archive_take(stream, ret, sizeof(*ret)));
        *ret = le32toh(*ret);
        return 0;
}

int archive_take_u64(struct archive_stream *stream, uint64_t *ret)
{
        TRY(archive_take(stream, ret, sizeof(*ret)));
        *ret = le64toh(*ret);
        return 0;
}

int archive_take_sum(struct archive_stream *stream, uint32_t expected)
{
        uint32_t there;

        TRY(archive_take_u32(stream, &there));
        return there == expected ? 0 : -EBADMSG;
}
