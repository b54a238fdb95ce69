/* https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
#include "auth/claim.h"
#include "services/s3/checksum.h"
#include "services/s3/etag.h"
#include "services/s3/event.h"
#include "services/s3/incoming.h"
#include "services/s3/lifecycle.h"
#include "services/s3/new_object.h"
#include "services/s3/preconditions.h"
#include "services/s3/replication.h"

static int check(struct call *call, const struct s3_put_object_in *in, struct s3_bucket_record *bucket,
                 struct s3_object_record *row)
{
        const struct s3_new_object given = S3_NEW_OBJECT(in);

        TRY(s3_get_bucket(call, in->bucket, bucket));
        if (in->write_offset_bytes.is_set)
                return fail(call, &s3_not_implemented,
                            "A header you provided implies functionality that is not implemented");
        TRY(s3_fill_row(call, bucket, in->key, &given, row));
        return s3_check_write(call, bucket, in->key, in->if_match, in->if_none_match);
}

/* https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html#object-lock-put-object */
static int check_locked(struct call *call, const struct s3_object_record *row, const struct body_sink *sink)
{
        bool is_locked = str_is_set(row->lock_mode) || str_is_set(row->legal_hold);

        if (!is_locked || ((const struct s3_incoming *)(const void *)sink)->is_said ||
            str_is_set(http_header_value(call->request, STR("Content-MD5"))))
                return 0;
        return fail(
                call, &s3_invalid_request,
                "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object "
                "Lock parameters");
}

static int check_no_version(struct call *call)
{
        struct str version;

        if (query_parameter(call->request, STR("versionId"), &version) == 0)
                return 0;
        call_detail(call, STR("ArgumentName"), STR("versionId"));
        call_detail(call, STR("ArgumentValue"), version);
        return fail(call, &s3_invalid_argument, "This operation does not accept a version-id.");
}

/* All that can be refused is, before the body comes. */
int s3_put_object_receive(struct call *call, const struct s3_put_object_in *in, struct body_sink **ret)
{
        struct s3_bucket_record bucket;
        struct s3_object_record row = {};

        TRY(check_no_version(call));
        TRY(check(call, in, &bucket, &row));
        TRY(s3_incoming_new(call, NULL, ret));
        s3_incoming_for(*ret, &row);
        return check_locked(call, &row, *ret);
}

static void tell(const struct s3_bucket_record *bucket, const struct s3_object_record *row, struct call *call,
                 struct s3_put_object_out *out)
{
        out->etag = s3_quoted_etag(&call->arena, row);
        out->version_id = s3_told_version(bucket, row);
        S3_TELL_ENCRYPTION(out, row);
        if (s3_is_kms(row))
                out->ssekms_encryption_context = row->kms_context;
        s3_tell_checksum(&out->checksum_crc32, row->checksum_algorithm, row->checksum);
        out->checksum_type = row->checksum_type;
}

int s3_put_object(struct call *call, const struct s3_put_object_in *in, struct s3_put_object_out *out)
{
        struct s3_incoming *incoming = s3_incoming_of(call);
        const struct s3_sse_headers sse = S3_SSE_HEADERS(in);
        struct s3_bucket_record bucket;
        struct s3_version version = {};

        TRY(check(call, in, &bucket, &version.row));
        TRY(s3_place_version(call, &bucket, in->key, &version));
        TRY(s3_incoming_keep_all(call, incoming, &version.row));
        TRY(s3_seal_data_key(call, in->bucket, in->key, &sse, &incoming->data_key, &version.row));
        TRY(s3_note_replication(call, &bucket, &version));
        TRY(s3_put_version(call, &version));
        TRY(s3_event(call, &bucket, in->key, &version.row,
                     call->auth->is_form ? S3_OBJECT_CREATED_POST : S3_OBJECT_CREATED_PUT));
        tell(&bucket, &version.row, call, out);
        return s3_tell_expiry(call, &bucket, in->key, &version.row, &out->expiration);
}
