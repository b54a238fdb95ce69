/* Object Lock of a bucket: enabled once for all, with a retention that new objects are given.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-configure.html */
#include "services/s3/s3.h"

/* "The maximum default retention period is 36,500 days or 100 years" */
#define DAYS_MAX  36500
#define YEARS_MAX 100

static int check_period(struct call *call, struct str name, int64_t value, int64_t max)
{
        if (value > 0 && value <= max)
                return 0;
        call_detail(call, STR("ArgumentName"), name);
        call_detail(call, STR("ArgumentValue"), arena_printf(&call->arena, "%lld", (long long)value));
        return fail(call, &s3_invalid_argument,
                    value > 0 ? "Default retention period too large."
                              : "Default retention period must be a positive integer value.");
}

/* "The DefaultRetention settings require both a mode and a period. The DefaultRetention period can be either
 * Days or Years but you must select one."
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_DefaultRetention.html */
static int check_rule(struct call *call, const struct s3_object_lock_rule *rule)
{
        const struct s3_default_retention *retention = rule->default_retention;

        if (!retention || !str_is_set(retention->mode) || retention->days.is_set == retention->years.is_set)
                return s3_refuse_document(call);
        if (retention->days.is_set)
                return check_period(call, STR("Days"), retention->days.value, DAYS_MAX);
        return check_period(call, STR("Years"), retention->years.value, YEARS_MAX);
}

int s3_put_object_lock_configuration(struct call *call, const struct s3_put_object_lock_configuration_in *in,
                                     struct s3_put_object_lock_configuration_out *out)
{
        const struct s3_object_lock_configuration *wanted = in->object_lock_configuration;
        struct s3_bucket_record bucket;

        (void)out;
        TRY(s3_get_bucket(call, in->bucket, &bucket));
        if (!wanted || !str_is_set(wanted->object_lock_enabled))
                return s3_refuse_document(call);
        if (wanted->rule)
                TRY(check_rule(call, wanted->rule));
        if (!s3_versioning_is_enabled(&bucket))
                return fail(
                        call, &s3_invalid_bucket_state,
                        "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration");
        bucket.has_lock = OPT_BOOL(true);
        bucket.lock_rule = wanted->rule;
        return call_put(call, &s3_bucket_record_type, &bucket);
}

int s3_get_object_lock_configuration(struct call *call, const struct s3_get_object_lock_configuration_in *in,
                                     struct s3_get_object_lock_configuration_out *out)
{
        struct s3_object_lock_configuration *shown =
                arena_new(&call->arena, struct s3_object_lock_configuration);
        struct s3_bucket_record bucket;

        if (!shown)
                return -ENOMEM;
        TRY(s3_get_bucket(call, in->bucket, &bucket));
        if (!bucket.has_lock.value) {
                call_detail(call, STR("BucketName"), bucket.name);
                return fail(call, &s3_object_lock_configuration_not_found_error,
                            "Object Lock configuration does not exist for this bucket");
        }
        *shown = (struct s3_object_lock_configuration){.object_lock_enabled = STR("Enabled"),
                                                       .rule = bucket.lock_rule};
        out->object_lock_configuration = shown;
        return 0;
}
