#include "services/s3/new_object.h"

#include "base/text.h"
#include "services/s3/lock.h"
#include "services/s3/tags.h"

/* https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html */
#define METADATA_MAX ((size_t)2048)

static int check_key(struct call *call, struct str key)
{
        if (key.len <= S3_KEY_MAX)
                return 0;
        call_detail(call, STR("Size"), arena_printf(&call->arena, "%zu", key.len));
        call_detail(call, STR("MaxSizeAllowed"), STR("1024"));
        return fail(call, &s3_key_too_long_error, "Your key is too long");
}

/* What was meant to be a part never becomes the object. */
static int check_query(struct call *call)
{
        struct str number = http_query_value(call->request, STR("partNumber"));
        struct str upload = http_query_value(call->request, STR("uploadId"));

        if (str_is_set(number) == str_is_set(upload))
                return 0;
        call_detail(call, STR("ArgumentName"), str_is_set(number) ? STR("partNumber") : STR("uploadId"));
        call_detail(call, STR("ArgumentValue"), str_is_set(number) ? number : upload);
        return fail(call, &s3_invalid_argument, "This operation does not accept %s",
                    str_is_set(number) ? "partNumber without uploadId" : "uploadId without partNumber");
}

static int check_metadata(struct call *call, const struct str_map *metadata)
{
        size_t size = 0;

        for (size_t i = 0; i < metadata->count; i++)
                size += metadata->items[i].key.len + metadata->items[i].value.len;
        if (size <= METADATA_MAX)
                return 0;
        call_detail(call, STR("Size"), arena_printf(&call->arena, "%zu", size));
        call_detail(call, STR("MaxSizeAllowed"), STR("2048"));
        return fail(call, &s3_metadata_too_large,
                    "Your metadata headers exceed the maximum allowed metadata size");
}

/* Those of other kinds of buckets are none here. */
static int check_storage_class(struct call *call, struct str name)
{
        static const struct str KNOWN[] = {
                STR_INIT("STANDARD"),   STR_INIT("REDUCED_REDUNDANCY"),  STR_INIT("STANDARD_IA"),
                STR_INIT("ONEZONE_IA"), STR_INIT("INTELLIGENT_TIERING"), STR_INIT("GLACIER"),
                STR_INIT("GLACIER_IR"), STR_INIT("DEEP_ARCHIVE")};

        if (!str_is_set(name))
                return 0;
        for (size_t i = 0; i < ARRAY_LEN(KNOWN); i++)
                if (str_eq(name, KNOWN[i]))
                        return 0;
        call_detail(call, STR("StorageClassRequested"), name);
        return fail(call, &s3_invalid_storage_class, "The storage class you specified is not valid");
}

/* https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-to-page-redirect.html */
static int check_redirect(struct call *call, struct str location)
{
        if (!str_is_set(location) || str_starts(location, STR("/")) || str_starts(location, STR("http://")) ||
            str_starts(location, STR("https://")))
                return 0;
        return fail(call, &s3_invalid_redirect_location,
                    "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.");
}

/* How a body was sent is not how it is: "aws-chunked,gzip" is kept as "gzip". */
static struct str own_encoding(struct arena *arena, struct str said)
{
        struct str kept = STR_NONE, piece;

        while (str_cut(&said, ',', &piece)) {
                piece = str_trim(piece);
                if (piece.len == 0 || str_eq_nocase(piece, STR("aws-chunked")))
                        continue;
                kept = str_is_set(kept) ? arena_printf(arena, "%.*s,%.*s", STR_ARG(kept), STR_ARG(piece))
                                        : piece;
        }
        return kept;
}

int s3_fill_metadata(struct call *call, const struct s3_new_object *given, struct s3_object_record *row)
{
        TRY(check_metadata(call, &given->metadata));
        TRY(check_redirect(call, given->redirect));
        row->content_type = given->content_type;
        row->cache_control = given->cache_control;
        row->disposition = given->disposition;
        row->content_encoding = own_encoding(&call->arena, given->encoding);
        row->language = given->language;
        row->redirect = given->redirect;
        row->expires = given->expires;
        row->metadata = given->metadata;
        return 0;
}

int s3_fill_row(struct call *call, const struct s3_bucket_record *bucket, struct str key,
                const struct s3_new_object *given, struct s3_object_record *row)
{
        TRY(check_key(call, key));
        TRY(check_query(call));
        TRY(check_storage_class(call, given->storage_class));
        TRY(s3_fill_metadata(call, given, row));
        TRY(s3_read_tagging(call, given->tagging, &row->tags));
        TRY(s3_choose_encryption(call, bucket, &given->sse, row));
        TRY(s3_new_object_acl(call, bucket, key, &given->acl, row));
        row->storage_class = str_is_set(given->storage_class) ? given->storage_class : STR("STANDARD");
        row->modified = OPT_INT(call->now_ms);
        return s3_lock_new(call, bucket, given->lock_mode, given->lock_until, given->legal_hold, row);
}
