/* Buckets as others of this folder find them, and blobs as the server does. */
#include "services/s3/directory.h"

#include "services/s3/s3.h"

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
