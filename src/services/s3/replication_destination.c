#include "services/s3/replication.h"
#include "services/s3/settings.h"

#define RTC_MINUTES 15

/* -- The bucket */

static int find(struct call *call, const struct s3_bucket_record *bucket, struct str arn,
                struct s3_bucket_record *ret)
{
        int r;

        *ret = (struct s3_bucket_record){.name = s3_bucket_of_arn(call, arn)};
        if (!str_is_set(ret->name))
                return s3_bad_argument(call, STR("Bucket"), arn, "Invalid bucket ARN.");
        if (str_eq(ret->name, bucket->name))
                return fail(call, &s3_invalid_request,
                            "Destination bucket cannot be the same as source bucket.");
        r = call_get(call, &s3_bucket_record_type, ret);
        if (r == -ENOENT)
                return fail(call, &s3_invalid_request, "Destination bucket must exist.");
        TRY(r);
        if (!s3_versioning_is_enabled(ret))
                return fail(call, &s3_invalid_request, "Destination bucket must have versioning enabled.");
        return 0;
}

/* https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ReplicationErrorCodeList */
static int check_owner(struct call *call, const struct s3_destination *destination,
                       const struct s3_bucket_record *target)
{
        if (str_is_set(destination->account) && destination->account.len == 0)
                return s3_bad_argument(call, STR("Account"), destination->account,
                                       "Account element is empty. It must contain a valid account ID.");
        if (destination->access_control_translation && !str_is_set(destination->account))
                return fail(
                        call, &s3_invalid_request,
                        "If the Owner in AccessControlTranslation has a value, the Account element must be "
                        "specified.");
        if (str_is_set(destination->account) && !str_eq(destination->account, target->account))
                return s3_bad_argument(
                        call, STR("Account"), destination->account,
                        "The AWS account specified in the Account element must match the destination bucket "
                        "owner.");
        return 0;
}

/* -- In time */

static bool is_enabled(struct str status)
{
        return str_eq(status, STR("Enabled"));
}

static int check_minutes(struct call *call, const struct s3_replication_time_value *value)
{
        if (!value->minutes.is_set)
                return s3_malformed(call);
        if (value->minutes.value != RTC_MINUTES)
                return s3_bad_argument(call, STR("Minutes"),
                                       arena_printf(&call->arena, "%lld", (long long)value->minutes.value),
                                       "Only a value of %d minutes is accepted for EventThreshold and Time.",
                                       RTC_MINUTES);
        return 0;
}

/* "Must be specified together with a Metrics block."
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_Destination.html */
static int check_time(struct call *call, const struct s3_replication_rule *rule)
{
        const struct s3_replication_time *time = rule->destination->replication_time;
        const struct s3_metrics *metrics = rule->destination->metrics;

        if (metrics && metrics->event_threshold)
                TRY(check_minutes(call, metrics->event_threshold));
        if (!time)
                return 0;
        TRY(check_minutes(call, time->time));
        if (!s3_is_replication_v2(rule))
                return fail(call, &s3_invalid_request,
                            "ReplicationTime cannot be used for this version of Cross Region Replication "
                            "configuration schema. Please refer to S3 Developer Guide for more information.");
        if (is_enabled(time->status) && !(metrics && is_enabled(metrics->status) && metrics->event_threshold))
                return fail(
                        call, &s3_invalid_request,
                        "Metrics must be enabled with an EventThreshold when ReplicationTime is enabled.");
        return 0;
}

/* -- Under which key */

static int check_encryption(struct call *call, const struct s3_replication_rule *rule)
{
        const struct s3_source_selection_criteria *source = rule->source_selection_criteria;
        const struct s3_encryption_configuration *encryption = rule->destination->encryption_configuration;
        bool is_chosen = source && source->sse_kms_encrypted_objects &&
                         is_enabled(source->sse_kms_encrypted_objects->status);

        if (encryption && encryption->replica_kms_key_id.len == 0)
                return s3_malformed(call);
        if (encryption && !(source && source->sse_kms_encrypted_objects))
                return fail(
                        call, &s3_invalid_request,
                        "SseKmsEncryptedObjects must be specified if EncryptionConfiguration is present.");
        if (is_chosen && !encryption)
                return fail(call, &s3_invalid_request,
                            "EncryptionConfiguration must be specified if SseKmsEncryptedObjects tag is "
                            "Enabled.");
        return 0;
}

int s3_check_replication_destination(struct call *call, const struct s3_bucket_record *bucket,
                                     const struct s3_replication_rule *rule)
{
        struct s3_bucket_record target;

        TRY(find(call, bucket, rule->destination->bucket, &target));
        TRY(check_owner(call, rule->destination, &target));
        TRY(check_time(call, rule));
        return check_encryption(call, rule);
}
