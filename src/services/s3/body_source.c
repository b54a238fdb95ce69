/* Bodies as they are read: for answers, and for copies.
 *
 * Who has begun to read comes to the end, whatever is deleted meanwhile: the files that are not open yet are
 * pinned. That they were not gone already when that was done, though the row comes from a snapshot of some
 * time ago, shows the body itself, looked for once more: files go after the transaction that takes the body
 * from them is on disk, so those of a body that is still there are there as well. When it is not, each file
 * is looked for. */
#include "base/text.h"
#include "crypto/seal.h"
#include "services/s3/body.h"

struct extent {
        uint64_t at, size; /* in the body */
        struct str clear;  /* of an inline piece, opened; absent: a file */
        struct blob_pin blob;
};

struct body_source {
        struct http_source source;
        struct call *call;
        struct secret data_key;
        uint64_t from; /* where the answer begins in the body */
        struct extent *extents;
        size_t count, current;
        struct s3_piece_record like; /* one that it has */
        bool is_pinned;
        struct blob_reader *reader; /* of the current one */
};

static struct body_source *of(struct http_source *source)
{
        return (struct body_source *)(void *)source;
}

typedef int (*reader_open)(struct blobs *blobs, struct blob_id id, const uint8_t key[BLOB_KEY_LEN],
                           struct blob_reader **ret);
typedef int (*reader_read)(struct blob_reader *reader, uint64_t offset, void *out, size_t len,
                           size_t *ret_len);

static int enter(struct body_source *body, size_t number, reader_open open)
{
        if (body->reader && number == body->current)
                return 0;
        blob_reader_close(body->reader);
        body->reader = NULL;
        body->current = number;
        if (str_is_set(body->extents[number].clear))
                return 0;
        return open(body->call->host->blobs, body->extents[number].blob.id, body->data_key.bytes,
                    &body->reader);
}

static int read_extent(struct body_source *body, reader_read read, uint64_t at, void *out, size_t len,
                       size_t *ret_len)
{
        const struct extent *extent = &body->extents[body->current];
        uint64_t offset = at - extent->at;

        if (len > extent->size - offset)
                len = (size_t)(extent->size - offset);
        if (!str_is_set(extent->clear))
                return read(body->reader, offset, out, len, ret_len);
        memcpy(out, extent->clear.ptr + offset, len);
        *ret_len = len;
        return 0;
}

static int read_by(struct body_source *body, reader_open open, reader_read read, uint64_t offset, void *out,
                   size_t len, size_t *ret_len)
{
        uint64_t at = body->from + offset;
        size_t number = body->current;

        if (len > body->source.size - offset)
                len = (size_t)(body->source.size - offset);
        while (number + 1 < body->count && at >= body->extents[number].at + body->extents[number].size)
                number++;
        TRY(enter(body, number, open));
        TRY(read_extent(body, read, at, out, len, ret_len));
        return *ret_len == 0 ? -EBADMSG : 0; /* shorter than its row says */
}

static int body_read(struct http_source *source, uint64_t offset, void *out, size_t len, size_t *ret_len)
{
        return read_by(of(source), blob_reader_open, blob_read_at, offset, out, len, ret_len);
}

static int body_read_now(struct http_source *source, uint64_t offset, void *out, size_t len, size_t *ret_len)
{
        return read_by(of(source), blob_reader_open_now, blob_read_now, offset, out, len, ret_len);
}

/* -- Pins */

static struct blob_pin *pin_of(struct extent *extent)
{
        return str_is_set(extent->clear) ? NULL : &extent->blob;
}

static int pin_all(struct body_source *body)
{
        body->is_pinned = true;
        for (size_t i = 0; i < body->count; i++) {
                struct blob_pin *pin = pin_of(&body->extents[i]);

                if (pin)
                        TRY(blob_pin(body->call->host->blobs, pin));
        }
        return 0;
}

static void unpin_all(struct body_source *body)
{
        for (size_t i = 0; body->is_pinned && i < body->count; i++) {
                struct blob_pin *pin = pin_of(&body->extents[i]);

                if (pin)
                        blob_unpin(body->call->host->blobs, pin);
        }
        body->is_pinned = false;
}

/* False also where a transaction reads what it has made itself. All pieces of a body that can be read go in
 * one transaction, so any will do. */
static bool is_there_now(const struct body_source *body)
{
        struct txn *now;
        bool is_there;

        if (store_read_begin(body->call->host->store, &now) < 0)
                return false;
        is_there = record_exists(now, &s3_piece_record_type, &body->like);
        store_read_end(now);
        return is_there;
}

static int find_files(struct body_source *body)
{
        int64_t written;

        for (size_t i = 0; i < body->count; i++) {
                const struct blob_pin *pin = pin_of(&body->extents[i]);

                if (pin)
                        TRY(blob_written_ms(body->call->host->blobs, pin->id, &written));
        }
        return 0;
}

static int pin(struct body_source *body)
{
        TRY(pin_all(body));
        return is_there_now(body) ? 0 : find_files(body);
}

/* -- The end */

static void body_done(struct http_source *source)
{
        struct body_source *body = of(source);

        blob_reader_close(body->reader);
        body->reader = NULL;
        unpin_all(body);
        secret_done(&body->data_key);
}

static int open_inline(struct body_source *body, const struct s3_piece_record *piece, struct extent *extent)
{
        _cleanup_(secret_done) struct secret clear = {};
        struct arena *arena = &body->call->arena;

        TRY(seal_open(body->data_key.bytes, s3_inline_bound(arena, piece), piece->inline_, &clear));
        if (clear.len != extent->size)
                return -EBADMSG;
        extent->clear = arena_dup_bytes(arena, clear.bytes, clear.len);
        return str_is_set(extent->clear) ? 0 : -ENOMEM;
}

static int add_extent(struct body_source *body, const struct s3_piece_record *piece, uint64_t at)
{
        struct extent *extent;

        if ((body->count & (body->count - 1)) == 0) { /* full: 0, 1, 2, 4, ... */
                struct extent *more =
                        arena_new_array(&body->call->arena, struct extent, body->count ? 2 * body->count : 1);

                if (!more)
                        return -ENOMEM;
                if (body->count)
                        memcpy(more, body->extents, body->count * sizeof(*more));
                body->extents = more;
        }
        body->like = (struct s3_piece_record){.body = piece->body, .number = piece->number};
        extent = &body->extents[body->count++];
        *extent = (struct extent){.at = at, .size = (uint64_t)piece->size.value};
        if (!str_is_set(piece->blob))
                return open_inline(body, piece, extent);
        return hex_decode(piece->blob, extent->blob.id.bytes, sizeof(extent->blob.id.bytes));
}

/* Those that the range touches. */
static int find_extents(struct body_source *body, int64_t number)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        const struct s3_piece_record like = {.body = OPT_INT(number)};
        uint64_t at = 0, end = body->from + body->source.size;
        struct s3_piece_record piece = {};
        int r;

        TRY(record_scan_begin(&scan, body->call->txn, &body->call->arena, &s3_piece_record_type, NULL, &like,
                              1, STR_NONE));
        while (at < end) {
                r = record_scan_next(&scan, &piece);
                if (r < 0)
                        return r == -ENOENT ? -EBADMSG : r; /* shorter than its row says */
                if (at + (uint64_t)piece.size.value > body->from && piece.size.value > 0)
                        TRY(add_extent(body, &piece, at));
                at += (uint64_t)piece.size.value;
                piece = (struct s3_piece_record){};
        }
        return 0;
}

static bool has_files(const struct body_source *body)
{
        for (size_t i = 0; i < body->count; i++)
                if (!str_is_set(body->extents[i].clear))
                        return true;
        return false;
}

/* What one inline piece has need not be read bit by bit, on a thread of its own. */
static void give_whole(struct body_source *body)
{
        const struct extent *only = body->extents;

        if (body->count == 0)
                body->source.whole = STR("");
        else if (body->count == 1)
                body->source.whole =
                        str_part(only->clear, (size_t)(body->from - only->at), (size_t)body->source.size);
}

static int open_first(struct body_source *body)
{
        int r;

        if (!has_files(body)) {
                give_whole(body);
                return 0;
        }
        if (body->count > 1) /* one alone is opened now */
                TRY(pin(body));
        r = enter(body, 0, body->call->may_take_time ? blob_reader_open : blob_reader_open_now);
        return r == -EAGAIN ? call_take_time(body->call) : r;
}

int s3_body_open(struct call *call, int64_t number, struct secret *data_key, uint64_t from, uint64_t size,
                 struct http_source **ret)
{
        struct body_source *body = arena_new(&call->arena, struct body_source);
        int r;

        *ret = NULL;
        if (!body)
                return -ENOMEM;
        *body = (struct body_source){
                .source = {.size = size, .read = body_read, .read_now = body_read_now, .done = body_done},
                .call = call,
                .data_key = *data_key,
                .from = from,
        };
        *data_key = (struct secret){};
        r = size ? find_extents(body, number) : 0;
        if (r == 0)
                r = open_first(body);
        if (r == -ENOENT && (r = call_look_afresh(call)) == 0)
                r = -EBADMSG; /* a file that should be there */
        if (r < 0)
                body_done(&body->source);
        else
                *ret = &body->source;
        return r;
}
