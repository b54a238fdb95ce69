#include "services/s3/part.h"

#include "services/s3/etag.h"

/* https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html */
int s3_check_upload_customer(struct call *call, const struct s3_object_record *upload,
                             const struct s3_sse_headers *sse)
{
        bool is_given = sse->customer_algorithm.len || sse->customer_key.len;

        if (is_given && !s3_is_customers(upload))
                return fail(
                        call, &s3_invalid_request,
                        "The multipart upload initiate did not request encryption. Please resend the request "
                        "without sending encryption parameters.");
        if (!is_given && s3_is_customers(upload))
                return fail(
                        call, &s3_invalid_request,
                        "The multipart upload initiate requested encryption. Subsequent part requests must "
                        "include the appropriate encryption parameters.");
        if (is_given && !str_eq(sse->customer_md5, upload->customer_md5))
                return fail(call, &s3_invalid_request,
                            "The provided encryption parameters did not match the ones used originally.");
        return 0;
}

int s3_open_upload(struct call *call, const struct s3_part_target *target, struct s3_version *ret,
                   struct secret *ret_data_key)
{
        struct s3_bucket_record bucket;

        TRY(s3_get_bucket(call, target->bucket, &bucket));
        TRY(s3_check_part_number(call, target->number));
        TRY(s3_find_upload(call, &bucket, target->key, target->upload_id, ret));
        TRY(s3_check_upload_customer(call, &ret->row, &target->sse));
        return s3_open_data_key(call, target->bucket, target->key, &target->sse, &ret->row, ret_data_key);
}

static int make_room(struct call *call, const struct s3_piece_record *piece)
{
        struct s3_piece_record former = *piece;
        int r = call_get(call, &s3_piece_record_type, &former);

        if (r == -ENOENT)
                return 0;
        TRY(r);
        return s3_drop_piece(call, &former);
}

int s3_keep_part(struct call *call, const struct s3_part_target *target, struct s3_object_record *ret_upload,
                 struct s3_piece_record *ret)
{
        _cleanup_(secret_done) struct secret data_key = {};
        struct s3_incoming *incoming = s3_incoming_of(call);
        struct s3_version upload;

        TRY(s3_open_upload(call, target, &upload, &data_key));
        *ret_upload = upload.row;
        *ret = (struct s3_piece_record){.body = upload.row.body, .number = OPT_INT(target->number)};
        TRY(make_room(call, ret));
        TRY(s3_make_etag(call, &data_key, s3_incoming_md5(call, incoming), &upload.row, &ret->etag));
        return s3_incoming_keep(call, incoming, ret);
}
