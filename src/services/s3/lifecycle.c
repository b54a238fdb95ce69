/* PutBucketLifecycleConfiguration and its kin.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html */
#include "services/s3/lifecycle.h"

#include "services/s3/mfa_delete.h"
#include "services/s3/settings.h"

#define RULES_MAX     1000
#define ID_MAX        255
#define USUAL_MINIMUM STR("all_storage_classes_128K")

/* -- Ids */

static int check_ids(struct call *call, const struct s3_lifecycle_rule_list *rules)
{
        for (size_t i = 0; i < rules->count; i++) {
                struct str id = rules->items[i].id;

                if (id.len > ID_MAX)
                        return s3_bad_argument(call, STR("ID"), id,
                                               "ID length should not exceed allowed limit of %d", ID_MAX);
                for (size_t k = 0; k < i; k++)
                        if (str_eq(id, rules->items[k].id))
                                return s3_bad_argument(
                                        call, STR("ID"), id,
                                        "Rule ID must be unique. Found same ID for more than one rule");
        }
        return 0;
}

/* A copy: what the client gave stays as it is. */
static int name_rules(struct call *call, const struct s3_lifecycle_rule_list *given,
                      struct s3_lifecycle_rule_list *ret)
{
        *ret = *given;
        ret->items = arena_new_array(&call->arena, struct s3_lifecycle_rule, given->count + 1);
        if (!ret->items)
                return -ENOMEM;
        for (size_t i = 0; i < given->count; i++) {
                ret->items[i] = given->items[i];
                if (ret->items[i].id.len == 0)
                        ret->items[i].id = s3_new_setting_id(call);
        }
        return check_ids(call, ret);
}

/* -- Rules beside each other */

/* Rules of the first version of this API say their prefix outside of a filter, and may not meet. */
static int check_versions(struct call *call, const struct s3_lifecycle_rule_list *rules)
{
        for (size_t i = 1; i < rules->count; i++)
                if ((rules->items[i].filter == NULL) != (rules->items[0].filter == NULL))
                        return fail(call, &s3_invalid_request,
                                    "Base level prefix cannot be used in Lifecycle V2, prefixes are only "
                                    "supported in the Filter.");
        return 0;
}

static const char *common_action(const struct s3_lifecycle_rule *a, const struct s3_lifecycle_rule *b)
{
        if (a->expiration && b->expiration)
                return "Expiration";
        if (a->transitions.count && b->transitions.count)
                return "Transition";
        if (a->noncurrent_version_expiration && b->noncurrent_version_expiration)
                return "NoncurrentVersionExpiration";
        if (a->noncurrent_version_transitions.count && b->noncurrent_version_transitions.count)
                return "NoncurrentVersionTransition";
        if (a->abort_incomplete_multipart_upload && b->abort_incomplete_multipart_upload)
                return "AbortIncompleteMultipartUpload";
        return NULL;
}

static int check_pair(struct call *call, const struct s3_lifecycle_rule *a, const struct s3_lifecycle_rule *b)
{
        const char *action = common_action(a, b);

        if (a->filter || !action)
                return 0;
        if (str_eq(a->prefix, b->prefix))
                return fail(call, &s3_invalid_request,
                            "Found two rules with same prefix '%.*s' for same action type '%s'",
                            STR_ARG(a->prefix), action);
        if (str_starts(a->prefix, b->prefix) || str_starts(b->prefix, a->prefix))
                return fail(call, &s3_invalid_request,
                            "Found overlapping prefixes '%.*s' and '%.*s' for same action type '%s'",
                            STR_ARG(a->prefix), STR_ARG(b->prefix), action);
        return 0;
}

static int check_rules(struct call *call, const struct s3_lifecycle_rule_list *rules)
{
        if (rules->count == 0 || rules->count > RULES_MAX)
                return s3_malformed(call);
        for (size_t i = 0; i < rules->count; i++)
                TRY(s3_check_lifecycle_rule(call, &rules->items[i]));
        TRY(check_versions(call, rules));
        for (size_t i = 0; i < rules->count; i++)
                for (size_t k = 0; k < i; k++)
                        TRY(check_pair(call, &rules->items[k], &rules->items[i]));
        return 0;
}

/* -- Operations */

int s3_put_bucket_lifecycle_configuration(struct call *call,
                                          const struct s3_put_bucket_lifecycle_configuration_in *in,
                                          struct s3_put_bucket_lifecycle_configuration_out *out)
{
        struct s3_bucket_lifecycle_record lifecycle = {.bucket = in->bucket};
        struct s3_bucket_record bucket;

        TRY(s3_get_bucket(call, in->bucket, &bucket));
        if (!in->lifecycle_configuration)
                return s3_malformed(call);
        if (s3_has_mfa_delete(&bucket))
                return fail(call, &s3_invalid_bucket_state,
                            "Lifecycle configuration is not supported on a bucket with Mfa Authentication. "
                            "Disable Mfa Authentication before adding a lifecycle configuration.");
        TRY(check_rules(call, &in->lifecycle_configuration->rules));
        TRY(name_rules(call, &in->lifecycle_configuration->rules, &lifecycle.rules));
        lifecycle.minimum_size = in->transition_default_minimum_object_size;
        if (!str_is_set(lifecycle.minimum_size))
                lifecycle.minimum_size = USUAL_MINIMUM;
        out->transition_default_minimum_object_size = lifecycle.minimum_size;
        TRY(call_put(call, &s3_bucket_lifecycle_record_type, &lifecycle));
        return s3_start_lifecycle(call, in->bucket);
}

int s3_get_bucket_lifecycle_configuration(struct call *call,
                                          const struct s3_get_bucket_lifecycle_configuration_in *in,
                                          struct s3_get_bucket_lifecycle_configuration_out *out)
{
        struct s3_bucket_lifecycle_record lifecycle = {.bucket = in->bucket};

        TRY(s3_get_setting(call, &s3_bucket_lifecycle_record_type, &lifecycle, in->bucket,
                           &s3_no_such_lifecycle_configuration,
                           "The lifecycle configuration does not exist"));
        out->rules = lifecycle.rules;
        out->transition_default_minimum_object_size = lifecycle.minimum_size;
        return 0;
}

int s3_delete_bucket_lifecycle(struct call *call, const struct s3_delete_bucket_lifecycle_in *in,
                               struct s3_delete_bucket_lifecycle_out *out)
{
        (void)out;
        TRY(s3_delete_setting(call, &s3_bucket_lifecycle_record_type,
                              &(struct s3_bucket_lifecycle_record){.bucket = in->bucket}, in->bucket));
        return s3_stop_lifecycle(call, in->bucket);
}
