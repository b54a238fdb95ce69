/* Policies of buckets. https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html */
#include "services/resource_policy.h"
#include "services/s3/policy_check.h"

/* "If you have the correct permissions, but you're not using an identity that belongs to the bucket owner's
 * account, Amazon S3 returns a 405 Method Not Allowed error."
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html */
static int get_own_bucket(struct call *call, struct str name, struct s3_bucket_record *ret)
{
        TRY(s3_get_bucket(call, name, ret));
        if (str_eq(call->principal.account, ret->account))
                return 0;
        call_detail(call, STR("Method"), call->request->method);
        call_detail(call, STR("ResourceType"), STR("BUCKETPOLICY"));
        return fail(call, &s3_method_not_allowed,
                    "The specified method is not allowed against this resource.");
}

static int refuse_no_policy(struct call *call, struct str bucket)
{
        call_detail(call, STR("BucketName"), bucket);
        return fail(call, &s3_no_such_bucket_policy, "The bucket policy does not exist");
}

/* https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html#access-denied-bpa-examples
 */
static int check_public(struct call *call, const struct s3_bucket_record *bucket)
{
        struct s3_block block;

        if (!bucket->policy_is_public.value)
                return 0;
        TRY(s3_block_of(call, bucket, &block));
        if (!block.public_policy)
                return 0;
        return fail(
                call, &s3_access_denied,
                "User: %.*s is not authorized to perform: s3:PutBucketPolicy on resource: \"%.*s\" because "
                "public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.",
                STR_ARG(call->principal.arn), STR_ARG(s3_bucket_arn(call, bucket->name)));
}

static int set_policy(struct call *call, struct s3_bucket_record *bucket, struct str document)
{
        struct resource_policy policy;
        const struct s3_policy_subject subject = {s3_bucket_arn(call, STR("")),
                                                  s3_bucket_arn(call, bucket->name), STR("/")};
        bool is_public;

        TRY(s3_read_policy(call, &subject, document, &policy, &is_public));
        bucket->policy = policy.enforced;
        bucket->policy_text = policy.text;
        bucket->policy_shown = policy.shown;
        bucket->policy_is_public = OPT_BOOL(is_public);
        return check_public(call, bucket);
}

int s3_put_bucket_policy(struct call *call, const struct s3_put_bucket_policy_in *in,
                         struct s3_put_bucket_policy_out *out)
{
        struct s3_bucket_record bucket;

        (void)out;
        TRY(get_own_bucket(call, in->bucket, &bucket));
        TRY(set_policy(call, &bucket, in->policy));
        call->status = 204;
        return call_put(call, &s3_bucket_record_type, &bucket);
}

int s3_get_bucket_policy(struct call *call, const struct s3_get_bucket_policy_in *in,
                         struct s3_get_bucket_policy_out *out)
{
        struct resource_policy policy;
        struct s3_bucket_record bucket;

        TRY(get_own_bucket(call, in->bucket, &bucket));
        if (!str_is_set(bucket.policy))
                return refuse_no_policy(call, bucket.name);
        policy = (struct resource_policy){bucket.policy, bucket.policy_text, bucket.policy_shown};
        out->content_type = STR("application/json");
        return resource_policy_tell(call, &policy, &out->policy);
}

int s3_delete_bucket_policy(struct call *call, const struct s3_delete_bucket_policy_in *in,
                            struct s3_delete_bucket_policy_out *out)
{
        struct s3_bucket_record bucket;

        (void)out;
        TRY(get_own_bucket(call, in->bucket, &bucket));
        bucket.policy = bucket.policy_text = bucket.policy_shown = STR_NONE;
        bucket.policy_is_public = (struct opt_bool){};
        return call_put(call, &s3_bucket_record_type, &bucket);
}

int s3_get_bucket_policy_status(struct call *call, const struct s3_get_bucket_policy_status_in *in,
                                struct s3_get_bucket_policy_status_out *out)
{
        struct s3_policy_status *status = arena_new(&call->arena, struct s3_policy_status);
        struct s3_bucket_record bucket;

        if (!status)
                return -ENOMEM;
        TRY(s3_get_bucket(call, in->bucket, &bucket));
        if (!str_is_set(bucket.policy))
                return refuse_no_policy(call, bucket.name);
        status->is_public = OPT_BOOL(bucket.policy_is_public.value);
        out->policy_status = status;
        return 0;
}
