#include "services/s3/body.h"

#include "base/ids.h"
#include "base/text.h"
#include "crypto/seal.h"
#include "events/timers.h"
#include "services/s3/directory.h"

#define INLINE_BOUND "s3 piece of body %lld, number %lld"
/* Whoever has just found the body has pinned its files by then, as a rule: see body_source.c. */
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
