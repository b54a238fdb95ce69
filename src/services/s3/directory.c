/* Buckets as others of this folder find them, and blobs as the server does. */
#include "services/s3/directory.h"

#include "base/text.h"
#include "services/s3/s3.h"

#define PIECE_MEMORY ((size_t)64 * 1024) /* one piece, and its like */

int s3_refuse_no_bucket(struct call *call, struct str name)
{
        call_detail(call, STR("BucketName"), name);
        return fail(call, &s3_no_such_bucket, "The specified bucket does not exist");
}

int s3_refuse_document(struct call *call)
{
        return fail(
                call, &s3_malformed_xml,
                "The XML you provided was not well-formed or did not validate against our published schema");
}

int s3_get_bucket(struct call *call, struct str name, struct s3_bucket_record *ret)
{
        int r;

        *ret = (struct s3_bucket_record){.name = name};
        r = call_get(call, &s3_bucket_record_type, ret);
        return r == -ENOENT ? s3_refuse_no_bucket(call, name) : r;
}

int s3_find_bucket(struct txn *txn, struct arena *arena, struct str name, struct str *ret_region,
                   struct str *ret_account)
{
        struct s3_bucket_record bucket = {.name = name};

        TRY(record_get(txn, arena, &s3_bucket_record_type, &bucket));
        *ret_region = bucket.region;
        *ret_account = bucket.account;
        return 0;
}

int s3_new_space(struct call *call, int64_t *ret)
{
        struct s3_sequence_record sequence = {.name = STR("space")};
        int r = call_get(call, &s3_sequence_record_type, &sequence);

        if (r < 0 && r != -ENOENT)
                return r;
        *ret = sequence.last.is_set ? sequence.last.value + 1 : 1;
        sequence.last = OPT_INT(*ret);
        return call_put(call, &s3_sequence_record_type, &sequence);
}

int s3_refers_to_blob(struct txn *txn, struct arena *arena, struct str id)
{
        struct s3_piece_record piece = {.blob = id};
        int r = record_find(txn, arena, &s3_piece_record_type, s3_piece_by_blob, &piece);

        if (r == -ENOENT)
                return 0;
        return r < 0 ? r : 1;
}

bool s3_has_kept_blobs(struct txn *txn)
{
        const struct s3_sequence_record spaces = {.name = STR("space")};

        return record_exists(txn, &s3_sequence_record_type, &spaces);
}

/* A file that two bodies have comes twice, one right behind the other: by the index. */
static int visit_blob(const struct s3_piece_record *piece, struct blob_id *last,
                      int (*visit)(void *arg, struct blob_id id), void *arg)
{
        struct blob_id id = {};

        if (!str_is_set(piece->blob))
                return 0;
        TRY(hex_decode(piece->blob, id.bytes, sizeof(id.bytes)));
        if (memcmp(id.bytes, last->bytes, sizeof(id.bytes)) == 0)
                return 0;
        *last = id;
        return visit(arg, id);
}

static int visit_blobs(struct record_scan *scan, struct arena *arena,
                       int (*visit)(void *arg, struct blob_id id), void *arg)
{
        struct s3_piece_record piece = {};
        struct blob_id last = {};
        int r;

        while ((r = record_scan_next(scan, &piece)) == 0) {
                TRY(visit_blob(&piece, &last, visit, arg));
                piece = (struct s3_piece_record){};
                arena_reset(arena);
        }
        return r == -ENOENT ? 0 : r;
}

int s3_each_blob(struct txn *txn, int (*visit)(void *arg, struct blob_id id), void *arg)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        _cleanup_(arena_done) struct arena arena = {};

        arena_init(&arena, PIECE_MEMORY);
        TRY(record_scan_begin(&scan, txn, &arena, &s3_piece_record_type, s3_piece_by_blob, NULL, 0,
                              STR_NONE));
        return visit_blobs(&scan, &arena, visit, arg);
}
