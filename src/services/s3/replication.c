/* PutBucketReplication and its kin: kept and given back.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketReplication.html */
#include "services/s3/replication.h"

#include "services/iam/directory.h"
#include "services/s3/settings.h"

/* -- The role, which its giver has to be allowed to give away */

static int check_role(struct call *call, struct str role)
{
        struct resource resource;
        int r = iam_role_passed_to(call, role, STR("s3.amazonaws.com"), &resource);

        if (r == -EINVAL)
                return s3_bad_argument(call, STR("Role"), role, "Invalid role ARN.");
        TRY(r);
        return call->authorise(call, STR("iam:PassRole"), &resource);
}

/* -- Rules beside each other */

static int check_v1_pair(struct call *call, const struct s3_replication_rule *a,
                         const struct s3_replication_rule *b)
{
        if (!str_eq(a->destination->bucket, b->destination->bucket))
                return fail(call, &s3_invalid_request,
                            "Number of distinct destination bucket ARNs cannot exceed 1");
        if (str_starts(a->prefix, b->prefix) || str_starts(b->prefix, a->prefix))
                return fail(call, &s3_invalid_request, "Found overlapping prefixes '%.*s' and '%.*s'",
                            STR_ARG(a->prefix), STR_ARG(b->prefix));
        return 0;
}

static int check_pair(struct call *call, const struct s3_replication_rule *a,
                      const struct s3_replication_rule *b)
{
        if (a->id.len > 0 && str_eq(a->id, b->id))
                return s3_bad_argument(call, STR("ID"), a->id,
                                       "Rule ID must be unique. Found same ID for more than one rule");
        if (s3_is_replication_v2(a) != s3_is_replication_v2(b))
                return fail(
                        call, &s3_invalid_request,
                        "Rules of different versions of the Cross Region Replication configuration schema "
                        "cannot be used together. Please refer to S3 Developer Guide for more information.");
        if (!s3_is_replication_v2(a))
                return check_v1_pair(call, a, b);
        if (a->priority.value == b->priority.value)
                return fail(call, &s3_invalid_request,
                            "Found duplicate Priority %lld. The Priority of each rule must be unique.",
                            (long long)a->priority.value);
        return 0;
}

static int check_rules(struct call *call, const struct s3_bucket_record *bucket,
                       const struct s3_replication_rule_list *rules)
{
        if (rules->count == 0 || rules->count > S3_REPLICATION_RULES_MAX)
                return s3_malformed(call);
        for (size_t i = 0; i < rules->count; i++)
                TRY(s3_check_replication_rule(call, bucket, &rules->items[i]));
        for (size_t i = 0; i < rules->count; i++)
                for (size_t k = 0; k < i; k++)
                        TRY(check_pair(call, &rules->items[k], &rules->items[i]));
        return 0;
}

/* A copy: what the client gave stays as it is. */
static int name_rules(struct call *call, struct s3_replication_rule_list *rules)
{
        struct s3_replication_rule *items =
                arena_new_array(&call->arena, struct s3_replication_rule, rules->count);

        if (!items)
                return -ENOMEM;
        for (size_t i = 0; i < rules->count; i++) {
                items[i] = rules->items[i];
                if (items[i].id.len == 0)
                        items[i].id = s3_new_setting_id(call);
        }
        rules->items = items;
        return 0;
}

/* -- Operations */

int s3_put_bucket_replication(struct call *call, const struct s3_put_bucket_replication_in *in,
                              struct s3_put_bucket_replication_out *out)
{
        struct s3_replication_configuration replication = *in->replication_configuration;
        struct s3_bucket_record bucket;

        (void)out;
        TRY(s3_get_bucket(call, in->bucket, &bucket));
        TRY(check_role(call, replication.role));
        if (!s3_versioning_is_enabled(&bucket))
                return fail(
                        call, &s3_invalid_request,
                        "Versioning must be 'Enabled' on the bucket to apply a replication configuration");
        TRY(check_rules(call, &bucket, &replication.rules));
        TRY(name_rules(call, &replication.rules));
        return call_put(call, &s3_bucket_replication_record_type,
                        &(struct s3_bucket_replication_record){in->bucket, &replication});
}

int s3_get_bucket_replication(struct call *call, const struct s3_get_bucket_replication_in *in,
                              struct s3_get_bucket_replication_out *out)
{
        struct s3_bucket_replication_record record = {.bucket = in->bucket};

        TRY(s3_get_setting(call, &s3_bucket_replication_record_type, &record, in->bucket,
                           &s3_replication_configuration_not_found_error,
                           "The replication configuration was not found"));
        out->replication_configuration = record.replication;
        return 0;
}

int s3_delete_bucket_replication(struct call *call, const struct s3_delete_bucket_replication_in *in,
                                 struct s3_delete_bucket_replication_out *out)
{
        (void)out;
        return s3_delete_setting(call, &s3_bucket_replication_record_type,
                                 &(struct s3_bucket_replication_record){.bucket = in->bucket}, in->bucket);
}
