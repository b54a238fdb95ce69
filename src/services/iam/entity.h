/* Users, groups, roles and instance profiles: their names, ARNs and paths, and finding them. Shared by the
 * files of this folder; iam_need_...() fail the call with AWS's own words. */
#pragma once

#include "api/iam.h"
#include "services/call.h"
#include "services/iam/attachments.h"
#include "services/iam/directory.h"

/* -- Names. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html */

/* What is given, else "/". */
struct str iam_path(struct str given);
/* arn:aws:iam::ACCOUNT:KIND/PATH/NAME; kind is "user", "group", "role", "policy", "instance-profile", ... */
struct str iam_arn(struct arena *arena, struct str account, const char *kind, struct str path,
                   struct str name);
struct str iam_root_arn(struct arena *arena, struct str account);
struct str iam_group_arn(struct arena *arena, const struct iam_group_record *group);
struct str iam_instance_profile_arn(struct arena *arena, const struct iam_instance_profile_record *profile);

struct iam_arn_parts {
        struct str account; /* "aws" for AWS's own policies */
        struct str kind;    /* "user" */
        struct str path;    /* with both slashes */
        struct str name;
};
/* -EINVAL: not the ARN of an IAM resource with a name. */
must_check int iam_arn_parse(struct str arn, struct iam_arn_parts *ret);

/* The order of names: without regard to case first, as in keys. */
int iam_name_cmp(struct str a, struct str b);

/* A new unique id: "AIDA", "AGPA", "AROA", "AIPA" or "ANPA" and 17 characters. */
struct str iam_new_id(struct call *call, const char *prefix);

/* -- Finding. NoSuchEntity when it is not there. Names match without regard to case. */
must_check int iam_need_user(struct call *call, struct str name, struct iam_user_record *ret);
must_check int iam_need_group(struct call *call, struct str name, struct iam_group_record *ret);
must_check int iam_need_role(struct call *call, struct str name, struct iam_role_record *ret);
must_check int iam_need_instance_profile(struct call *call, struct str name,
                                         struct iam_instance_profile_record *ret);
/* Without a name: the calling user. A root user or a session has no user of its own: ValidationError. */
must_check int iam_need_user_or_caller(struct call *call, struct str name, struct iam_user_record *ret);

/* By unique id. -ENOENT. */
must_check int iam_user_by_unique_id(struct txn *txn, struct arena *arena, struct str id,
                                     struct iam_user_record *ret);
must_check int iam_group_by_unique_id(struct txn *txn, struct arena *arena, struct str id,
                                      struct iam_group_record *ret);
must_check int iam_role_by_unique_id(struct txn *txn, struct arena *arena, struct str id,
                                     struct iam_role_record *ret);

/* A user, group or role as that which policies hang on. */
struct iam_entity {
        struct iam_owner owner;
        struct str arn;
        struct str boundary_arn; /* absent: none */
        bool is_service_linked;
};
struct iam_entity iam_user_entity(struct arena *arena, const struct iam_user_record *user);
struct iam_entity iam_group_entity(struct arena *arena, const struct iam_group_record *group);
struct iam_entity iam_role_entity(struct arena *arena, const struct iam_role_record *role);
/* By ARN, in any account. -ENOENT: it is not there, or it is of a kind that owns no policies. */
must_check int iam_find_entity(struct txn *txn, struct arena *arena, struct str arn, struct iam_entity *ret);
/* DeleteConflict while it has policies, managed ones or its own. */
must_check int iam_refuse_with_policies(struct call *call, const struct iam_owner *owner);

/* The first row whose first member (of the key, or of the index) is that of *record; it is filled in.
 * -ENOENT. */
must_check int iam_first(struct call *call, const struct record_type *type, const struct record_index *index,
                         void *record);

/* The groups of a user, ordered by name. */
must_check int iam_groups_of(struct txn *txn, struct arena *arena, struct str user_id,
                             struct iam_group_record **ret, size_t *ret_count);

/* -- Shapes that several operations give: user.c, group.c; role.c; instance_profile.c. */
must_check int iam_user_out(struct call *call, const struct iam_user_record *user, bool with_details,
                            struct iam_user *ret);
void iam_group_out(struct call *call, const struct iam_group_record *group, struct iam_group *ret);
must_check int iam_role_out(struct call *call, const struct iam_role_record *role, bool with_details,
                            struct iam_role *ret);
must_check int iam_instance_profile_out(struct call *call, const struct iam_instance_profile_record *profile,
                                        bool with_details, struct iam_instance_profile *ret);
/* For GetAccountAuthorizationDetails: role_detail.c, policy.c. */
must_check int iam_encoded_policies(struct call *call, struct str owner_id,
                                    struct iam_policy_detail_list *ret);
must_check int iam_role_detail(struct call *call, const struct iam_role_record *role,
                               struct iam_role_detail *ret);
must_check int iam_policy_detail(struct call *call, const struct iam_managed *policy,
                                 struct iam_managed_policy_detail *ret);
