#include "services/s3/roll.h"

#include "services/s3/walk.h"

/* Records that cannot be read, one after the other, before what is behind them is given up. */
#define DAMAGED_MAX ((size_t)100)

static struct str bucket_of(const struct s3_roll_place *place)
{
        return str_make(place->bucket, place->bucket_len);
}

static int keep_text(char *to, size_t size, struct str text, size_t *ret_len)
{
        if (text.len > size)
                return -EBADMSG;
        memcpy(to, text.ptr, text.len);
        *ret_len = text.len;
        return 0;
}

/* -- Where next */

static void leave_space(struct s3_roll_place *place)
{
        place->has_key = false;
        if (place->in_objects)
                place->is_inside = false;
        place->in_objects = !place->in_objects;
}

/* The first bucket whose name comes behind that of the place. */
static int enter_bucket(struct call *call, struct s3_roll_place *place, struct s3_bucket_record *ret,
                        size_t *damaged)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        const struct s3_bucket_record like = {.name = bucket_of(place)};
        struct str token = STR_NONE;
        int r;

        if (like.name.len)
                TRY(record_scan_token_at(&call->arena, &s3_bucket_record_type, &like, 0, 1, &token));
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &s3_bucket_record_type, NULL, NULL, 0, token));
        while ((r = record_scan_next(&scan, ret)) == -EBADMSG && ++*damaged < DAMAGED_MAX)
                ;
        if (r == 0)
                r = keep_text(place->bucket, sizeof(place->bucket), ret->name, &place->bucket_len);
        place->is_inside = r == 0;
        place->is_end = r < 0;
        place->in_objects = place->has_key = false;
        return r == -ENOENT || r == -EBADMSG ? 0 : r;
}

static int find_bucket(struct call *call, struct s3_roll_place *place, struct s3_bucket_record *ret,
                       size_t *damaged)
{
        int r = -ENOENT;

        *ret = (struct s3_bucket_record){.name = bucket_of(place)};
        if (place->is_inside)
                r = call_get(call, &s3_bucket_record_type, ret);
        if (r == -EBADMSG)
                ++*damaged;
        return r == -ENOENT || r == -EBADMSG ? enter_bucket(call, place, ret, damaged) : r;
}

/* -- A page */

static int copy_item(struct arena *arena, struct str bucket, bool is_upload, struct str key,
                     const struct s3_object_record *row, struct s3_roll_item *ret)
{
        *ret = (struct s3_roll_item){
                .bucket = arena_dup(arena, bucket),
                .key = arena_dup(arena, key),
                .is_upload = is_upload,
                .row = {.space = row->space,
                        .part = arena_dup(arena, row->part),
                        .order = row->order,
                        .version_id = arena_dup(arena, row->version_id),
                        .size = row->size,
                        .body = row->body,
                        .data_key = arena_dup(arena, row->data_key),
                        .encryption = arena_dup(arena, row->encryption),
                        .part_count = row->part_count},
        };
        return arena->failed ? -ENOMEM : 0;
}

static int pass(struct s3_roll_place *place, struct str key, int64_t order)
{
        place->has_key = true;
        place->order = order;
        return keep_text(place->key, sizeof(place->key), key, &place->key_len);
}

static int fill(struct s3_walk *walk, struct s3_roll_place *place, struct arena *arena, struct s3_roll *page)
{
        struct s3_object_record row;
        struct str key;
        int r;

        while (page->count < S3_ROLL_PAGE) {
                r = s3_walk_next(walk, &key, &row);
                if (r == -EBADMSG && ++page->damaged < DAMAGED_MAX)
                        continue;
                if (r < 0) {
                        leave_space(place);
                        return r == -ENOENT || r == -EBADMSG ? 0 : r;
                }
                TRY(pass(place, key, row.order.value));
                if (row.body.is_set)
                        TRY(copy_item(arena, page->bucket, !place->in_objects, key, &row,
                                      &page->items[page->count++]));
        }
        return 0;
}

static int begin(struct s3_walk *walk, struct call *call, int64_t space, const struct s3_roll_place *place)
{
        struct str key = str_make(place->key, place->key_len);

        return place->has_key ? s3_walk_begin_behind(walk, call, space, key, place->order)
                              : s3_walk_begin(walk, call, space, STR_NONE);
}

int s3_roll_next(struct call *call, struct s3_roll_place *place, struct arena *arena, struct s3_roll *ret)
{
        struct s3_bucket_record bucket;
        struct s3_walk walk = {};
        int r;

        ret->count = ret->damaged = 0;
        TRY(find_bucket(call, place, &bucket, &ret->damaged));
        ret->bucket = bucket_of(place);
        if (place->is_end)
                return 0;
        r = begin(&walk, call, place->in_objects ? bucket.space.value : bucket.uploads.value, place);
        if (r == 0)
                r = fill(&walk, place, arena, ret);
        else if (r == -EBADMSG) { /* the row that leads there */
                ret->damaged++;
                leave_space(place);
                r = 0;
        }
        s3_walk_end(&walk);
        return r;
}

/* -- An item once more */

/* Of what stays the same body, its key alone may be another: sealed anew. */
static int read_again(struct call *call, struct s3_roll_item *item, struct arena *arena)
{
        const struct s3_roll_item former = *item;
        struct s3_object_record row = {
                .space = former.row.space, .part = former.row.part, .order = former.row.order};

        TRY(call_get(call, &s3_object_record_type, &row));
        if (row.body.value != former.row.body.value)
                return -ENOENT;
        if (str_eq(row.data_key, former.row.data_key))
                return 0;
        return copy_item(arena, former.bucket, former.is_upload, former.key, &row, item);
}

int s3_roll_measure(struct call *call, struct s3_roll_item *item, struct arena *arena, int64_t *ret_size,
                    int64_t *ret_pieces)
{
        _cleanup_(s3_pieces_end) struct s3_pieces pieces = {};
        struct s3_piece_record piece;
        int r;

        *ret_size = *ret_pieces = 0;
        TRY(read_again(call, item, arena));
        TRY(s3_pieces_begin(&pieces, call, item->row.body.value, 0));
        while ((r = s3_pieces_next(&pieces, &piece)) == 0) {
                *ret_size += piece.size.value;
                ++*ret_pieces;
        }
        return r == -ENOENT ? 0 : r;
}

static int copy_piece(struct arena *arena, const struct s3_piece_record *piece, struct s3_piece_record *ret)
{
        *ret = (struct s3_piece_record){.body = piece->body,
                                        .number = piece->number,
                                        .size = piece->size,
                                        .inline_ = arena_dup(arena, piece->inline_),
                                        .blob = arena_dup(arena, piece->blob),
                                        .proof = arena_dup(arena, piece->proof),
                                        .sealed_as = piece->sealed_as};
        return arena->failed ? -ENOMEM : 0;
}

int s3_roll_pieces(struct call *call, const struct s3_roll_item *item, int64_t behind, struct arena *arena,
                   struct s3_piece_record pieces[S3_ROLL_PIECES], size_t *ret_count)
{
        _cleanup_(s3_pieces_end) struct s3_pieces scan = {};
        struct s3_piece_record piece;
        int r = 0;

        *ret_count = 0;
        TRY(s3_pieces_begin(&scan, call, item->row.body.value, behind));
        while (*ret_count < S3_ROLL_PIECES && (r = s3_pieces_next(&scan, &piece)) == 0)
                TRY(copy_piece(arena, &piece, &pieces[(*ret_count)++]));
        return r == -ENOENT ? 0 : r;
}

int s3_roll_again(struct call *call, struct s3_roll_item *item, struct arena *arena,
                  struct s3_piece_record *piece, struct arena *piece_arena)
{
        struct s3_piece_record now = {.body = piece->body, .number = piece->number};

        TRY(read_again(call, item, arena));
        TRY(call_get(call, &s3_piece_record_type, &now));
        return copy_piece(piece_arena, &now, piece);
}
