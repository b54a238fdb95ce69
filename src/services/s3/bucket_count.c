/* How many buckets an account may have: "By default, you can create up to 10,000 general purpose buckets per
 * AWS account." https://docs.aws.amazon.com/AmazonS3/latest/userguide/BucketRestrictions.html */
#include "services/s3/s3.h"

/* Of accounts whose buckets nobody has counted yet. */
static int count_all(struct call *call, int64_t *ret)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        const struct s3_bucket_record like = {.account = call->account};
        struct s3_bucket_record bucket;
        int r;

        *ret = 0;
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &s3_bucket_record_type, s3_bucket_by_account,
                              &like, 1, STR_NONE));
        while ((r = record_scan_next(&scan, &bucket)) == 0)
                (*ret)++;
        return r == -ENOENT ? 0 : r;
}

static int get(struct call *call, struct str account, struct s3_bucket_count_record *ret)
{
        *ret = (struct s3_bucket_count_record){.account = account};
        return call_get(call, &s3_bucket_count_record_type, ret);
}

int s3_count_new_bucket(struct call *call)
{
        struct s3_bucket_count_record count;
        int r = get(call, call->account, &count);

        if (r == -ENOENT)
                r = count_all(call, &count.count.value);
        TRY(r);
        if (count.count.value >= S3_BUCKETS_MAX)
                return fail(call, &s3_too_many_buckets,
                            "You have attempted to create more buckets than allowed");
        count.count = OPT_INT(count.count.value + 1);
        return call_put(call, &s3_bucket_count_record_type, &count);
}

int s3_count_lost_bucket(struct call *call, struct str account)
{
        struct s3_bucket_count_record count;
        int r = get(call, account, &count);

        if (r < 0)
                return r == -ENOENT ? 0 : r;
        count.count = OPT_INT(count.count.value - 1);
        return call_put(call, &s3_bucket_count_record_type, &count);
}
