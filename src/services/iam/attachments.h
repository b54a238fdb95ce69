/* Managed policies on users, groups and roles: as permissions, or as a boundary (which users and roles have).
 * Each attachment is a row under its owner's unique id; how often an account uses a policy is counted beside.
 */
#pragma once

#include "services/iam/policies.h"

/* Whose policies they are. */
struct iam_owner {
        struct str kind; /* "User", "Group", "Role": as the rows say */
        struct str id;
        struct str name;
        struct str account;
};

#define IAM_USAGE_PERMISSIONS STR("PermissionsPolicy")
#define IAM_USAGE_BOUNDARY    STR("PermissionsBoundary")

static inline struct iam_owner iam_owner_user(const struct iam_user_record *user)
{
        return (struct iam_owner){STR("User"), user->id, user->name, user->account};
}
static inline struct iam_owner iam_owner_group(const struct iam_group_record *group)
{
        return (struct iam_owner){STR("Group"), group->id, group->name, group->account};
}
static inline struct iam_owner iam_owner_role(const struct iam_role_record *role)
{
        return (struct iam_owner){STR("Role"), role->id, role->name, role->account};
}

/* Again is no error; LimitExceeded over the quota. */
must_check int iam_attach(struct call *call, const struct iam_owner *owner, const struct iam_managed *policy);
must_check int iam_detach(struct call *call, const struct iam_owner *owner,
                          struct str policy_arn); /* -ENOENT */

/* The boundary that a request names: AWS's errors when it cannot be one; else *record_arn is it, and its row
 * is written in place of that of the earlier one. The caller stores the record whose member record_arn is. */
must_check int iam_set_boundary(struct call *call, const struct iam_owner *owner, struct str policy_arn,
                                struct str *record_arn);
/* Fine when there is none. */
must_check int iam_clear_boundary(struct call *call, const struct iam_owner *owner, struct str *record_arn);
/* As responses show it; NULL for none. */
struct iam_attached_permissions_boundary *iam_boundary_of(struct arena *arena, struct str boundary_arn);

/* All managed policies of an owner, by ARN: the order in which they are listed. */
must_check int iam_attached_policies(struct txn *txn, struct arena *arena, struct str owner_id,
                                     struct iam_attached_policy_list *ret);
/* Are there any? For DeleteConflict. */
must_check int iam_has_attachments(struct txn *txn, struct arena *arena, struct str owner_id, bool *ret);
must_check int iam_has_inline_policies(struct txn *txn, struct arena *arena, struct str owner_id, bool *ret);
/* All inline policies of an owner, by name; documents are not encoded. */
must_check int iam_inline_policies(struct txn *txn, struct arena *arena, struct str owner_id,
                                   struct iam_policy_detail_list *ret);

/* After an owner was renamed: owner->name is the new one. */
must_check int iam_rename_attachments(struct call *call, const struct iam_owner *owner);
