/* Managed policies of users, groups and roles: attach, detach, list.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_manage-attach-detach.html */
#include "services/iam/attachments.h"
#include "services/iam/entity.h"
#include "services/iam/page.h"
#include "services/iam/roles.h"

static int attach(struct call *call, struct iam_owner owner, struct str policy_arn)
{
        struct iam_managed policy;

        TRY(iam_need_attachable_policy(call, "Policy", policy_arn, &policy));
        return iam_attach(call, &owner, &policy);
}

static int detach(struct call *call, struct iam_owner owner, struct str policy_arn)
{
        int r;

        if (!iam_is_policy_arn(policy_arn))
                return fail(call, &iam_invalid_input_exception, "ARN %.*s is not valid.",
                            STR_ARG(policy_arn));
        r = iam_detach(call, &owner, policy_arn);
        if (r == -ENOENT)
                return fail(call, &iam_no_such_entity_exception, "Policy %.*s was not found.",
                            STR_ARG(policy_arn));
        return r;
}

/* What a List operation is asked, and what it answers. */
struct listing {
        struct str path_prefix;
        struct str marker;
        struct opt_int max_items;
        struct iam_attached_policy_list *policies;
        struct opt_bool *is_truncated;
        struct str *next_marker;
};

static struct str path_of(struct str policy_arn)
{
        struct iam_arn_parts parts = {};

        return iam_arn_parse(policy_arn, &parts) == 0 ? parts.path : STR_NONE;
}

static struct str key_of(const void *item)
{
        const struct iam_attached_policy *policy = item;

        return policy->policy_arn;
}

static void keep_below(struct iam_attached_policy_list *list, struct str path_prefix)
{
        size_t kept = 0;

        for (size_t i = 0; i < list->count; i++)
                if (str_starts(path_of(list->items[i].policy_arn), path_prefix))
                        list->items[kept++] = list->items[i];
        list->count = kept;
}

static int list_attached(struct call *call, const struct iam_owner *owner, const struct listing *listing)
{
        struct iam_attached_policy_list *list = listing->policies;
        struct str prefix = iam_path(listing->path_prefix);
        struct iam_page page;
        size_t first, end;

        TRY(iam_page_begin(&page, call, listing->marker, listing->max_items, owner->id));
        TRY(iam_attached_policies(call->txn, &call->arena, owner->id, list));
        keep_below(list, prefix);
        iam_page_of(&page, list->items, list->count, sizeof(*list->items), key_of, &first, &end);
        TRY(iam_page_end(&page, end < list->count, listing->is_truncated, listing->next_marker));
        list->items += first;
        list->count = end - first;
        return 0;
}

int iam_attach_user_policy(struct call *call, const struct iam_attach_user_policy_in *in,
                           struct iam_attach_user_policy_out *out)
{
        struct iam_user_record user;

        (void)out;
        TRY(iam_need_user(call, in->user_name, &user));
        return attach(call, iam_owner_user(&user), in->policy_arn);
}

int iam_attach_group_policy(struct call *call, const struct iam_attach_group_policy_in *in,
                            struct iam_attach_group_policy_out *out)
{
        struct iam_group_record group;

        (void)out;
        TRY(iam_need_group(call, in->group_name, &group));
        return attach(call, iam_owner_group(&group), in->policy_arn);
}

int iam_attach_role_policy(struct call *call, const struct iam_attach_role_policy_in *in,
                           struct iam_attach_role_policy_out *out)
{
        struct iam_role_record role;

        (void)out;
        TRY(iam_need_changeable_role(call, in->role_name, &role));
        return attach(call, iam_owner_role(&role), in->policy_arn);
}

int iam_detach_user_policy(struct call *call, const struct iam_detach_user_policy_in *in,
                           struct iam_detach_user_policy_out *out)
{
        struct iam_user_record user;

        (void)out;
        TRY(iam_need_user(call, in->user_name, &user));
        return detach(call, iam_owner_user(&user), in->policy_arn);
}

int iam_detach_group_policy(struct call *call, const struct iam_detach_group_policy_in *in,
                            struct iam_detach_group_policy_out *out)
{
        struct iam_group_record group;

        (void)out;
        TRY(iam_need_group(call, in->group_name, &group));
        return detach(call, iam_owner_group(&group), in->policy_arn);
}

int iam_detach_role_policy(struct call *call, const struct iam_detach_role_policy_in *in,
                           struct iam_detach_role_policy_out *out)
{
        struct iam_role_record role;

        (void)out;
        TRY(iam_need_changeable_role(call, in->role_name, &role));
        return detach(call, iam_owner_role(&role), in->policy_arn);
}

int iam_list_attached_user_policies(struct call *call, const struct iam_list_attached_user_policies_in *in,
                                    struct iam_list_attached_user_policies_out *out)
{
        struct iam_user_record user;
        struct iam_owner owner;

        TRY(iam_need_user(call, in->user_name, &user));
        owner = iam_owner_user(&user);
        return list_attached(call, &owner,
                             &(struct listing){in->path_prefix, in->marker, in->max_items,
                                               &out->attached_policies, &out->is_truncated, &out->marker});
}

int iam_list_attached_group_policies(struct call *call, const struct iam_list_attached_group_policies_in *in,
                                     struct iam_list_attached_group_policies_out *out)
{
        struct iam_group_record group;
        struct iam_owner owner;

        TRY(iam_need_group(call, in->group_name, &group));
        owner = iam_owner_group(&group);
        return list_attached(call, &owner,
                             &(struct listing){in->path_prefix, in->marker, in->max_items,
                                               &out->attached_policies, &out->is_truncated, &out->marker});
}

int iam_list_attached_role_policies(struct call *call, const struct iam_list_attached_role_policies_in *in,
                                    struct iam_list_attached_role_policies_out *out)
{
        struct iam_role_record role;
        struct iam_owner owner;

        TRY(iam_need_role(call, in->role_name, &role));
        owner = iam_owner_role(&role);
        return list_attached(call, &owner,
                             &(struct listing){in->path_prefix, in->marker, in->max_items,
                                               &out->attached_policies, &out->is_truncated, &out->marker});
}
