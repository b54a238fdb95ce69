/* Whether a bucket keeps the versions of its objects.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html */
#include "services/s3/mfa_delete.h"

/* "only the bucket owner (root account) can enable MFA delete", with a code of its device, and nothing of the
 * state changes without one afterwards.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiFactorAuthenticationDelete.html */
static int check_mfa(struct call *call, const struct s3_put_bucket_versioning_in *in,
                     const struct s3_bucket_record *bucket)
{
        if (!s3_has_mfa_delete(bucket) && !str_eq(in->versioning_configuration->mfa_delete, STR("Enabled")))
                return 0;
        return s3_use_mfa(call, bucket, in->mfa);
}

/* https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-and-other-bucket-config.html */
static int check_lifecycle(struct call *call, const struct s3_bucket_record *bucket, struct str mfa_delete)
{
        const struct s3_bucket_lifecycle_record lifecycle = {.bucket = bucket->name};

        if (!str_eq(mfa_delete, STR("Enabled")) ||
            !record_exists(call->txn, &s3_bucket_lifecycle_record_type, &lifecycle))
                return 0;
        return fail(call, &s3_invalid_bucket_state,
                    "Mfa Authentication is not supported on a bucket with lifecycle configuration. Delete "
                    "lifecycle configuration before enabling Mfa Authentication.");
}

static int has_replication(struct call *call, struct str bucket)
{
        struct s3_bucket_replication_record replication = {.bucket = bucket};
        int r = call_get(call, &s3_bucket_replication_record_type, &replication);

        return r == -ENOENT ? 0 : r < 0 ? r : 1;
}

static int check_suspension(struct call *call, const struct s3_bucket_record *bucket)
{
        int r;

        if (bucket->has_lock.value)
                return fail(call, &s3_invalid_bucket_state,
                            "An Object Lock configuration is present on this bucket, so the versioning state "
                            "cannot be changed.");
        r = has_replication(call, bucket->name);
        if (r == 1)
                return fail(call, &s3_invalid_bucket_state,
                            "A replication configuration is present on this bucket, so you cannot change the "
                            "versioning state. To change the versioning state, first delete the replication "
                            "configuration.");
        return r;
}

int s3_put_bucket_versioning(struct call *call, const struct s3_put_bucket_versioning_in *in,
                             struct s3_put_bucket_versioning_out *out)
{
        const struct s3_versioning_configuration *wanted = in->versioning_configuration;
        struct s3_bucket_record bucket;

        (void)out;
        TRY(s3_get_bucket(call, in->bucket, &bucket));
        /* "you must include Status whenever you use MfaDelete" */
        if (!str_is_set(wanted->status))
                return fail(call, &s3_illegal_versioning_configuration_exception,
                            "The Versioning element must be specified");
        TRY(check_mfa(call, in, &bucket));
        TRY(check_lifecycle(call, &bucket, wanted->mfa_delete));
        if (str_eq(wanted->status, STR("Suspended")))
                TRY(check_suspension(call, &bucket));
        bucket.versioning = wanted->status;
        if (str_is_set(wanted->mfa_delete))
                bucket.mfa_delete = wanted->mfa_delete;
        return call_put(call, &s3_bucket_record_type, &bucket);
}

/* Empty for a bucket that never had versions. */
int s3_get_bucket_versioning(struct call *call, const struct s3_get_bucket_versioning_in *in,
                             struct s3_get_bucket_versioning_out *out)
{
        struct s3_bucket_record bucket;

        TRY(s3_get_bucket(call, in->bucket, &bucket));
        out->status = bucket.versioning;
        out->mfa_delete = bucket.mfa_delete;
        return 0;
}
