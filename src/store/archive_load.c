/* An archive is read three times: to see that all of it is there and right; for its blobs; for its keys, in
 * one transaction. */
#include "store/archive_stream.h"

#include <sys/stat.h>
#include <unistd.h>

#include "store/engine.h"
#include "store/folder.h"

#define PASSES 2

struct loading {
        struct archive_stream stream;
        struct archive_counts *counts;
        bool has_blobs;
        bool wants_blobs; /* this time */
        struct txn *txn;  /* for its keys, and nothing else, this time; NULL: not */
        uint64_t named;
};

/* -- Keys */

/* Grows as the bytes come: a wrong length does not take memory that the file cannot fill. */
static int take_value(struct archive_stream *stream, size_t len)
{
        const size_t step = (size_t)1 << 20;

        TRY(archive_stream_room(stream, 1));
        for (size_t done = 0, part; done < len; done += part) {
                part = len - done < step ? len - done : step;
                TRY(archive_stream_room(stream, done + part));
                TRY(archive_take(stream, stream->room + done, part));
        }
        return 0;
}

static int take_entry(struct loading *loading)
{
        struct archive_stream *stream = &loading->stream;
        char key[STORE_KEY_MAX];
        uint32_t key_len, value_len;

        TRY(archive_take_u32(stream, &key_len));
        TRY(archive_take_u32(stream, &value_len));
        if (key_len == 0 || key_len > sizeof(key))
                return -EBADMSG;
        TRY(archive_take(stream, key, key_len));
        TRY(take_value(stream, value_len));
        TRY(archive_take_sum(stream, stream->entry_sum));
        stream->keys++;
        if (loading->txn)
                return txn_put(loading->txn, str_make(key, key_len), str_make(stream->room, value_len));
        return archive_stream_tell(stream, 1 + 4 + 4 + key_len + value_len + 4);
}

/* -- Blobs */

static int take_id(struct loading *loading, struct blob_id *ret)
{
        if (!loading->has_blobs)
                return -EBADMSG;
        TRY(archive_take(&loading->stream, ret->bytes, sizeof(ret->bytes)));
        return archive_stream_tell(&loading->stream, ARCHIVE_NAME_LEN);
}

static int write_all(int fd, struct str bytes)
{
        while (bytes.len) {
                ssize_t n = write(fd, bytes.ptr, bytes.len);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                bytes = str_from(bytes, (size_t)n);
        }
        return 0;
}

/* fd -1: nowhere. */
static int take_bytes(struct archive_stream *stream, uint64_t len, int fd)
{
        TRY(archive_stream_room(stream, ARCHIVE_PIECE));
        while (len) {
                size_t piece = len < ARCHIVE_PIECE ? (size_t)len : ARCHIVE_PIECE;

                TRY(archive_take(stream, stream->room, piece));
                if (fd >= 0)
                        TRY(write_all(fd, str_make(stream->room, piece)));
                TRY(archive_stream_tell(stream, piece));
                len -= piece;
        }
        return 0;
}

/* One that two bodies have may have been saved with each: then it is there already, and *ret_fd stays -1. */
static int make_file(struct loading *loading, struct blob_id id, int *ret_fd)
{
        int r = loading->wants_blobs ? blob_file_make(loading->stream.options->blobs, id, ret_fd) : 0;

        return r == -EEXIST ? 0 : r;
}

static int take_blob(struct loading *loading)
{
        _cleanup_(closep) int fd = -1;
        struct archive_stream *stream = &loading->stream;
        struct blob_id id;
        uint64_t len;

        TRY(take_id(loading, &id));
        TRY(archive_take_u64(stream, &len));
        TRY(make_file(loading, id, &fd));
        TRY(take_bytes(stream, len, fd));
        TRY(archive_take_sum(stream, stream->entry_sum));
        stream->blobs++;
        return archive_stream_tell(stream, 8 + 4);
}

static int take_name(struct loading *loading)
{
        struct blob_id id;

        TRY(take_id(loading, &id));
        loading->named++;
        loading->stream.progress.blobs_total = loading->named;
        return 0;
}

static int take_missing(struct loading *loading)
{
        struct blob_id id;

        TRY(take_id(loading, &id));
        loading->stream.blobs++;
        loading->counts->missing++;
        return 0;
}

/* -- All of it */

static int take_end(struct loading *loading)
{
        struct archive_stream *stream = &loading->stream;
        uint64_t keys, blobs = 0;

        TRY(archive_take_u64(stream, &keys));
        if (loading->has_blobs)
                TRY(archive_take_u64(stream, &blobs));
        if (keys != stream->keys || blobs != stream->blobs || blobs != loading->named)
                return -EBADMSG;
        TRY(archive_take_sum(stream, stream->whole_sum));
        loading->counts->keys = keys;
        loading->counts->blobs = blobs;
        return fgetc(stream->file) == EOF ? 0 : -EBADMSG;
}

static int take_header(struct loading *loading)
{
        char header[32];
        struct str text = {header, ARCHIVE_HEADER.len};

        TRY(archive_take(&loading->stream, header, text.len));
        loading->has_blobs = str_eq(text, ARCHIVE_HEADER_BLOBS);
        if (loading->has_blobs || str_eq(text, ARCHIVE_HEADER))
                return 0;
        return str_starts(text, STR("merlon-store ")) ? -ENOTSUP : -EBADMSG;
}

/* 1: that was the end, of what is wanted. */
static int take_one(struct loading *loading)
{
        enum archive_kind kind;

        TRY(archive_take_kind(&loading->stream, &kind));
        if (loading->txn && kind != ARCHIVE_KEY)
                return loading->stream.keys == loading->counts->keys ? 1 : -EBADMSG;
        switch (kind) {
        case ARCHIVE_KEY:
                return take_entry(loading);
        case ARCHIVE_NAME:
                return take_name(loading);
        case ARCHIVE_BLOB:
                return take_blob(loading);
        case ARCHIVE_MISSING:
                return take_missing(loading);
        case ARCHIVE_END:
                TRY(take_end(loading));
                return 1;
        default:
                return -EBADMSG;
        }
}

static int take_all(struct loading *loading)
{
        int r;

        TRY(take_header(loading));
        while ((r = take_one(loading)) == 0)
                ;
        return r < 0 ? r : 0;
}

static int read_archive(const struct archive_options *options, const char *path, unsigned int pass,
                        bool wants_blobs, struct txn *txn, struct archive_counts *counts)
{
        struct loading loading = {.stream = {.file = fopen(path, "re"), .options = options},
                                  .counts = counts,
                                  .wants_blobs = wants_blobs,
                                  .txn = txn};
        struct stat st;
        int r;

        if (!loading.stream.file)
                return -errno;
        r = fstat(fileno(loading.stream.file), &st) < 0 ? -errno : 0;
        if (r == 0) {
                loading.stream.progress.bytes_total = PASSES * (uint64_t)st.st_size;
                loading.stream.progress.bytes = pass * (uint64_t)st.st_size;
                r = take_all(&loading);
        }
        archive_stream_done(&loading.stream);
        return r;
}

int archive_check(const struct archive_options *options, const char *file, struct archive_counts *ret)
{
        *ret = (struct archive_counts){};
        return read_archive(options, file, 0, false, NULL, ret);
}

static int require_empty(struct txn *txn)
{
        _cleanup_(cursor_closep) struct cursor *cursor = NULL;
        struct str key, value;
        int r;

        TRY(cursor_open(txn, STR(""), STR_NONE, true, &cursor));
        r = cursor_next(cursor, &key, &value);
        return r == -ENOENT ? 0 : r < 0 ? r : -ENOTEMPTY;
}

int archive_store_is_empty(struct store *store)
{
        struct txn *txn;
        int r;

        TRY(store_read_begin(store, &txn));
        r = require_empty(txn);
        store_read_end(txn);
        return r;
}

int archive_load_blobs(const struct archive_options *options, const char *file)
{
        struct archive_counts counts = {};
        int r = read_archive(options, file, 1, true, NULL, &counts);

        if (r == 0)
                r = blob_files_name(options->blobs);
        if (r < 0)
                blob_files_drop(options->blobs);
        return r;
}

struct load {
        const struct archive_options *options;
        const char *file;
        struct archive_counts counts; /* as it was checked */
};

static int load_keys(struct txn *txn, void *arg)
{
        struct load *load = arg;

        TRY(require_empty(txn));
        return read_archive(load->options, load->file, 2, false, txn, &load->counts);
}

int archive_load_keys(const struct archive_options *options, const char *file,
                      const struct archive_counts *counts)
{
        struct load load = {options, file, *counts};

        return store_write_alone(options->store, load_keys, &load);
}

int store_load(struct store *store, const char *file)
{
        const struct archive_options options = {.store = store};
        struct archive_counts counts;

        TRY(archive_check(&options, file, &counts));
        return counts.blobs ? -EINVAL : archive_load_keys(&options, file, &counts);
}
