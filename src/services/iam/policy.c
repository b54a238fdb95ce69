/* Managed policies: CreatePolicy and its kin.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html */
#include "services/iam/entity.h"
#include "services/iam/policies.h"
#include "services/iam/quota.h"
#include "services/iam/tags.h"

int iam_policy_describe(struct call *call, const struct iam_managed *policy, bool with_details,
                        struct iam_policy *ret)
{
        const struct iam_policy_record *record = &policy->record;
        struct iam_policy_use_record use;

        TRY(iam_policy_use(call, record->id, &use));
        *ret = (struct iam_policy){
                .policy_name = record->name,
                .policy_id = record->id,
                .arn = policy->arn,
                .path = record->path,
                .default_version_id = iam_version_id(&call->arena, record->default_version.value),
                .attachment_count = OPT_INT(use.attachments.value),
                .permissions_boundary_usage_count = OPT_INT(use.boundaries.value),
                .is_attachable = OPT_BOOL(true),
                .create_date = record->created,
                .update_date = record->updated,
        };
        if (!with_details)
                return 0;
        ret->description = record->description;
        ret->tags = record->tags;
        ret->tags.is_set = true;
        return 0;
}

int iam_policy_detail(struct call *call, const struct iam_managed *policy,
                      struct iam_managed_policy_detail *ret)
{
        struct iam_policy shown;

        TRY(iam_policy_describe(call, policy, true, &shown));
        *ret = (struct iam_managed_policy_detail){
                .policy_name = shown.policy_name,
                .policy_id = shown.policy_id,
                .arn = shown.arn,
                .path = shown.path,
                .default_version_id = shown.default_version_id,
                .attachment_count = shown.attachment_count,
                .permissions_boundary_usage_count = shown.permissions_boundary_usage_count,
                .is_attachable = shown.is_attachable,
                .description = shown.description,
                .create_date = shown.create_date,
                .update_date = shown.update_date,
        };
        return iam_versions_of(call, policy, true, &ret->policy_version_list);
}

static int describe_new(struct call *call, const struct iam_managed *policy, bool with_tags,
                        struct iam_policy **ret)
{
        *ret = arena_new(&call->arena, struct iam_policy);
        if (!*ret)
                return -ENOMEM;
        TRY(iam_policy_describe(call, policy, true, *ret));
        (*ret)->tags.is_set = with_tags;
        return 0;
}

int iam_create_policy(struct call *call, const struct iam_create_policy_in *in,
                      struct iam_create_policy_out *out)
{
        struct iam_policy_record policy = {
                .account = call->account,
                .name = in->policy_name,
                .id = iam_new_id(call, "ANPA"),
                .path = iam_path(in->path),
                .created = OPT_INT(call->now_ms),
                .updated = OPT_INT(call->now_ms),
                .description = in->description,
                .default_version = OPT_INT(1),
                .last_version = OPT_INT(1),
                .version_count = OPT_INT(1),
        };
        struct iam_managed created;
        int r;

        TRY(iam_check_managed_document(call, in->policy_document));
        TRY(iam_tags_merge(call, IAM_TAG_KEYS_CASE, "TagsPerPolicy", &in->tags, &policy.tags));
        r = call_insert(call, &iam_policy_record_type, &policy);
        if (r == -EEXIST)
                return fail(call, &iam_entity_already_exists_exception,
                            "A policy called %.*s already exists. Duplicate names are not allowed.",
                            STR_ARG(in->policy_name));
        if (r < 0)
                return r;
        TRY(iam_count_up(call, IAM_COUNT_POLICIES, "PoliciesPerAccount", IAM_POLICIES_PER_ACCOUNT));
        TRY(iam_put_version(call, policy.id, 1, in->policy_document));
        iam_policy_of_record(&call->arena, &policy, &created);
        return describe_new(call, &created, in->tags.count > 0, &out->policy);
}

int iam_get_policy(struct call *call, const struct iam_get_policy_in *in, struct iam_get_policy_out *out)
{
        struct iam_managed policy;

        TRY(iam_need_policy(call, in->policy_arn, &policy));
        return describe_new(call, &policy, true, &out->policy);
}

int iam_delete_policy(struct call *call, const struct iam_delete_policy_in *in,
                      struct iam_delete_policy_out *out)
{
        struct iam_policy_use_record use;
        struct iam_managed policy;

        (void)out;
        TRY(iam_need_own_policy(call, in->policy_arn, &policy));
        TRY(iam_policy_use(call, policy.record.id, &use));
        if (use.attachments.value > 0 || use.boundaries.value > 0)
                return fail(call, &iam_delete_conflict_exception,
                            "Cannot delete a policy attached to entities.");
        if (policy.record.version_count.value > 1)
                return fail(call, &iam_delete_conflict_exception,
                            "This policy has more than one version. Before you delete a policy, you must "
                            "delete the policy's versions. The default version is deleted with the policy.");
        TRY(iam_drop_version(call, policy.record.id, policy.record.default_version.value));
        TRY(call_delete(call, &iam_policy_record_type, &policy.record));
        return iam_count_down(call, IAM_COUNT_POLICIES);
}

int iam_tag_policy(struct call *call, const struct iam_tag_policy_in *in, struct iam_tag_policy_out *out)
{
        struct iam_managed policy;

        (void)out;
        TRY(iam_need_own_policy(call, in->policy_arn, &policy));
        TRY(iam_tags_merge(call, IAM_TAG_KEYS_CASE, "TagsPerPolicy", &in->tags, &policy.record.tags));
        return call_put(call, &iam_policy_record_type, &policy.record);
}

int iam_untag_policy(struct call *call, const struct iam_untag_policy_in *in,
                     struct iam_untag_policy_out *out)
{
        struct iam_managed policy;

        (void)out;
        TRY(iam_need_own_policy(call, in->policy_arn, &policy));
        TRY(iam_tags_remove(call, IAM_TAG_KEYS_CASE, &in->tag_keys, &policy.record.tags));
        return call_put(call, &iam_policy_record_type, &policy.record);
}

int iam_list_policy_tags(struct call *call, const struct iam_list_policy_tags_in *in,
                         struct iam_list_policy_tags_out *out)
{
        struct iam_managed policy;

        TRY(iam_need_policy(call, in->policy_arn, &policy));
        return iam_tags_page(call, &policy.record.tags, policy.record.id, in->marker, in->max_items,
                             &out->tags, &out->is_truncated, &out->marker);
}
