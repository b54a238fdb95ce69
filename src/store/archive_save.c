#include "store/archive_stream.h"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "store/engine.h"
#include "store/folder.h"

/* -- Keys */

static int put_entry(struct archive_stream *stream, struct str key, struct str value)
{
        stream->keys++;
        TRY(archive_put_kind(stream, ARCHIVE_KEY));
        TRY(archive_put_u32(stream, (uint32_t)key.len));
        TRY(archive_put_u32(stream, (uint32_t)value.len));
        TRY(archive_put(stream, key));
        TRY(archive_put(stream, value));
        return archive_put_u32(stream, stream->entry_sum);
}

static int put_keys(struct archive_stream *stream, struct txn *txn)
{
        _cleanup_(cursor_closep) struct cursor *cursor = NULL;
        struct str key, value;
        int r;

        TRY(cursor_open(txn, STR(""), STR_NONE, true, &cursor));
        while ((r = cursor_next(cursor, &key, &value)) >= 0) {
                TRY(put_entry(stream, key, value));
                TRY(archive_stream_tell(stream, 0));
        }
        return r == -ENOENT ? 0 : r;
}

/* -- Names of blobs: so that the snapshot need not last while their files are copied, and no list of them be
 * held in memory. */

static int put_name(void *arg, struct blob_id id)
{
        struct archive_stream *stream = arg;
        uint64_t len = 0;
        int fd = -1;

        if (blob_file_open(stream->options->blobs, id, &fd, &len) == 0)
                closep(&fd);
        stream->progress.blobs_total++;
        stream->progress.bytes_total += len;
        TRY(archive_put_kind(stream, ARCHIVE_NAME));
        TRY(archive_put(stream, str_make(id.bytes, sizeof(id.bytes))));
        return archive_stream_tell(stream, 0);
}

static int put_snapshot(struct archive_stream *stream, struct txn *txn)
{
        const struct archive_options *options = stream->options;

        TRY(archive_put(stream, options->blobs ? ARCHIVE_HEADER_BLOBS : ARCHIVE_HEADER));
        TRY(put_keys(stream, txn));
        return options->blobs ? options->each_blob(txn, put_name, stream) : 0;
}

/* -- Files of blobs */

/* Exactly so many bytes: files of blobs do not change. */
static int put_bytes(struct archive_stream *stream, int fd, uint64_t len)
{
        TRY(archive_stream_room(stream, ARCHIVE_PIECE));
        while (len) {
                ssize_t n = read(fd, stream->room, len < ARCHIVE_PIECE ? (size_t)len : ARCHIVE_PIECE);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return n < 0 ? -errno : -EIO;
                TRY(archive_put(stream, str_make(stream->room, (size_t)n)));
                TRY(archive_stream_tell(stream, (uint64_t)n));
                len -= (uint64_t)n;
        }
        return 0;
}

static int put_missing(struct archive_stream *stream, struct blob_id id, struct archive_counts *counts)
{
        counts->missing++;
        TRY(archive_put_kind(stream, ARCHIVE_MISSING));
        return archive_put(stream, str_make(id.bytes, sizeof(id.bytes)));
}

/* One that is missing is damage from before, and no reason to save nothing of all the others. */
static int put_blob(struct archive_stream *stream, struct blob_id id, struct archive_counts *counts)
{
        _cleanup_(closep) int fd = -1;
        uint64_t len;
        int r = blob_file_open(stream->options->blobs, id, &fd, &len);

        stream->blobs++;
        if (r == -ENOENT)
                return put_missing(stream, id, counts);
        TRY(r);
        TRY(archive_put_kind(stream, ARCHIVE_BLOB));
        TRY(archive_put(stream, str_make(id.bytes, sizeof(id.bytes))));
        TRY(archive_put_u64(stream, len));
        TRY(put_bytes(stream, fd, len));
        return archive_put_u32(stream, stream->entry_sum);
}

/* The names are read back from where they stand in the file. */
static int put_blobs(struct archive_stream *stream, off_t names, struct archive_counts *counts)
{
        for (uint64_t left = stream->progress.blobs_total; left; left--) {
                uint8_t name[ARCHIVE_NAME_LEN];
                struct blob_id id;

                if (pread(fileno(stream->file), name, sizeof(name), names) != (ssize_t)sizeof(name))
                        return -EIO;
                names += (off_t)sizeof(name);
                memcpy(id.bytes, name + 1, sizeof(id.bytes));
                TRY(put_blob(stream, id, counts));
        }
        return 0;
}

/* -- All of it */

static int put_end(struct archive_stream *stream)
{
        TRY(archive_put_kind(stream, ARCHIVE_END));
        TRY(archive_put_u64(stream, stream->keys));
        if (stream->options->blobs)
                TRY(archive_put_u64(stream, stream->blobs));
        TRY(archive_put_u32(stream, stream->whole_sum));
        return fflush(stream->file) != 0 || fsync(fileno(stream->file)) < 0 ? -errno : 0;
}

static int put_in_snapshot(struct archive_stream *stream)
{
        struct txn *txn;
        int r;

        TRY(store_read_begin(stream->options->store, &txn));
        r = put_snapshot(stream, txn);
        store_read_end(txn);
        return r;
}

static int put_all(struct archive_stream *stream, struct archive_counts *counts)
{
        off_t end;

        TRY(put_in_snapshot(stream));
        if (fflush(stream->file) != 0 || (end = ftello(stream->file)) < 0)
                return -errno;
        TRY(put_blobs(stream, end - (off_t)(stream->progress.blobs_total * ARCHIVE_NAME_LEN), counts));
        counts->keys = stream->keys;
        counts->blobs = stream->blobs;
        return put_end(stream);
}

static int save_to(const struct archive_options *options, const char *path, struct archive_counts *counts)
{
        _cleanup_(archive_stream_done) struct archive_stream stream = {.options = options};
        int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        int r;

        if (fd < 0)
                return -errno;
        stream.file = fdopen(fd, "w+e");
        if (!stream.file) {
                (void)close(fd);
                return -ENOMEM;
        }
        if (options->blobs)
                blobs_hold(options->blobs);
        r = put_all(&stream, counts);
        if (options->blobs)
                blobs_release(options->blobs);
        return r;
}

static int sync_folder_of(const char *file)
{
        char path[PATH_MAX];
        char *slash;
        int fd, r;

        TRY(str_to_buffer(str_of(file), path, sizeof(path)));
        slash = strrchr(path, '/');
        if (slash)
                slash[slash == path] = '\0';
        fd = open(slash ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        r = fsync(fd) < 0 ? -errno : 0;
        (void)close(fd);
        return r;
}

int archive_save(const struct archive_options *options, const char *file, struct archive_counts *ret)
{
        char path[PATH_MAX];
        int len = snprintf(path, sizeof(path), "%s.new", file), r;

        *ret = (struct archive_counts){};
        if (len < 0 || (size_t)len >= sizeof(path))
                return -ENAMETOOLONG;
        if (unlink(path) < 0 && errno != ENOENT)
                return -errno;
        r = save_to(options, path, ret);
        if (r >= 0 && rename(path, file) < 0)
                r = -errno;
        if (r < 0) {
                (void)unlink(path);
                return r;
        }
        return sync_folder_of(file);
}

int store_save(struct store *store, const char *file)
{
        const struct archive_options options = {.store = store};
        struct archive_counts counts;

        return archive_save(&options, file, &counts);
}
