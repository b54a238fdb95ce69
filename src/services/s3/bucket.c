/* Buckets: made, found, removed.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html */
#include "services/regions.h"
#include "services/s3/access_log.h"
#include "services/s3/access_point.h"
#include "services/s3/acl.h"
#include "services/s3/tags.h"
#include "services/s3/upload.h"
#include "services/s3/walk.h"

#define OLDEST_REGION STR("us-east-1")

/* -- Where it shall be */

static int wrong_location(struct call *call, struct str location)
{
        call_detail(call, STR("LocationConstraint"), location);
        return fail(call, &s3_invalid_location_constraint, "The specified location-constraint is not valid");
}

/* The first region, whose endpoint was once the only one, makes buckets anywhere; others only at home. */
static int choose_region(struct call *call, const struct s3_create_bucket_configuration *wanted,
                         struct str *ret)
{
        struct str location = wanted ? wanted->location_constraint : STR_NONE;

        *ret = str_eq(location, STR("EU")) ? STR("eu-west-1") : location;
        if (location.len == 0) {
                *ret = call->region;
                if (str_eq(call->region, OLDEST_REGION))
                        return 0;
                return fail(call, &s3_illegal_location_constraint_exception,
                            "The unspecified location constraint is incompatible for the region specific "
                            "endpoint this request was sent to.");
        }
        if (!region_is_known(*ret) || str_eq(*ret, OLDEST_REGION))
                return wrong_location(call, location);
        if (!str_eq(*ret, call->region) && !str_eq(call->region, OLDEST_REGION))
                return fail(call, &s3_illegal_location_constraint_exception,
                            "The %.*s location constraint is incompatible for the region specific endpoint "
                            "this request was sent to.",
                            STR_ARG(location));
        return 0;
}

/* -- Making it */

/* The owner may say again what is so already where that has always been fine. */
static int refuse_taken(struct call *call, const struct s3_bucket_record *there, struct str region)
{
        call_detail(call, STR("BucketName"), there->name);
        if (!str_eq(there->account, call->account))
                return fail(call, &s3_bucket_already_exists,
                            "The requested bucket name is not available. The bucket namespace is shared by "
                            "all users of the system. Please select a different name and try again.");
        if (str_eq(region, OLDEST_REGION) && str_eq(there->region, OLDEST_REGION))
                return 0;
        return fail(call, &s3_bucket_already_owned_by_you,
                    "Your previous request to create the named bucket succeeded and you already own it.");
}

/* As for every new bucket since April 2023.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html */
static int set_defaults(struct call *call, struct s3_bucket_record *bucket)
{
        struct s3_public_access_block_configuration *block =
                arena_new(&call->arena, struct s3_public_access_block_configuration);

        if (!block)
                return -ENOMEM;
        block->block_public_acls = block->ignore_public_acls = OPT_BOOL(true);
        block->block_public_policy = block->restrict_public_buckets = OPT_BOOL(true);
        bucket->public_access = block;
        if (!str_is_set(bucket->ownership))
                bucket->ownership = STR("BucketOwnerEnforced");
        return 0;
}

static int set_tags(struct call *call, struct s3_bucket_record *bucket, const struct s3_tag_list *tags)
{
        struct resource resource;

        if (tags->count == 0)
                return 0;
        TRY(s3_resource_of(call, bucket->name, STR_NONE, STR_NONE, &resource));
        TRY(call->authorise(call, STR("s3:TagResource"), &resource));
        TRY(s3_check_tags(call, tags, S3_BUCKET_TAGS_MAX));
        bucket->tags = *tags;
        return 0;
}

static int make(struct call *call, const struct s3_create_bucket_in *in, struct s3_bucket_record *bucket)
{
        bucket->account = call->account;
        bucket->created = OPT_INT(call->now_ms);
        bucket->notifies = OPT_BOOL(false);
        bucket->ownership = in->object_ownership;
        TRY(set_defaults(call, bucket));
        TRY(s3_new_bucket_acl(call, in, bucket));
        if (in->object_lock_enabled_for_bucket.value) {
                bucket->has_lock = OPT_BOOL(true);
                bucket->versioning = STR("Enabled");
        }
        if (in->create_bucket_configuration)
                TRY(set_tags(call, bucket, &in->create_bucket_configuration->tags));
        TRY(s3_count_new_bucket(call));
        TRY(s3_new_space(call, &bucket->space.value));
        TRY(s3_new_space(call, &bucket->uploads.value));
        bucket->space.is_set = bucket->uploads.is_set = true;
        return call_insert(call, &s3_bucket_record_type, bucket);
}

static struct str location_of(struct call *call, const struct s3_bucket_record *bucket)
{
        if (str_eq(call->region, OLDEST_REGION) && str_eq(bucket->region, OLDEST_REGION))
                return arena_printf(&call->arena, "/%.*s", STR_ARG(bucket->name));
        return arena_printf(&call->arena, "http://%.*s.s3.amazonaws.com/", STR_ARG(bucket->name));
}

int s3_create_bucket(struct call *call, const struct s3_create_bucket_in *in,
                     struct s3_create_bucket_out *out)
{
        struct s3_bucket_record bucket = {.name = in->bucket}, there = {.name = in->bucket};
        int r;

        if (call->principal.kind == ANONYMOUS)
                return fail(call, &s3_access_denied,
                            "Anonymous users cannot invoke this API. Please authenticate.");
        TRY(choose_region(call, in->create_bucket_configuration, &bucket.region));
        r = call_get(call, &s3_bucket_record_type, &there);
        if (r < 0 && r != -ENOENT)
                return r;
        if (r == 0)
                TRY(refuse_taken(call, &there, call->region));
        else
                TRY(make(call, in, &bucket));
        out->location = location_of(call, &bucket);
        out->bucket_arn = s3_bucket_arn(call, in->bucket);
        return 0;
}

/* -- Removing it */

static int check_empty(struct call *call, const struct s3_bucket_record *bucket)
{
        struct s3_walk walk = {};
        struct s3_object_record row;
        struct str key;
        int r = s3_walk_begin(&walk, call, bucket->space.value, STR_NONE);

        if (r == 0)
                r = s3_walk_next(&walk, &key, &row);
        s3_walk_end(&walk);
        if (r == -ENOENT)
                return 0;
        TRY(r);
        call_detail(call, STR("BucketName"), bucket->name);
        return fail(call, &s3_bucket_not_empty,
                    s3_is_versioned(bucket) ? "The bucket you tried to delete is not empty. You must delete "
                                              "all versions in the bucket."
                                            : "The bucket you tried to delete is not empty");
}

static int check_no_points(struct call *call, const struct s3_bucket_record *bucket)
{
        int r = s3_has_points(call, bucket);

        if (r <= 0)
                return r;
        call_detail(call, STR("BucketName"), bucket->name);
        return fail(call, &s3_bucket_has_access_points_attached,
                    "The bucket you tried to delete has access points attached. Delete your access points "
                    "before deleting your bucket.");
}

int s3_delete_bucket(struct call *call, const struct s3_delete_bucket_in *in,
                     struct s3_delete_bucket_out *out)
{
        struct s3_bucket_record bucket;

        (void)out;
        TRY(s3_get_bucket(call, in->bucket, &bucket));
        TRY(check_no_points(call, &bucket));
        TRY(check_empty(call, &bucket));
        TRY(s3_drop_uploads(call, &bucket));
        TRY(s3_delete_settings(call, in->bucket));
        TRY(s3_log_change(call, &bucket, NULL));
        TRY(s3_count_lost_bucket(call, bucket.account));
        return call_delete(call, &s3_bucket_record_type, &bucket);
}

/* -- Finding it */

int s3_head_bucket(struct call *call, const struct s3_head_bucket_in *in, struct s3_head_bucket_out *out)
{
        const struct s3_addressed *addressed = call->addressed;
        struct s3_bucket_record bucket;

        TRY(s3_get_bucket(call, in->bucket, &bucket));
        out->bucket_region = bucket.region;
        out->bucket_arn = s3_bucket_arn(call, bucket.name);
        out->access_point_alias = OPT_BOOL(addressed && addressed->is_alias);
        return 0;
}

/* Empty for the oldest region.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html */
int s3_get_bucket_location(struct call *call, const struct s3_get_bucket_location_in *in,
                           struct s3_get_bucket_location_out *out)
{
        struct s3_bucket_record bucket;

        TRY(s3_get_bucket(call, in->bucket, &bucket));
        out->location_constraint = str_eq(bucket.region, OLDEST_REGION) ? STR("") : bucket.region;
        return 0;
}
