/* https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html */
#include "services/marker.h"
#include "services/s3/s3.h"

static bool is_wanted(const struct s3_list_buckets_in *in, const struct s3_bucket_record *bucket)
{
        return (!str_is_set(in->prefix) || str_starts(bucket->name, in->prefix)) &&
               (!str_is_set(in->bucket_region) || str_eq(bucket->region, in->bucket_region));
}

static void show(struct call *call, const struct s3_list_buckets_in *in,
                 const struct s3_bucket_record *bucket, struct s3_bucket *ret)
{
        *ret = (struct s3_bucket){.name = bucket->name, .creation_date = bucket->created};
        /* Only whoever asks for pages is told more. */
        if (in->max_buckets.is_set || str_is_set(in->prefix) || str_is_set(in->bucket_region)) {
                ret->bucket_region = bucket->region;
                ret->bucket_arn = s3_bucket_arn(call, bucket->name);
        }
}

static int list(struct call *call, const struct s3_list_buckets_in *in, struct record_scan *scan,
                struct s3_list_buckets_out *out)
{
        size_t limit = in->max_buckets.is_set ? (size_t)in->max_buckets.value : S3_BUCKETS_MAX;
        struct s3_bucket_record bucket = {};
        struct str last = STR_NONE;
        int r;

        out->buckets.items = arena_new_array(&call->arena, struct s3_bucket, limit);
        if (!out->buckets.items)
                return -ENOMEM;
        while ((r = record_scan_next(scan, &bucket)) == 0) {
                if (!is_wanted(in, &bucket))
                        continue;
                if (out->buckets.count == limit)
                        return marker_make(call, STR("ListBuckets"), last, &out->continuation_token);
                show(call, in, &bucket, &out->buckets.items[out->buckets.count++]);
                last = record_scan_token(scan, &call->arena);
        }
        return r == -ENOENT ? 0 : r;
}

int s3_list_buckets(struct call *call, const struct s3_list_buckets_in *in, struct s3_list_buckets_out *out)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        const struct s3_bucket_record like = {.account = call->account};
        struct str after = STR_NONE;

        if (call->principal.kind == ANONYMOUS)
                return fail(call, &s3_access_denied,
                            "Anonymous users cannot invoke this API. Please authenticate.");
        if (str_is_set(in->continuation_token) &&
            marker_read(call, STR("ListBuckets"), in->continuation_token, &after) < 0)
                return fail(call, &s3_invalid_argument, "The continuation token provided is incorrect");
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &s3_bucket_record_type, s3_bucket_by_account,
                              &like, 1, after));
        out->buckets.is_set = true;
        out->prefix = in->prefix;
        out->owner = arena_new(&call->arena, struct s3_owner);
        if (!out->owner)
                return -ENOMEM;
        out->owner->id = s3_canonical_id(&call->arena, call->account);
        return list(call, in, &scan, out);
}
