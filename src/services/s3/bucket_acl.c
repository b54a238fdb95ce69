/* GetBucketAcl, PutBucketAcl, and the lists of new buckets.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html */
#include "services/s3/acl.h"

/* What a new bucket may not have.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html
 */
static int check_new(struct call *call, const struct s3_bucket_record *bucket,
                     const struct s3_grant_list *list)
{
        struct s3_block block;

        if (s3_acls_are_disabled(bucket) && !s3_acl_is_private(&call->arena, list, bucket->account))
                return fail(call, &s3_invalid_bucket_acl_with_object_ownership,
                            "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting");
        TRY(s3_block_of(call, bucket, &block));
        if (block.public_acls && s3_acl_is_public(list))
                return fail(call, &s3_invalid_bucket_acl_with_block_public_access_error,
                            "Bucket cannot have public ACLs set with BlockPublicAccess enabled");
        return 0;
}

int s3_new_bucket_acl(struct call *call, const struct s3_create_bucket_in *in,
                      struct s3_bucket_record *bucket)
{
        const struct s3_acl_headers given = {in->acl,         in->grant_full_control,
                                             in->grant_read,  in->grant_read_acp,
                                             in->grant_write, in->grant_write_acp};
        const struct s3_acl_subject subject = {.bucket = bucket, .owner = bucket->account};
        struct s3_grant_list list = {};

        if (!s3_acl_is_given(&given))
                return 0;
        TRY(s3_acl_of_headers(call, &given, &subject, &list));
        TRY(check_new(call, bucket, &list));
        if (!s3_acls_are_disabled(bucket))
                bucket->acl = list;
        return 0;
}

int s3_get_bucket_acl(struct call *call, const struct s3_get_bucket_acl_in *in,
                      struct s3_get_bucket_acl_out *out)
{
        struct s3_bucket_record bucket;

        TRY(s3_get_bucket(call, in->bucket, &bucket));
        return s3_acl_show(call, &(struct s3_acl_subject){.bucket = &bucket, .owner = bucket.account},
                           &bucket.acl, &out->owner, &out->grants);
}

int s3_put_bucket_acl(struct call *call, const struct s3_put_bucket_acl_in *in,
                      struct s3_put_bucket_acl_out *out)
{
        const struct s3_acl_headers given = {in->acl,         in->grant_full_control,
                                             in->grant_read,  in->grant_read_acp,
                                             in->grant_write, in->grant_write_acp};
        struct s3_bucket_record bucket;
        struct s3_acl_subject subject = {.bucket = &bucket};
        struct s3_grant_list list = {};
        int r;

        (void)out;
        TRY(s3_get_bucket(call, in->bucket, &bucket));
        subject.owner = bucket.account;
        TRY(s3_acl_of_request(call, &given, in->access_control_policy, &subject, &list));
        r = s3_acl_check(call, &given, &subject, &list, STR("s3:PutBucketAcl"),
                         s3_bucket_arn(call, bucket.name));
        TRY(r);
        if (r > 0)
                return 0;
        bucket.acl = list;
        return call_put(call, &s3_bucket_record_type, &bucket);
}
