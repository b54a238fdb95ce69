/* https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
 *
 * The bytes are copied before the transaction, from what a snapshot has; who may read it is asked again in
 * the transaction, and so is KMS, whose events belong to it. */
#include "services/s3/event.h"
#include "services/s3/checksum.h"
#include "services/s3/copy_body.h"
#include "services/s3/etag.h"
#include "services/s3/lifecycle.h"
#include "services/s3/lock.h"
#include "services/s3/new_object.h"
#include "services/s3/replication.h"

/* -- What it shall be */

static bool is_itself(const struct s3_copy_object_in *in, const struct s3_copy_source *source)
{
        return str_eq(in->bucket, source->bucket_name) && str_eq(in->key, source->key) &&
               !str_is_set(source->version_id);
}

static bool changes_something(const struct s3_copy_object_in *in)
{
        return str_eq(in->metadata_directive, STR("REPLACE")) || str_is_set(in->storage_class) ||
               str_is_set(in->website_redirect_location) || str_is_set(in->server_side_encryption) ||
               str_is_set(in->sse_customer_algorithm) || in->bucket_key_enabled.is_set ||
               str_is_set(in->copy_source_sse_customer_algorithm);
}

static int check_itself(struct call *call, const struct s3_copy_object_in *in,
                        const struct s3_copy_source *source)
{
        if (!is_itself(in, source) || changes_something(in))
                return 0;
        return fail(call, &s3_invalid_request,
                    "This copy request is illegal because it is trying to copy an object to itself without "
                    "changing the object's metadata, storage class, website redirect location or encryption "
                    "attributes.");
}

/* The website's redirect, the storage class, the ACL and the lock are never copied. */
static void copy_metadata(const struct s3_object_record *row, struct s3_new_object *ret)
{
        ret->content_type = row->content_type;
        ret->cache_control = row->cache_control;
        ret->disposition = row->disposition;
        ret->encoding = row->content_encoding;
        ret->language = row->language;
        ret->expires = row->expires;
        ret->metadata = row->metadata;
}

static int may_copy_tags(struct call *call, const struct s3_copy_object_in *in,
                         const struct s3_copy_source *source)
{
        struct resource resource;

        TRY(s3_copy_source_may_read_tags(call, source));
        TRY(s3_resource_of(call, in->bucket, in->key, STR_NONE, &resource));
        return call->authorise(call, STR("s3:PutObjectTagging"), &resource);
}

static int fill_row(struct call *call, const struct s3_copy_object_in *in,
                    const struct s3_bucket_record *bucket, const struct s3_copy_source *source,
                    struct s3_object_record *row)
{
        struct s3_new_object given = S3_NEW_OBJECT(in);
        bool keeps_tags = !str_eq(in->tagging_directive, STR("REPLACE"));

        if (!str_eq(in->metadata_directive, STR("REPLACE")))
                copy_metadata(&source->row, &given);
        if (keeps_tags)
                given.tagging = STR_NONE;
        TRY(s3_fill_row(call, bucket, in->key, &given, row));
        if (!keeps_tags || source->row.tags.count == 0)
                return 0;
        row->tags = source->row.tags;
        return may_copy_tags(call, in, source);
}

static int check(struct call *call, const struct s3_copy_object_in *in, const struct s3_copy_source *source,
                 struct s3_bucket_record *bucket, struct s3_object_record *row)
{
        TRY(s3_get_bucket(call, in->bucket, bucket));
        TRY(check_itself(call, in, source));
        TRY(fill_row(call, in, bucket, source, row));
        return s3_check_write(call, bucket, in->key, in->if_match, in->if_none_match);
}

/* -- Before the transaction */

/* The source's, unless the request names another. */
static enum sum choose_sum(const struct s3_copy_object_in *in, const struct s3_object_record *source)
{
        enum sum sum = SUM_CRC64NVME;
        struct str name =
                str_is_set(in->checksum_algorithm) ? in->checksum_algorithm : source->checksum_algorithm;

        return sum_find(name, &sum) == 0 ? sum : SUM_CRC64NVME;
}

int s3_copy_object_prepare(struct call *call, const struct s3_copy_object_in *in)
{
        const struct s3_copy_headers headers = S3_COPY_HEADERS(in);
        struct s3_copy_source source;
        struct s3_bucket_record bucket;
        struct s3_object_record row = {}, *kept;
        struct s3_range all = {};

        TRY(s3_copy_source_find(call, &headers, &source));
        TRY(check(call, in, &source, &bucket, &row));
        all.size = all.total = (uint64_t)source.row.size.value;
        TRY(s3_copy_body(call, &source, &headers.sse, &all, NULL, choose_sum(in, &source.row), &row));
        TRY(s3_copy_source_keep(call, &source, &kept));
        call->prepared = kept;
        return 0;
}

/* -- In the transaction */

static int tell(const struct s3_copy_source *source, const struct s3_bucket_record *bucket,
                const struct s3_object_record *row, struct call *call, struct s3_copy_object_out *out)
{
        struct s3_copy_object_result *result = arena_new(&call->arena, struct s3_copy_object_result);

        if (!result)
                return -ENOMEM;
        *result = (struct s3_copy_object_result){
                .etag = s3_quoted_etag(&call->arena, row),
                .last_modified = row->modified,
                .checksum_type = row->checksum_type,
        };
        s3_tell_checksum(&result->checksum_crc32, row->checksum_algorithm, row->checksum);
        out->copy_object_result = result;
        out->version_id = s3_told_version(bucket, row);
        out->copy_source_version_id = s3_told_version(&source->bucket, &source->row);
        S3_TELL_ENCRYPTION(out, row);
        if (s3_is_kms(row))
                out->ssekms_encryption_context = row->kms_context;
        return 0;
}

int s3_copy_object(struct call *call, const struct s3_copy_object_in *in, struct s3_copy_object_out *out)
{
        struct s3_incoming *incoming = s3_incoming_of(call);
        const struct s3_sse_headers sse = S3_SSE_HEADERS(in);
        const struct s3_copy_headers headers = S3_COPY_HEADERS(in);
        struct s3_copy_source source;
        struct s3_bucket_record bucket;
        struct s3_version version = {};

        TRY(s3_copy_source_read_again(call, &headers, &source));
        TRY(check(call, in, &source, &bucket, &version.row));
        TRY(s3_place_version(call, &bucket, in->key, &version));
        TRY(s3_incoming_keep_all(call, incoming, &version.row));
        TRY(s3_seal_data_key(call, in->bucket, in->key, &sse, &incoming->data_key, &version.row));
        TRY(s3_note_replication(call, &bucket, &version));
        TRY(s3_put_version(call, &version));
        TRY(s3_event(call, &bucket, in->key, &version.row, S3_OBJECT_CREATED_COPY));
        TRY(tell(&source, &bucket, &version.row, call, out));
        return s3_tell_expiry(call, &bucket, in->key, &version.row, &out->expiration);
}
