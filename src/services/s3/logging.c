/* Where server access logs of a bucket go.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLogging.html */
#include "services/s3/access_log.h"
#include "services/s3/acl.h"
#include "services/s3/settings.h"

/* -- The bucket that takes them */

static int refuse_target(struct call *call, struct str target, const char *why)
{
        call_detail(call, STR("TargetBucket"), target);
        return fail(call, &s3_invalid_target_bucket_for_logging, "%s", why);
}

/* "Both the source and destination buckets must be in the same AWS Region and owned by the same account."
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html */
static int check_target(struct call *call, const struct s3_bucket_record *bucket, struct str name,
                        struct s3_bucket_record *ret)
{
        int r;

        *ret = (struct s3_bucket_record){.name = name};
        r = call_get(call, &s3_bucket_record_type, ret);
        if (r == -ENOENT)
                return refuse_target(call, name, "The target bucket for logging does not exist");
        TRY(r);
        if (!str_eq(ret->account, bucket->account))
                return refuse_target(
                        call, name,
                        "The owner for the bucket to be logged and the target bucket must be the same.");
        if (!str_eq(ret->region, bucket->region))
                return fail(
                        call, &s3_cross_location_logging_prohibited,
                        "Cross-location logging not allowed. Buckets in one geographic location cannot log "
                        "information to a bucket in another location.");
        /* "S3 buckets that have S3 Object Lock enabled can't be used as destination buckets" */
        if (ret->has_lock.value)
                return refuse_target(call, name,
                                     "The target bucket for logging must not have Object Lock enabled");
        return 0;
}

/* -- Who may read them */

static int check_grantee(struct call *call, const struct s3_grantee *grantee)
{
        if (str_eq(grantee->type, STR("CanonicalUser")))
                return grantee->id.len ? s3_check_canonical_id(call, "CanonicalUser/ID", grantee->id)
                                       : s3_malformed(call);
        if (str_eq(grantee->type, STR("Group")))
                return grantee->uri.len ? s3_check_group(call, "Group/URI", grantee->uri)
                                        : s3_malformed(call);
        return s3_refuse_email(call);
}

static int check_grants(struct call *call, const struct s3_target_grant_list *grants,
                        const struct s3_bucket_record *target)
{
        if (grants->count > 0 && s3_acls_are_disabled(target))
                return fail(call, &s3_invalid_bucket_acl_with_object_ownership,
                            "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting");
        if (grants->count > S3_GRANTS_MAX)
                return s3_malformed(call);
        for (size_t i = 0; i < grants->count; i++) {
                if (!grants->items[i].grantee || !str_is_set(grants->items[i].permission))
                        return s3_malformed(call);
                TRY(check_grantee(call, grants->items[i].grantee));
        }
        return 0;
}

/* -- The whole */

static int check_key_format(struct call *call, const struct s3_target_object_key_format *format)
{
        if (format && (format->simple_prefix != NULL) == (format->partitioned_prefix != NULL))
                return s3_malformed(call);
        return 0;
}

static int put(struct call *call, struct s3_bucket_record *bucket, struct s3_logging_enabled *logging)
{
        struct s3_bucket_logging_record record = {.bucket = bucket->name, .logging = logging};
        struct s3_bucket_record target;

        TRY(check_target(call, bucket, logging->target_bucket, &target));
        TRY(check_grants(call, &logging->target_grants, &target));
        TRY(check_key_format(call, logging->target_object_key_format));
        TRY(s3_log_change(call, bucket, logging));
        TRY(call_put(call, &s3_bucket_record_type, bucket));
        return call_put(call, &s3_bucket_logging_record_type, &record);
}

/* An empty document ends the logging. */
int s3_put_bucket_logging(struct call *call, const struct s3_put_bucket_logging_in *in,
                          struct s3_put_bucket_logging_out *out)
{
        struct s3_bucket_record bucket;

        (void)out;
        TRY(s3_get_bucket(call, in->bucket, &bucket));
        if (in->bucket_logging_status->logging_enabled)
                return put(call, &bucket, in->bucket_logging_status->logging_enabled);
        TRY(s3_log_change(call, &bucket, NULL));
        TRY(call_put(call, &s3_bucket_record_type, &bucket));
        return s3_delete_setting(call, &s3_bucket_logging_record_type,
                                 &(struct s3_bucket_logging_record){.bucket = in->bucket}, in->bucket);
}

int s3_get_bucket_logging(struct call *call, const struct s3_get_bucket_logging_in *in,
                          struct s3_get_bucket_logging_out *out)
{
        struct s3_bucket_logging_record logging = {.bucket = in->bucket};
        struct s3_bucket_record bucket;
        int r;

        TRY(s3_get_bucket(call, in->bucket, &bucket));
        r = call_get(call, &s3_bucket_logging_record_type, &logging);
        if (r == 0)
                out->logging_enabled = logging.logging;
        return r == -ENOENT ? 0 : r;
}
