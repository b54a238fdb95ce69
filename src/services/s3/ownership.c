/* Who owns the objects that others put, and whether ACLs have a say.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html */
#include "services/s3/acl.h"

/* "If your bucket ACL grants access outside of your AWS account, you must migrate ... to your bucket policy
 * and reset your bucket ACL to the default private ACL" before ACLs can be disabled.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-ownership-migrating-acls-prerequisites.html */
static int check_acl(struct call *call, const struct s3_bucket_record *bucket)
{
        if (s3_acl_is_private(&call->arena, &bucket->acl, bucket->account))
                return 0;
        return fail(call, &s3_invalid_bucket_acl_with_object_ownership,
                    "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting");
}

int s3_put_bucket_ownership_controls(struct call *call, const struct s3_put_bucket_ownership_controls_in *in,
                                     struct s3_put_bucket_ownership_controls_out *out)
{
        const struct s3_ownership_controls_rule_list *rules = &in->ownership_controls->rules;
        struct s3_bucket_record bucket;

        (void)out;
        TRY(s3_get_bucket(call, in->bucket, &bucket));
        if (rules->count != 1)
                return s3_refuse_document(call);
        if (str_eq(rules->items[0].object_ownership, STR("BucketOwnerEnforced")))
                TRY(check_acl(call, &bucket));
        bucket.ownership = rules->items[0].object_ownership;
        return call_put(call, &s3_bucket_record_type, &bucket);
}

int s3_get_bucket_ownership_controls(struct call *call, const struct s3_get_bucket_ownership_controls_in *in,
                                     struct s3_get_bucket_ownership_controls_out *out)
{
        struct s3_bucket_record bucket;
        struct s3_ownership_controls *controls = arena_new(&call->arena, struct s3_ownership_controls);
        struct s3_ownership_controls_rule *rule = arena_new(&call->arena, struct s3_ownership_controls_rule);

        if (!controls || !rule)
                return -ENOMEM;
        TRY(s3_get_bucket(call, in->bucket, &bucket));
        if (!str_is_set(bucket.ownership)) {
                call_detail(call, STR("BucketName"), bucket.name);
                return fail(call, &s3_ownership_controls_not_found_error,
                            "The bucket ownership controls were not found");
        }
        rule->object_ownership = bucket.ownership;
        controls->rules = (struct s3_ownership_controls_rule_list){.items = rule, .count = 1, .is_set = true};
        out->ownership_controls = controls;
        return 0;
}

int s3_delete_bucket_ownership_controls(struct call *call,
                                        const struct s3_delete_bucket_ownership_controls_in *in,
                                        struct s3_delete_bucket_ownership_controls_out *out)
{
        struct s3_bucket_record bucket;

        (void)out;
        TRY(s3_get_bucket(call, in->bucket, &bucket));
        bucket.ownership = STR_NONE;
        return call_put(call, &s3_bucket_record_type, &bucket);
}
