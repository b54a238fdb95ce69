/* GetObject and HeadObject. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
#include "services/s3/body.h"
#include "services/s3/checksum.h"
#include "services/s3/encryption.h"
#include "services/s3/etag.h"
#include "services/s3/lifecycle.h"
#include "services/s3/preconditions.h"
#include "services/s3/range.h"
#include "services/s3/website.h"

#define USUAL_TYPE STR("binary/octet-stream")

/* GetObject's input, of which HeadObject's is nearly a copy. */
struct asked {
        struct str bucket_name, key, version_id, range;
        struct opt_int part_number;
        struct s3_preconditions on;
        struct s3_sse_headers sse;
        bool shows_checksum;
        /* "Whoever signs may say how the answer shall describe itself": the headers that an answer has
         * anyway. */
        struct str type, cache_control, disposition, encoding, language;
        struct opt_int expires;
};

#define ASKED(in)                                                                                            \
        ((struct asked){                                                                                     \
                (in)->bucket,                                                                                \
                (in)->key,                                                                                   \
                (in)->version_id,                                                                            \
                (in)->range,                                                                                 \
                (in)->part_number,                                                                           \
                {(in)->if_match, (in)->if_none_match, (in)->if_modified_since, (in)->if_unmodified_since},   \
                S3_CUSTOMER_HEADERS(in),                                                                     \
                str_eq((in)->checksum_mode, STR("ENABLED")),                                                 \
                (in)->response_content_type,                                                                 \
                (in)->response_cache_control,                                                                \
                (in)->response_content_disposition,                                                          \
                (in)->response_content_encoding,                                                             \
                (in)->response_content_language,                                                             \
                (in)->response_expires})

struct found {
        struct s3_bucket_record bucket;
        struct s3_version version;
        struct s3_range range;
        bool shows_tags, shows_retention, shows_hold; /* there are, and the caller may know */
};

/* What a client does not see of an object is no refusal. */
static int may_see(struct call *call, const struct asked *asked, struct str action, bool *ret)
{
        struct resource resource;
        int r;

        TRY(s3_resource_of(call, asked->bucket_name, asked->key, asked->version_id, &resource));
        r = call->authorise(call, action, &resource);
        *ret = r == 0;
        if (r != -ECALL)
                return r;
        call_forgive(call);
        return 0;
}

/* "The number of tags, if any, on the object, when you have the relevant permission to read object tags";
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html#object-lock-managing-view
 */
static int find_what_is_seen(struct call *call, const struct asked *asked, struct found *found)
{
        const struct s3_object_record *row = &found->version.row;

        if (row->tags.count)
                TRY(may_see(call, asked,
                            str_is_set(asked->version_id) ? STR("s3:GetObjectVersionTagging")
                                                          : STR("s3:GetObjectTagging"),
                            &found->shows_tags));
        if (str_is_set(row->lock_mode))
                TRY(may_see(call, asked, STR("s3:GetObjectRetention"), &found->shows_retention));
        if (str_is_set(row->legal_hold))
                TRY(may_see(call, asked, STR("s3:GetObjectLegalHold"), &found->shows_hold));
        return 0;
}

/* "If you include the header in your GET requests for objects that use these types of keys, you'll get an
 * HTTP 400 Bad Request error." */
static int check_headers(struct call *call, const struct asked *asked)
{
        static const struct str NOT_HERE = STR_INIT("x-amz-server-side-encryption");
        struct str kind = http_header_value(call->request, NOT_HERE);

        if (str_is_set(kind)) {
                call_detail(call, STR("ArgumentName"), NOT_HERE);
                call_detail(call, STR("ArgumentValue"), kind);
                return fail(call, &s3_invalid_argument, "%s header is not supported for this operation.",
                            NOT_HERE.ptr);
        }
        if (asked->part_number.is_set && str_is_set(asked->range))
                return fail(call, &s3_invalid_request,
                            "Cannot specify both Range header and partNumber query parameter");
        return 0;
}

static int find(struct call *call, const struct asked *asked, struct found *ret)
{
        const struct s3_object_record *row = &ret->version.row;

        TRY(check_headers(call, asked));
        TRY(s3_get_bucket(call, asked->bucket_name, &ret->bucket));
        TRY(s3_find_object(call, &ret->bucket, asked->key, asked->version_id, &ret->version));
        TRY(s3_website_check_redirect(call, row->redirect));
        TRY(s3_check_customer(call, row, &asked->sse));
        TRY(s3_check_read(call, &asked->on, row));
        TRY(find_what_is_seen(call, asked, ret));
        if (asked->part_number.is_set)
                return s3_range_of_part(call, row, asked->part_number.value, &ret->range);
        return s3_range_read(call, asked->range, (uint64_t)row->size.value, &ret->range);
}

static int check_storage(struct call *call, const struct s3_object_record *row)
{
        if (s3_is_readable(call, row))
                return 0;
        call_detail(call, STR("StorageClass"), row->storage_class);
        return fail(call, &s3_invalid_object_state,
                    "The operation is not valid for the object's storage class");
}

/* The members that both answers have. */
#define TELL(call, found, asked, out)                                                                        \
        do {                                                                                                 \
                const struct s3_object_record *row_ = &(found)->version.row;                                 \
                                                                                                             \
                (out)->accept_ranges = STR("bytes");                                                         \
                (out)->last_modified = row_->modified;                                                       \
                (out)->etag = s3_quoted_etag(&(call)->arena, row_);                                          \
                (out)->version_id = s3_told_version(&(found)->bucket, row_);                                 \
                (out)->content_type = str_is_set(row_->content_type) ? row_->content_type : USUAL_TYPE;      \
                (out)->cache_control = row_->cache_control;                                                  \
                (out)->content_disposition = row_->disposition;                                              \
                (out)->content_encoding = row_->content_encoding;                                            \
                (out)->content_language = row_->language;                                                    \
                (out)->expires = row_->expires;                                                              \
                (out)->website_redirect_location = row_->redirect;                                           \
                (out)->metadata = row_->metadata;                                                            \
                if (!str_eq(row_->storage_class, STR("STANDARD")))                                           \
                        (out)->storage_class = row_->storage_class;                                          \
                S3_TELL_ENCRYPTION(out, row_);                                                               \
                (out)->content_range = s3_range_told(&(call)->arena, &(found)->range);                       \
                if ((asked)->part_number.is_set && row_->part_count.is_set)                                  \
                        (out)->parts_count = row_->part_count;                                               \
                if ((found)->shows_tags)                                                                     \
                        (out)->tag_count = OPT_INT((int64_t)row_->tags.count);                               \
                if ((asked)->shows_checksum && str_is_set(s3_range_checksum(&(found)->range, row_))) {       \
                        s3_tell_checksum(&(out)->checksum_crc32, row_->checksum_algorithm,                   \
                                         s3_range_checksum(&(found)->range, row_));                          \
                        (out)->checksum_type = row_->checksum_type;                                          \
                }                                                                                            \
                (out)->replication_status = row_->replication;                                               \
                (out)->restore = s3_restore_told(call, row_);                                                \
                if ((found)->shows_retention) {                                                              \
                        (out)->object_lock_mode = row_->lock_mode;                                           \
                        (out)->object_lock_retain_until_date = row_->lock_until;                             \
                }                                                                                            \
                if ((found)->shows_hold)                                                                     \
                        (out)->object_lock_legal_hold_status = row_->legal_hold;                             \
        } while (0)

static struct str s3_restore_told(struct call *call, const struct s3_object_record *row)
{
        struct str until;

        if (!s3_is_cold(row) || !s3_is_readable(call, row))
                return STR_NONE;
        until = time_http(&call->arena, row->restored_until.value);
        return arena_printf(&call->arena, "ongoing-request=\"false\", expiry-date=\"%.*s\"", STR_ARG(until));
}

#define TELL_OTHERWISE(asked, out)                                                                           \
        do {                                                                                                 \
                otherwise(&(out)->content_type, (asked)->type);                                              \
                otherwise(&(out)->cache_control, (asked)->cache_control);                                    \
                otherwise(&(out)->content_disposition, (asked)->disposition);                                \
                otherwise(&(out)->content_encoding, (asked)->encoding);                                      \
                otherwise(&(out)->content_language, (asked)->language);                                      \
                if ((asked)->expires.is_set)                                                                 \
                        (out)->expires = (asked)->expires;                                                   \
        } while (0)

static void otherwise(struct str *told, struct str asked)
{
        if (str_is_set(asked))
                *told = asked;
}

static int check_signed(struct call *call, const struct asked *asked)
{
        bool is_any = str_is_set(asked->type) || str_is_set(asked->cache_control) ||
                      str_is_set(asked->disposition) || str_is_set(asked->encoding) ||
                      str_is_set(asked->language) || asked->expires.is_set;

        if (is_any && call->principal.kind == ANONYMOUS)
                return fail(call, &s3_invalid_request,
                            "Request specific response headers cannot be used for anonymous GET requests.");
        return 0;
}

static int open_body(struct call *call, const struct asked *asked, const struct found *found)
{
        _cleanup_(secret_done) struct secret data_key = {};
        const struct s3_object_record *row = &found->version.row;

        TRY(s3_open_data_key(call, asked->bucket_name, asked->key, &asked->sse, row, &data_key));
        return s3_body_open(call, row->body.value, &data_key, found->range.from, found->range.size,
                            &call->answer);
}

int s3_get_object(struct call *call, const struct s3_get_object_in *in, struct s3_get_object_out *out)
{
        const struct asked asked = ASKED(in);
        struct found found = {};

        TRY(find(call, &asked, &found));
        TRY(check_storage(call, &found.version.row));
        TELL(call, &found, &asked, out);
        TRY(s3_tell_expiry(call, &found.bucket, in->key, &found.version.row, &out->expiration));
        TRY(check_signed(call, &asked));
        TELL_OTHERWISE(&asked, out);
        if (found.range.is_part)
                call->status = 206;
        return open_body(call, &asked, &found);
}

int s3_head_object(struct call *call, const struct s3_head_object_in *in, struct s3_head_object_out *out)
{
        const struct asked asked = ASKED(in);
        struct found found = {};

        TRY(find(call, &asked, &found));
        TELL(call, &found, &asked, out);
        TRY(s3_tell_expiry(call, &found.bucket, in->key, &found.version.row, &out->expiration));
        TRY(check_signed(call, &asked));
        TELL_OTHERWISE(&asked, out);
        if (found.range.is_part)
                call->status = 206;
        return s3_range_length(call, &found.range);
}
