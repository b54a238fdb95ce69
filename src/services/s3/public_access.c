/* Block Public Access of a bucket. What it does lies where policies and ACLs are put (bucket_policy.c, acl.c)
 * and where they are asked (resources.c).
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html */
#include "services/s3/s3.h"

static struct opt_bool told(struct opt_bool wanted)
{
        return OPT_BOOL(wanted.value);
}

/* What is not named is off, but something has to be named. */
int s3_put_public_access_block(struct call *call, const struct s3_put_public_access_block_in *in,
                               struct s3_put_public_access_block_out *out)
{
        struct s3_public_access_block_configuration block = *in->public_access_block_configuration;
        struct s3_bucket_record bucket;

        (void)out;
        TRY(s3_get_bucket(call, in->bucket, &bucket));
        if (!block.block_public_acls.is_set && !block.ignore_public_acls.is_set &&
            !block.block_public_policy.is_set && !block.restrict_public_buckets.is_set)
                return fail(call, &s3_invalid_request, "Must specify at least one configuration.");
        block.block_public_acls = told(block.block_public_acls);
        block.ignore_public_acls = told(block.ignore_public_acls);
        block.block_public_policy = told(block.block_public_policy);
        block.restrict_public_buckets = told(block.restrict_public_buckets);
        bucket.public_access = &block;
        return call_put(call, &s3_bucket_record_type, &bucket);
}

int s3_get_public_access_block(struct call *call, const struct s3_get_public_access_block_in *in,
                               struct s3_get_public_access_block_out *out)
{
        struct s3_bucket_record bucket;

        TRY(s3_get_bucket(call, in->bucket, &bucket));
        if (!bucket.public_access) {
                call_detail(call, STR("BucketName"), bucket.name);
                return fail(call, &s3_no_such_public_access_block_configuration,
                            "The public access block configuration was not found");
        }
        out->public_access_block_configuration = bucket.public_access;
        return 0;
}

int s3_delete_public_access_block(struct call *call, const struct s3_delete_public_access_block_in *in,
                                  struct s3_delete_public_access_block_out *out)
{
        struct s3_bucket_record bucket;

        (void)out;
        TRY(s3_get_bucket(call, in->bucket, &bucket));
        bucket.public_access = NULL;
        return call_put(call, &s3_bucket_record_type, &bucket);
}
