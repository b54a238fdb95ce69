#include "services/s3/named.h"

#include "services/marker.h"

/* https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketMetricsConfiguration.html and its kin; pages:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBucketMetricsConfigurations.html */
#define CONFIGURATIONS_MAX 1000
#define PAGE_MAX           100
#define ID_MAX             64

S3_IS_NAMED(s3_bucket_metrics_record, metrics);
S3_IS_NAMED(s3_bucket_analytics_record, analytics);
S3_IS_NAMED(s3_bucket_inventory_record, inventory);
S3_IS_NAMED(s3_bucket_tiering_record, tiering);

static bool is_id(struct str id)
{
        for (size_t i = 0; i < id.len; i++) {
                char c = id.ptr[i];

                if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
                    c != '.' && c != '-' && c != '_')
                        return false;
        }
        return id.len > 0 && id.len <= ID_MAX;
}

static int find_bucket(struct call *call, const struct s3_named *named)
{
        struct s3_bucket_record bucket;

        return s3_get_bucket(call, named->bucket, &bucket);
}

static int check_id(struct call *call, const struct s3_named *named)
{
        TRY(find_bucket(call, named));
        if (!is_id(named->id))
                return s3_bad_argument(call, STR("id"), named->id,
                                       "The specified configuration id is invalid.");
        return 0;
}

/* -- One */

static int count(struct call *call, const struct record_type *type, struct str bucket, size_t *ret)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct s3_named like = {.bucket = bucket}, named;
        int r;

        TRY(record_scan_begin(&scan, call->txn, &call->arena, type, NULL, &like, 1, STR_NONE));
        for (*ret = 0; (r = record_scan_next(&scan, &named)) == 0;)
                ++*ret;
        return r == -ENOENT ? 0 : r;
}

static int check_room(struct call *call, const struct record_type *type, const struct s3_named *named)
{
        size_t there;

        if (record_exists(call->txn, type, named))
                return 0;
        TRY(count(call, type, named->bucket, &there));
        if (there < CONFIGURATIONS_MAX)
                return 0;
        return fail(call, &s3_too_many_configurations,
                    "You are attempting to create a new configuration but have already reached the "
                    "1,000-configuration limit.");
}

int s3_put_named(struct call *call, const struct record_type *type, const struct s3_named *named,
                 struct str own_id)
{
        TRY(check_id(call, named));
        if (!str_eq(named->id, own_id))
                return s3_malformed(call);
        TRY(check_room(call, type, named));
        return call_put(call, type, named);
}

static int missing(struct call *call, int r)
{
        return r == -ENOENT
                       ? fail(call, &s3_no_such_configuration, "The specified configuration does not exist.")
                       : r;
}

int s3_get_named(struct call *call, const struct record_type *type, struct s3_named *ret)
{
        TRY(check_id(call, ret));
        return missing(call, call_get(call, type, ret));
}

int s3_delete_named(struct call *call, const struct record_type *type, const struct s3_named *named)
{
        TRY(check_id(call, named));
        return missing(call, call_delete(call, type, named));
}

int s3_delete_all_named(struct call *call, const struct record_type *type, struct str bucket)
{
        for (;;) {
                struct record_scan scan = {};
                struct s3_named like = {.bucket = bucket}, named;
                int r;

                TRY(record_scan_begin(&scan, call->txn, &call->arena, type, NULL, &like, 1, STR_NONE));
                r = record_scan_next(&scan, &named);
                record_scan_end(&scan);
                if (r == -ENOENT)
                        return 0;
                TRY(r);
                TRY(call_delete(call, type, &named));
        }
}

/* -- Pages */

static int begin(struct call *call, const struct record_type *type, const struct s3_named *like,
                 struct str token, struct record_scan *scan)
{
        struct str place = STR_NONE;

        if (str_is_set(token) && marker_read(call, like->bucket, token, &place) < 0)
                return s3_bad_argument(call, STR("continuation-token"), token,
                                       "The continuation token provided is incorrect");
        return record_scan_begin(scan, call->txn, &call->arena, type, NULL, like, 1, place);
}

static int fill(struct call *call, struct record_scan *scan, size_t size, struct s3_named_page *ret)
{
        struct s3_named named;
        int r;

        while ((r = record_scan_next(scan, &named)) == 0) {
                if (ret->items.count == PAGE_MAX) {
                        ret->is_truncated = OPT_BOOL(true);
                        return 0;
                }
                memcpy((char *)ret->items.items + ret->items.count++ * size, named.configuration, size);
                if (ret->items.count == PAGE_MAX)
                        TRY(marker_make(call, named.bucket, record_scan_token(scan, &call->arena),
                                        &ret->next));
        }
        ret->next = STR_NONE;
        return r == -ENOENT ? 0 : r;
}

int s3_list_named(struct call *call, const struct record_type *type, struct str bucket, size_t size,
                  struct str token, struct s3_named_page *ret)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct s3_named like = {.bucket = bucket};

        TRY(find_bucket(call, &like));
        *ret = (struct s3_named_page){.is_truncated = OPT_BOOL(false), .token = token, .items.is_set = true};
        ret->items.items = arena_alloc_array(&call->arena, PAGE_MAX, size);
        if (!ret->items.items)
                return -ENOMEM;
        TRY(begin(call, type, &like, token, &scan));
        return fill(call, &scan, size, ret);
}

/* -- Where reports go */

int s3_check_report_bucket(struct call *call, struct str arn, struct str account)
{
        if (!str_is_set(s3_bucket_of_arn(call, arn)))
                return fail(call, &s3_invalid_s3_destination_bucket, "Invalid bucket ARN.");
        if (str_is_set(account) && !s3_is_account(account))
                return s3_bad_argument(call, STR("AccountId"), account, "Invalid Argument");
        return 0;
}
