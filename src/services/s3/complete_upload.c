/* https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html */
#include "base/text.h"
#include "services/s3/event.h"
#include "services/s3/assembly.h"
#include "services/s3/checksum.h"
#include "services/s3/encryption.h"
#include "services/s3/etag.h"
#include "services/s3/lifecycle.h"
#include "services/s3/lock.h"
#include "services/s3/part.h"
#include "services/s3/preconditions.h"
#include "services/s3/replication.h"

/* -- What the request says of the whole */

static int check_type(struct call *call, const struct s3_object_record *row, struct str said)
{
        if (!str_is_set(said) || str_eq(said, row->checksum_type))
                return 0;
        return fail(
                call, &s3_invalid_request,
                "The upload was created using the %.*s checksum mode. The complete request must use the same "
                "checksum mode.",
                STR_ARG(row->checksum_type));
}

/* With the count of parts behind it or without. */
static bool is_checksum(struct str actual, struct str said)
{
        struct str bare;

        if (str_eq(actual, said))
                return true;
        return str_cut(&actual, '-', &bare) && str_eq(bare, said);
}

static int check_checksum(struct call *call, const struct s3_object_record *row,
                          const struct s3_complete_multipart_upload_in *in)
{
        struct str said = s3_said_checksum(&in->checksum_crc32, row->checksum_algorithm), name;

        if (!str_is_set(said) || is_checksum(row->checksum, said))
                return 0;
        name = arena_lower(&call->arena, row->checksum_algorithm);
        return fail(call, &s3_bad_digest, "The %.*s you specified did not match the calculated checksum.",
                    STR_ARG(name));
}

static int check_size(struct call *call, const struct s3_object_record *row, struct opt_int said)
{
        if (!said.is_set || said.value == row->size.value)
                return 0;
        return fail(call, &s3_invalid_request,
                    "The provided 'x-amz-mp-object-size' header value %lld does not match what was computed: "
                    "%lld",
                    (long long)said.value, (long long)row->size.value);
}

static int check_whole(struct call *call, const struct s3_object_record *row,
                       const struct s3_complete_multipart_upload_in *in)
{
        TRY(check_size(call, row, in->mpu_object_size));
        TRY(check_type(call, row, in->checksum_type));
        return check_checksum(call, row, in);
}

/* -- Keys: that of the customer has to be said again where there are checksums to compare, and KMS is asked
 * then */

static bool says_checksum(const struct s3_object_record *upload,
                          const struct s3_complete_multipart_upload_in *in)
{
        const struct s3_completed_part_list *parts = &in->multipart_upload->parts;

        if (str_is_set(s3_said_checksum(&in->checksum_crc32, upload->checksum_algorithm)))
                return true;
        for (size_t i = 0; i < parts->count; i++)
                if (str_is_set(s3_said_checksum(&parts->items[i].checksum_crc32, upload->checksum_algorithm)))
                        return true;
        return false;
}

static int check_key(struct call *call, const struct s3_object_record *upload,
                     const struct s3_complete_multipart_upload_in *in)
{
        _cleanup_(secret_done) struct secret data_key = {};
        const struct s3_sse_headers sse = S3_CUSTOMER_HEADERS(in);
        bool is_needed = s3_is_customers(upload) ? str_is_set(upload->checksum_algorithm)
                                                 : s3_is_kms(upload) && says_checksum(upload, in);

        if (!is_needed && !sse.customer_algorithm.len && !sse.customer_key.len)
                return 0;
        TRY(s3_check_upload_customer(call, upload, &sse));
        return s3_open_data_key(call, in->bucket, in->key, &sse, upload, &data_key);
}

/* -- Done already: the answer may not have arrived */

static int find_completed(struct call *call, const struct s3_bucket_record *bucket,
                          const struct s3_complete_multipart_upload_in *in, struct s3_object_record *ret)
{
        struct s3_version newest;
        int r = s3_newest(call, bucket, in->key, &newest);

        if (r == -ENOENT || (r == 0 && !str_eq(newest.row.upload_id, in->upload_id)))
                return s3_refuse_no_upload(call, in->upload_id);
        *ret = newest.row;
        return r;
}

/* -- The version that it becomes */

static int become(struct call *call, const struct s3_bucket_record *bucket, const struct s3_version *upload,
                  struct s3_version *version)
{
        struct s3_object_record *row = &version->row;

        row->modified = OPT_INT(call->now_ms);
        row->initiator = STR_NONE;
        row->upload_id = upload->row.version_id;
        if (!str_is_set(row->lock_mode))
                TRY(s3_lock_new(call, bucket, STR_NONE, row->lock_until, row->legal_hold, row));
        TRY(s3_place_version(call, bucket, upload->place.key, version));
        TRY(s3_move_data_key(call, &upload->row, row));
        TRY(s3_note_replication(call, bucket, version));
        TRY(s3_put_version(call, version));
        TRY(s3_event(call, bucket, upload->place.key, row, S3_OBJECT_CREATED_COMPLETE));
        return s3_row_delete(call, &upload->place, upload->row.order.value);
}

static int complete(struct call *call, const struct s3_bucket_record *bucket, const struct s3_version *upload,
                    const struct s3_complete_multipart_upload_in *in, struct s3_object_record *ret)
{
        _cleanup_(s3_assembly_done) struct s3_assembly assembly = {};
        struct s3_version version = {.row = upload->row};

        TRY(s3_check_named_parts(call, &upload->row, in->multipart_upload));
        TRY(check_key(call, &upload->row, in));
        TRY(s3_assemble(&assembly, call, &upload->row, &in->multipart_upload->parts));
        TRY(s3_assembly_tell(&assembly, &version.row));
        TRY(check_whole(call, &version.row, in));
        TRY(s3_check_write(call, bucket, in->key, in->if_match, in->if_none_match));
        TRY(become(call, bucket, upload, &version));
        *ret = version.row;
        return 0;
}

static struct str location_of(struct call *call, const struct s3_bucket_record *bucket, struct str key)
{
        _cleanup_(buf_done) struct buf path = {};
        struct str text;

        buf_init(&path, 3 * S3_KEY_MAX);
        percent_encode(&path, key, false);
        text = buf_str(&path);
        return arena_printf(&call->arena, "https://%.*s.s3.%.*s.amazonaws.com/%.*s", STR_ARG(bucket->name),
                            STR_ARG(bucket->region), STR_ARG(text));
}

static void tell(struct call *call, const struct s3_bucket_record *bucket, struct str key,
                 const struct s3_object_record *row, struct s3_complete_multipart_upload_out *out)
{
        out->location = location_of(call, bucket, key);
        out->bucket = bucket->name;
        out->key = key;
        out->etag = s3_quoted_etag(&call->arena, row);
        out->version_id = s3_told_version(bucket, row);
        s3_tell_checksum(&out->checksum_crc32, row->checksum_algorithm, row->checksum);
        out->checksum_type = row->checksum_type;
        if (s3_is_customers(row))
                return;
        out->server_side_encryption = row->encryption;
        out->ssekms_key_id = row->kms_key;
        if (row->has_bucket_key.value)
                out->bucket_key_enabled = OPT_BOOL(true);
}

int s3_complete_multipart_upload(struct call *call, const struct s3_complete_multipart_upload_in *in,
                                 struct s3_complete_multipart_upload_out *out)
{
        struct s3_object_record row = {};
        struct s3_bucket_record bucket;
        struct s3_version upload;
        int r;

        TRY(s3_get_bucket(call, in->bucket, &bucket));
        r = s3_get_upload(call, &bucket, in->key, in->upload_id, &upload);
        if (r == -ENOENT)
                TRY(find_completed(call, &bucket, in, &row));
        else
                TRY(r < 0 ? r : complete(call, &bucket, &upload, in, &row));
        tell(call, &bucket, in->key, &row, out);
        return s3_tell_expiry(call, &bucket, in->key, &row, &out->expiration);
}
