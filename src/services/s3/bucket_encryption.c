/* What new objects of a bucket are encrypted with, and which ways of encryption it does not take.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html */
#include "services/s3/s3.h"

/* -- What holds. A bucket whose encryption was never set has none stored. */

/* "server-side encryption with Amazon S3 managed keys (SSE-S3)". That new buckets take no keys of customers
 * since April 2026 is left out: see README.md. */
static int make_default(struct call *call, struct s3_server_side_encryption_rule *ret)
{
        struct s3_server_side_encryption_by_default *with =
                arena_new(&call->arena, struct s3_server_side_encryption_by_default);
        struct s3_blocked_encryption_types *blocked =
                arena_new(&call->arena, struct s3_blocked_encryption_types);
        struct str *type = arena_new(&call->arena, struct str);

        if (!with || !blocked || !type)
                return -ENOMEM;
        with->sse_algorithm = STR("AES256");
        *type = STR("NONE");
        blocked->encryption_type = (struct str_list){.items = type, .count = 1, .is_set = true};
        *ret = (struct s3_server_side_encryption_rule){.apply_server_side_encryption_by_default = with,
                                                       .bucket_key_enabled = OPT_BOOL(false),
                                                       .blocked_encryption_types = blocked};
        return 0;
}

static int get_rule(struct call *call, const struct s3_bucket_record *bucket,
                    struct s3_server_side_encryption_rule *ret)
{
        if (bucket->encryption.count == 0)
                return make_default(call, ret);
        *ret = bucket->encryption.items[0];
        return 0;
}

static bool is_blocked(const struct s3_bucket_record *bucket, struct str type)
{
        const struct s3_blocked_encryption_types *blocked;

        if (bucket->encryption.count == 0)
                return false;
        blocked = bucket->encryption.items[0].blocked_encryption_types;
        return blocked && blocked->encryption_type.count && str_eq(blocked->encryption_type.items[0], type);
}

static struct str object_of(const struct call *call)
{
        for (const struct call_resource *resource = call->resources; resource; resource = resource->next)
                if (str_eq(resource->type, S3_OBJECT_TYPE))
                        return resource->arn;
        return STR("");
}

/* https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html#access-denied-due-to-blocked-encryption-type
 */
int s3_check_customer_keys_allowed(struct call *call, const struct s3_bucket_record *bucket)
{
        if (!is_blocked(bucket, STR("SSE-C")))
                return 0;
        return fail(
                call, &s3_access_denied,
                "User: %.*s is not authorized to perform: s3:PutObject on resource: \"%.*s\" because this "
                "bucket has blocked upload requests that specify Server Side Encryption with Customer "
                "provided keys (SSE-C). Please specify a different server-side encryption type",
                STR_ARG(call->principal.arn), STR_ARG(object_of(call)));
}

/* -- What is set */

static bool is_kms(struct str algorithm)
{
        return str_eq(algorithm, STR("aws:kms")) || str_eq(algorithm, STR("aws:kms:dsse"));
}

/* Other algorithms of the shape are those of buckets of other kinds. */
static int check_default(struct call *call, const struct s3_server_side_encryption_by_default *wanted)
{
        if (!is_kms(wanted->sse_algorithm) && !str_eq(wanted->sse_algorithm, STR("AES256")))
                return s3_refuse_document(call);
        if (!str_is_set(wanted->kms_master_key_id) || is_kms(wanted->sse_algorithm))
                return 0;
        call_detail(call, STR("ArgumentName"), STR("ApplyServerSideEncryptionByDefault"));
        return fail(call, &s3_invalid_argument,
                    "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or "
                    "aws:kms:dsse");
}

/* What the rule does not say stays as it is: blocking a type and choosing a default are asked one by one. */
static int merge(struct call *call, const struct s3_server_side_encryption_rule *wanted,
                 struct s3_server_side_encryption_rule *rule)
{
        const struct s3_blocked_encryption_types *blocked = wanted->blocked_encryption_types;

        if (!wanted->apply_server_side_encryption_by_default && !blocked &&
            !wanted->bucket_key_enabled.is_set)
                return s3_refuse_document(call);
        if (blocked && blocked->encryption_type.count != 1)
                return s3_refuse_document(call);
        if (wanted->apply_server_side_encryption_by_default) {
                TRY(check_default(call, wanted->apply_server_side_encryption_by_default));
                rule->apply_server_side_encryption_by_default =
                        wanted->apply_server_side_encryption_by_default;
                rule->bucket_key_enabled = OPT_BOOL(false);
        }
        if (wanted->bucket_key_enabled.is_set)
                rule->bucket_key_enabled = wanted->bucket_key_enabled;
        if (blocked)
                rule->blocked_encryption_types = wanted->blocked_encryption_types;
        return 0;
}

int s3_put_bucket_encryption(struct call *call, const struct s3_put_bucket_encryption_in *in,
                             struct s3_put_bucket_encryption_out *out)
{
        const struct s3_server_side_encryption_rule_list *rules =
                &in->server_side_encryption_configuration->rules;
        struct s3_server_side_encryption_rule rule;
        struct s3_bucket_record bucket;

        (void)out;
        TRY(s3_get_bucket(call, in->bucket, &bucket));
        if (rules->count != 1)
                return s3_refuse_document(call);
        TRY(get_rule(call, &bucket, &rule));
        TRY(merge(call, &rules->items[0], &rule));
        bucket.encryption =
                (struct s3_server_side_encryption_rule_list){.items = &rule, .count = 1, .is_set = true};
        return call_put(call, &s3_bucket_record_type, &bucket);
}

int s3_get_bucket_encryption(struct call *call, const struct s3_get_bucket_encryption_in *in,
                             struct s3_get_bucket_encryption_out *out)
{
        struct s3_server_side_encryption_configuration *shown =
                arena_new(&call->arena, struct s3_server_side_encryption_configuration);
        struct s3_server_side_encryption_rule *rule =
                arena_new(&call->arena, struct s3_server_side_encryption_rule);
        struct s3_bucket_record bucket;

        if (!shown || !rule)
                return -ENOMEM;
        TRY(s3_get_bucket(call, in->bucket, &bucket));
        TRY(get_rule(call, &bucket, rule));
        shown->rules =
                (struct s3_server_side_encryption_rule_list){.items = rule, .count = 1, .is_set = true};
        out->server_side_encryption_configuration = shown;
        return 0;
}

/* "resets the default encryption" */
int s3_delete_bucket_encryption(struct call *call, const struct s3_delete_bucket_encryption_in *in,
                                struct s3_delete_bucket_encryption_out *out)
{
        struct s3_bucket_record bucket;

        (void)out;
        TRY(s3_get_bucket(call, in->bucket, &bucket));
        bucket.encryption = (struct s3_server_side_encryption_rule_list){};
        return call_put(call, &s3_bucket_record_type, &bucket);
}
