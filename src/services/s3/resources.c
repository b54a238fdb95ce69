/* What permissions are asked on: the finders of api/s3.api.
 *
 * Names of buckets are no secret: that there is none of a name, or that it is in another region, is told to
 * everyone, as AWS does. */
#include "services/s3/access_log.h"
#include "services/s3/access_point.h"
#include "services/s3/acl.h"
#include "services/s3/settings.h"

static int set_tags(struct call *call, const struct s3_tag_list *tags, struct resource *ret)
{
        if (tags->count == 0)
                return 0;
        ret->tags.items = arena_new_array(&call->arena, struct str_pair, tags->count);
        if (!ret->tags.items)
                return -ENOMEM;
        for (size_t i = 0; i < tags->count; i++)
                ret->tags.items[i] = (struct str_pair){tags->items[i].key, tags->items[i].value};
        ret->tags.count = tags->count;
        return 0;
}

/* A bucket whose policy lets everyone in is open only to the owner's account and to AWS's services while
 * public access is restricted: its policy can but deny then, and its ACLs have no say.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html */
static bool is_restricted(const struct call *call, const struct s3_target *target)
{
        const struct s3_bucket_record *bucket = &target->bucket;

        return target->block.restricted && bucket->policy_is_public.value &&
               call->principal.kind != AWS_SERVICE && !str_eq(call->principal.account, bucket->account);
}

/* "the root principal in a bucket owner's AWS account can perform the GetBucketPolicy, PutBucketPolicy, and
 * DeleteBucketPolicy API actions, even if their bucket policy explicitly denies the root principal's access"
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html */
static bool policy_is_powerless(const struct call *call, const struct s3_bucket_record *bucket)
{
        static const struct str OPERATIONS[] = {STR_INIT("DeleteBucketPolicy"), STR_INIT("GetBucketPolicy"),
                                                STR_INIT("PutBucketPolicy")};

        if (call->principal.kind != ROOT_USER || !str_eq(call->principal.account, bucket->account))
                return false;
        for (size_t i = 0; i < ARRAY_LEN(OPERATIONS); i++)
                if (str_eq(call->operation->name, OPERATIONS[i]))
                        return true;
        return false;
}

static int fill(struct call *call, struct s3_target *target, struct resource *ret)
{
        const struct s3_bucket_record *bucket = &target->bucket;

        TRY(s3_block_of(call, bucket, &target->block));
        if (target->point)
                TRY(s3_block_add_point(call, target->point, &target->block));
        ret->account = bucket->account;
        ret->region = bucket->region;
        if (!policy_is_powerless(call, bucket))
                ret->policy = bucket->policy;
        target->is_restricted = ret->policy_only_denies = is_restricted(call, target);
        ret->policy_name = STR("bucket policy");
        return str_is_set(target->key) ? 0 : set_tags(call, &bucket->tags, ret);
}

/* What AWS's services deliver belongs to the owner of the bucket, where its policy lets them put it: the
 * policies of their guides ask for s3:PutObject alone.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html */
static bool is_delivery(const struct call *call, struct str action)
{
        const struct s3_put_object_in *in = call->in;

        return call->principal.kind == AWS_SERVICE && str_eq(action, STR("s3:PutObjectAcl")) &&
               str_eq(call->operation->name, STR("PutObject")) &&
               str_eq(in->acl, STR("bucket-owner-full-control"));
}

static int settle(struct call *call, struct str action, struct resource *resource)
{
        struct s3_target *target = arena_new(&call->arena, struct s3_target);

        if (!target)
                return -ENOMEM;
        *target = *(const struct s3_target *)resource->of;
        target->action = action;
        resource->of = target;
        resource->is_waived = is_delivery(call, action);
        return s3_settle_by_action(call, action, resource);
}

int s3_resource_at(struct call *call, const s3_point *point, const struct s3_place_asked *asked,
                   struct resource *ret)
{
        struct s3_target *target = arena_new(&call->arena, struct s3_target);
        struct str bucket = asked->bucket, key = asked->key;
        int r;

        if (!target)
                return -ENOMEM;
        *target = (struct s3_target){
                .bucket.name = bucket, .key = key, .version_id = asked->version_id, .point = point};
        *ret = (struct resource){
                .arn = str_is_set(key) ? s3_object_arn(call, bucket, key) : s3_bucket_arn(call, bucket),
                .type = str_is_set(key) ? S3_OBJECT_TYPE : S3_BUCKET_TYPE,
                .policy_kind = POLICY_RESOURCE,
                .asker_id = s3_canonical_id(&call->arena, call->principal.account),
                .of = target,
                .settle = settle,
                .find_key = s3_find_condition,
                .find_grants = s3_find_acl_grants,
        };
        r = call_get_once(call, &s3_bucket_record_type, &target->bucket);
        if (r == -ENOENT)
                return 0;
        TRY(r);
        target->is_there = true;
        s3_access_bucket(call, &target->bucket);
        return fill(call, target, ret);
}

int s3_resource_of(struct call *call, struct str bucket, struct str key, struct str version_id,
                   struct resource *ret)
{
        const struct s3_addressed *addressed = call->addressed;

        if (addressed && str_eq(addressed->bucket, bucket))
                return s3_resource_through(call, addressed, key, version_id, ret);
        return s3_resource_at(call, NULL, &(struct s3_place_asked){bucket, key, version_id}, ret);
}

/* The region that the client signed for is not the bucket's.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/Redirects.html */
static int redirect(struct call *call, const struct s3_bucket_record *bucket)
{
        call_header(call, STR("x-amz-bucket-region"), bucket->region);
        if (str_eq(call->request->method, STR("HEAD")))
                return fail(call, &s3_permanent_redirect,
                            "The bucket you are attempting to access must be addressed using the specified "
                            "endpoint. Please send all future requests to this endpoint.");
        call_detail(call, STR("Region"), bucket->region);
        return fail(call, &s3_authorization_header_malformed,
                    "The authorization header is malformed; the region '%.*s' is wrong; expecting '%.*s'",
                    STR_ARG(call->region), STR_ARG(bucket->region));
}

static bool makes_bucket(const struct call *call)
{
        return str_eq(call->operation->name, STR("CreateBucket"));
}

static bool is_asked_elsewhere(const struct call *call, const struct s3_bucket_record *bucket)
{
        return call->principal.kind != ANONYMOUS && str_is_set(call->auth->scope_region) &&
               !str_eq(call->region, bucket->region) &&
               !str_eq(call->operation->name, STR("GetBucketLocation")) && !makes_bucket(call);
}

/* Regions that were opened since 2014 have never taken version 2 of signatures.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingAWSSDK.html#UsingAWSSDK-sig2-deprecation */
static int check_signature(struct call *call, const struct s3_bucket_record *bucket)
{
        static const struct str FIRST[] = {STR_INIT("us-east-1"),      STR_INIT("us-west-1"),
                                           STR_INIT("us-west-2"),      STR_INIT("eu-west-1"),
                                           STR_INIT("ap-northeast-1"), STR_INIT("ap-southeast-1"),
                                           STR_INIT("ap-southeast-2"), STR_INIT("sa-east-1")};

        if (!str_eq(call->auth->signature_version, STR("AWS")))
                return 0;
        for (size_t i = 0; i < ARRAY_LEN(FIRST); i++)
                if (str_eq(bucket->region, FIRST[i]))
                        return 0;
        return fail(call, &s3_invalid_request,
                    "The authorization mechanism you have provided is not supported. Please use "
                    "AWS4-HMAC-SHA256.");
}

static int check_bucket(struct call *call, const struct s3_target *target)
{
        struct str expected = http_header_value(call->request, STR("x-amz-expected-bucket-owner"));

        if (!s3_bucket_name_is_valid(target->bucket.name)) {
                call_detail(call, STR("BucketName"), target->bucket.name);
                return fail(call, &s3_invalid_bucket_name, "The specified bucket is not valid.");
        }
        if (!target->is_there)
                return makes_bucket(call) ? 0 : s3_refuse_no_bucket(call, target->bucket.name);
        TRY(check_signature(call, &target->bucket));
        if (is_asked_elsewhere(call, &target->bucket))
                return redirect(call, &target->bucket);
        if (str_is_set(expected) && !makes_bucket(call) && !s3_is_account(expected))
                return fail(call, &s3_invalid_bucket_owner_aws_account_id,
                            "The value of the expected bucket owner parameter must be an AWS account ID.");
        if (str_is_set(expected) && !makes_bucket(call) && !str_eq(expected, target->bucket.account))
                return fail(call, &s3_access_denied, "Access Denied");
        return s3_check_payer(call, &target->bucket);
}

/* A bucket that is to be made is the caller's; whoever has one of its name has no say. */
static void forget_owner(struct resource *resource)
{
        resource->account = resource->region = STR_NONE;
        resource->policy = STR_NONE;
        resource->tags = (struct str_map){};
}

int s3_bucket_resource(struct call *call, const struct str *args, struct resource *ret)
{
        TRY(s3_resource_of(call, args[0], STR_NONE, STR_NONE, ret));
        if (makes_bucket(call))
                forget_owner(ret);
        return check_bucket(call, ret->of);
}

/* https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
static int check_key(struct call *call, struct str key)
{
        if (key.len <= S3_KEY_MAX)
                return 0;
        call_detail(call, STR("Size"), arena_printf(&call->arena, "%zu", key.len));
        call_detail(call, STR("MaxSizeAllowed"), arena_printf(&call->arena, "%zu", S3_KEY_MAX));
        return fail(call, &s3_key_too_long_error, "Your key is too long");
}

int s3_object_resource(struct call *call, const struct str *args, struct resource *ret)
{
        TRY(check_key(call, args[1]));
        TRY(s3_resource_of(call, args[0], args[1], args[2], ret));
        return check_bucket(call, ret->of);
}
