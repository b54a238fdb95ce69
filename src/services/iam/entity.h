/* Shared by the files of this folder: finding users, groups, roles and policies, their names, ARNs and paths,
 * and what hangs on them. The functions here fail the call with AWS's own words. */
#pragma once

#include "iam.h"
#include "services/call.h"
#include "services/iam/directory.h"

/* -- Names. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html */

/* What is given, else "/". */
struct str iam_path(struct str given);
/* arn:aws:iam::ACCOUNT:KIND/PATH/NAME; kind is "user", "group", "role", "policy", "instance-profile", ... */
struct str iam_arn(struct arena *arena, struct str account, const char *kind, struct str path,
                   struct str name);

struct iam_arn_parts {
        struct str account; /* "aws" for AWS's own policies */
        struct str kind;    /* "user" */
        struct str path;    /* "/" ... with both slashes */
        struct str name;
};
/* -EINVAL: not an ARN of an IAM resource. */
must_check int iam_arn_parse(struct str arn, struct iam_arn_parts *ret);

/* Percent-encoded (RFC 3986), as every document is given back. */
struct str iam_encoded(struct call *call, struct str document);

/* A new unique id: "AIDA", "AGPA", "AROA", "AIPA", "ANPA" and 17 characters. */
struct str iam_new_id(struct call *call, const char *prefix);

/* -- Finding; NoSuchEntity when it is not there. */
must_check int iam_need_user(struct call *call, struct str name, struct iam_user_record *ret);
must_check int iam_need_group(struct call *call, struct str name, struct iam_group_record *ret);
must_check int iam_need_role(struct call *call, struct str name, struct iam_role_record *ret);
must_check int iam_need_instance_profile(struct call *call, struct str name,
                                         struct iam_instance_profile_record *ret);
/* Without a name: the calling user. A root user or a session has no user of its own: ValidationError. */
must_check int iam_need_user_or_caller(struct call *call, struct str name, struct iam_user_record *ret);

/* -- A user, group or role, as the owner of policies. */
struct iam_entity {
        struct str kind; /* "User" | "Group" | "Role": as Attachment.owner_kind */
        struct str account;
        struct str id;
        struct str name;
        struct str arn;
        struct str boundary_arn;
        bool is_service_linked;
};
struct iam_entity iam_user_entity(struct call *call, const struct iam_user_record *user);
struct iam_entity iam_group_entity(struct call *call, const struct iam_group_record *group);
struct iam_entity iam_role_entity(struct call *call, const struct iam_role_record *role);
/* By ARN. -ENOENT: none in this account, or the ARN is of nothing that owns policies. */
must_check int iam_find_entity(struct call *call, struct str arn, struct iam_entity *ret);

/* -- Output shapes that several operations give. */
must_check int iam_user_out(struct call *call, const struct iam_user_record *user, bool with_details,
                            struct iam_user *ret);
must_check int iam_group_out(struct call *call, const struct iam_group_record *group, struct iam_group *ret);
/* Of a role: role.c. Of a policy, an instance profile: policy.c, instance_profile.c. */
must_check int iam_role_out(struct call *call, const struct iam_role_record *role, bool with_details,
                            struct iam_role *ret);
must_check int iam_policy_out(struct call *call, const struct iam_policy_record *policy, bool with_details,
                              struct iam_policy *ret);
must_check int iam_instance_profile_out(struct call *call, const struct iam_instance_profile_record *profile,
                                        bool with_details, struct iam_instance_profile *ret);
/* NULL when there is no boundary. */
struct iam_attached_permissions_boundary *iam_boundary_out(struct call *call, struct str boundary_arn);

/* -- What hangs on an entity: inline_policy.c, attachment.c, boundary.c. */

/* "Cannot delete entity, must delete policies first." and "... must detach all policies first.": fails with
 * DeleteConflict while the entity has any of them. */
must_check int iam_refuse_with_policies(struct call *call, const struct iam_entity *entity);
/* Moves the boundary from entity->boundary_arn to arn (absent: none): checks the policy (NoSuchEntity,
 * PolicyNotAttachable, InvalidInput), keeps the rows of Attachment and PolicyUse. The record of the entity
 * itself is the caller's to write. */
must_check int iam_move_boundary(struct call *call, const struct iam_entity *entity, struct str arn);
/* The entity has a new name: the rows of Attachment that carry it. */
must_check int iam_rename_attachments(struct call *call, const struct iam_entity *entity,
                                      struct str new_name);

/* For GetAccountAuthorizationDetails: inline policies with their encoded documents, and what is attached. */
must_check int iam_inline_details(struct call *call, const struct iam_entity *entity,
                                  struct iam_policy_detail_list *ret);
must_check int iam_attached_details(struct call *call, const struct iam_entity *entity,
                                    struct iam_attached_policy_list *ret);
/* role.c, policy.c */
must_check int iam_role_detail(struct call *call, const struct iam_role_record *role,
                               struct iam_role_detail *ret);
must_check int iam_policy_detail(struct call *call, const struct iam_policy_record *policy,
                                 struct iam_managed_policy_detail *ret);

/* -- Counting, for quotas and GetAccountSummary: kind as in its SummaryMap ("Users"). */
#define IAM_NO_QUOTA INT64_MAX
/* One more. At the quota, fails with LimitExceeded "Cannot exceed quota for UsersPerAccount: 5000". */
must_check int iam_count_up(struct call *call, struct str kind, int64_t quota, const char *quota_name);
must_check int iam_count_down(struct call *call, struct str kind);
must_check int iam_count(struct call *call, struct str account, struct str kind, int64_t *ret);
