/* https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html */
#include "base/ids.h"
#include "crypto/sums.h"
#include "services/s3/body.h"
#include "services/s3/lifecycle.h"
#include "services/s3/new_object.h"
#include "services/s3/upload.h"

static int unsupported(struct call *call, struct str type, struct str algorithm)
{
        struct str name = arena_lower(&call->arena, algorithm);

        return fail(call, &s3_invalid_request,
                    "The %.*s checksum type cannot be used with the %.*s checksum algorithm.", STR_ARG(type),
                    STR_ARG(name));
}

/* Of the parts one by one, or of the whole, which follows from those of the parts with CRCs alone.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html#ChecksumTypes-Uploads
 */
static int choose_checksum(struct call *call, const struct s3_create_multipart_upload_in *in,
                           struct s3_object_record *row)
{
        struct str algorithm = in->checksum_algorithm, type = in->checksum_type;
        enum sum sum;

        if (!str_is_set(algorithm)) {
                if (!str_is_set(type))
                        return 0;
                return fail(
                        call, &s3_invalid_request,
                        "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm "
                        "header.");
        }
        if (sum_find(algorithm, &sum) < 0)
                return fail(
                        call, &s3_invalid_request,
                        "Checksum algorithm provided is unsupported. Please try again with any of the valid "
                        "types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]");
        if (!str_is_set(type))
                type = sum == SUM_CRC64NVME ? STR("FULL_OBJECT") : STR("COMPOSITE");
        if (str_eq(type, STR("FULL_OBJECT")) ? !sum_can_join(sum) : sum == SUM_CRC64NVME)
                return unsupported(call, type, algorithm);
        row->checksum_algorithm = algorithm;
        row->checksum_type = type;
        return 0;
}

static int fill(struct call *call, const struct s3_bucket_record *bucket,
                const struct s3_create_multipart_upload_in *in, struct s3_object_record *row)
{
        const struct s3_new_object given = S3_NEW_OBJECT(in);

        /* "Anonymous users cannot initiate multipart uploads.":
         * https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html */
        if (call->principal.kind == ANONYMOUS)
                return fail(call, &s3_access_denied,
                            "Anonymous users cannot initiate multipart uploads.  Please authenticate.");
        TRY(s3_fill_row(call, bucket, in->key, &given, row));
        row->lock_mode = in->object_lock_mode; /* the bucket's default counts from the completion on */
        row->lock_until = in->object_lock_retain_until_date;
        row->initiator = call->principal.arn;
        return choose_checksum(call, in, row);
}

/* The body begins without a piece, under a key that all of them will have. s3_new_body() knows bodies by
 * their pieces; its numbers are far above those of spaces. */
static int begin_body(struct call *call, const struct s3_create_multipart_upload_in *in,
                      struct s3_object_record *row)
{
        _cleanup_(secret_done) struct secret data_key = {};
        const struct s3_sse_headers sse = S3_SSE_HEADERS(in);

        TRY(s3_new_space(call, &row->body.value));
        row->body.is_set = true;
        TRY(secret_new(&data_key, S3_DATA_KEY_LEN));
        random_fill(data_key.bytes, data_key.len);
        return s3_seal_data_key(call, in->bucket, in->key, &sse, &data_key, row);
}

static void tell(const struct s3_object_record *row, const struct s3_create_multipart_upload_in *in,
                 struct s3_create_multipart_upload_out *out)
{
        out->bucket = in->bucket;
        out->key = in->key;
        out->upload_id = row->version_id;
        S3_TELL_ENCRYPTION(out, row);
        if (s3_is_kms(row))
                out->ssekms_encryption_context = row->kms_context;
        out->checksum_algorithm = row->checksum_algorithm;
        out->checksum_type = row->checksum_type;
}

int s3_create_multipart_upload(struct call *call, const struct s3_create_multipart_upload_in *in,
                               struct s3_create_multipart_upload_out *out)
{
        struct s3_bucket_record bucket;
        struct s3_version upload = {};

        TRY(s3_get_bucket(call, in->bucket, &bucket));
        TRY(fill(call, &bucket, in, &upload.row));
        TRY(s3_place_upload(call, &bucket, in->key, &upload));
        TRY(begin_body(call, in, &upload.row));
        TRY(s3_row_put(call, &upload.place, &upload.row));
        tell(&upload.row, in, out);
        return s3_tell_abort(call, in->bucket, in->key, &upload.row, &out->abort_date, &out->abort_rule_id);
}
