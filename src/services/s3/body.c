#include "services/s3/body.h"

#include "base/ids.h"
#include "base/text.h"
#include "crypto/seal.h"
#include "events/timers.h"
#include "services/s3/directory.h"

#define INLINE_BOUND "s3 piece of body %lld, number %lld"
/* Whoever has just found the body may still open its files. */
#define FILE_GRACE_MS (5 * MS_PER_S)
#define RANDOM_BITS   20
#define PIECE_MEMORY  ((size_t)64 * 1024) /* one piece in the store, and its like */

/* Later ones are greater, so that what is new lies together. */
int s3_new_body(struct call *call, int64_t *ret)
{
        uint32_t random;
        struct s3_piece_record first = {.number = OPT_INT(1)};

        do {
                random_fill(&random, sizeof(random));
                *ret = (int64_t)((uint64_t)call->now_ms << RANDOM_BITS | random >> (32 - RANDOM_BITS));
                first.body = OPT_INT(*ret);
        } while (record_exists(call->txn, &s3_piece_record_type, &first));
        return 0;
}

struct str s3_inline_bound(struct arena *arena, const struct s3_piece_record *piece)
{
        struct opt_int body = piece->sealed_as.is_set ? piece->sealed_as : piece->body;

        return arena_printf(arena, INLINE_BOUND, (long long)body.value, (long long)piece->number.value);
}

int s3_seal_inline(struct call *call, const struct secret *data_key, struct str clear,
                   struct s3_piece_record *piece)
{
        uint8_t *out = arena_alloc(&call->arena, clear.len + SEAL_OVERHEAD);

        if (!out)
                return -ENOMEM;
        piece->inline_ = str_make(out, clear.len + SEAL_OVERHEAD);
        return seal_bytes(data_key->bytes, s3_inline_bound(&call->arena, piece), clear, out);
}

/* A file goes some time after the last body that has it: only then does a timer stand, so that none can fire
 * in the transaction, not yet on disk, that drops the last. */
static int drop_file(struct call *call, struct str blob)
{
        const struct timer timer = {
                .due_ms = call->now_ms + FILE_GRACE_MS, .name = STR("s3.DeleteBlob"), .subject = blob};
        _cleanup_(arena_done) struct arena arena = {};
        int r;

        arena_init(&arena, PIECE_MEMORY);
        r = s3_refers_to_blob(call->txn, &arena, blob);
        if (r != 0)
                return r < 0 ? r : 0;
        return timer_set(call->txn, &timer);
}

int s3_drop_piece(struct call *call, const struct s3_piece_record *piece)
{
        TRY(call_delete(call, &s3_piece_record_type, piece));
        return str_is_set(piece->blob) ? drop_file(call, piece->blob) : 0;
}

int s3_drop_body(struct call *call, int64_t body)
{
        _cleanup_(s3_pieces_end) struct s3_pieces pieces = {};
        struct s3_piece_record piece;
        int r;

        TRY(s3_pieces_begin(&pieces, call, body, 0));
        while ((r = s3_pieces_next(&pieces, &piece)) == 0)
                TRY(s3_drop_piece(call, &piece));
        return r == -ENOENT ? 0 : r;
}

/* -- One by one */

int s3_pieces_begin(struct s3_pieces *pieces, struct call *call, int64_t body, int64_t behind)
{
        const struct s3_piece_record like = {.body = OPT_INT(body), .number = OPT_INT(behind)};
        struct str token;

        *pieces = (struct s3_pieces){};
        arena_init(&pieces->arena, PIECE_MEMORY);
        TRY(record_scan_token_at(&call->arena, &s3_piece_record_type, &like, 1, 2, &token));
        return record_scan_begin(&pieces->scan, call->txn, &pieces->arena, &s3_piece_record_type, NULL, &like,
                                 1, token);
}

int s3_pieces_next(struct s3_pieces *pieces, struct s3_piece_record *ret)
{
        arena_reset(&pieces->arena);
        *ret = (struct s3_piece_record){};
        return record_scan_next(&pieces->scan, ret);
}

void s3_pieces_end(struct s3_pieces *pieces)
{
        record_scan_end(&pieces->scan);
        arena_done(&pieces->arena);
}

/* -- Reading */

struct extent {
        uint64_t at, size; /* in the body */
        struct str clear;  /* of an inline piece, opened; absent: a file */
        struct blob_id blob;
};

struct body_source {
        struct http_source source;
        struct call *call;
        struct secret data_key;
        uint64_t from; /* where the answer begins in the body */
        struct extent *extents;
        size_t count, current;
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
        return open(body->call->host->blobs, body->extents[number].blob, body->data_key.bytes, &body->reader);
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

static void body_done(struct http_source *source)
{
        struct body_source *body = of(source);

        blob_reader_close(body->reader);
        body->reader = NULL;
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
        extent = &body->extents[body->count++];
        *extent = (struct extent){.at = at, .size = (uint64_t)piece->size.value};
        if (!str_is_set(piece->blob))
                return open_inline(body, piece, extent);
        return hex_decode(piece->blob, extent->blob.bytes, sizeof(extent->blob.bytes));
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
        if (r < 0)
                body_done(&body->source);
        else
                *ret = &body->source;
        return r;
}
