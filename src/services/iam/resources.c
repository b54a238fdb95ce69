/* What permissions are asked on: the finders of api/iam.api. A resource that does not exist has an ARN too,
 * with the path
 * "/", so that being told that it does not exist needs the permission first. */
#include "services/iam/directory.h"
#include "services/iam/entity.h"
#include "services/iam/tags.h"

/* -- Parts */

static struct str own_arn(struct call *call, const char *kind, struct str path, struct str name)
{
        return iam_arn(&call->arena, call->account, kind, path, name);
}

static void put_key(struct policy_key *key, struct str name, const struct str *value)
{
        *key = (struct policy_key){.name = name, .values = value, .count = 1};
}

/* iam:ResourceTag/..., which users and roles have beside aws:ResourceTag/..., and for those operations that
 * the service authorization reference gives it to, iam:PermissionsBoundary. (Where it stands for a boundary
 * that the request brings, the operation itself says so.)
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html */
static int set_keys(struct call *call, struct str boundary_arn, struct resource *ret)
{
        struct policy_key *keys = arena_new_array(&call->arena, struct policy_key, ret->tags.count + 1);
        struct str *boundary = arena_new(&call->arena, struct str);
        size_t count = 0;

        if (!keys || !boundary)
                return -ENOMEM;
        for (size_t i = 0; i < ret->tags.count; i++)
                put_key(&keys[count++],
                        arena_printf(&call->arena, "iam:ResourceTag/%.*s", STR_ARG(ret->tags.items[i].key)),
                        &ret->tags.items[i].value);
        *boundary = boundary_arn;
        if (str_is_set(boundary_arn))
                put_key(&keys[count++], STR("iam:PermissionsBoundary"), boundary);
        ret->keys = keys;
        ret->key_count = count;
        return 0;
}

static int found_user(struct call *call, const struct iam_user_record *user, struct str boundary_arn,
                      struct resource *ret)
{
        *ret = (struct resource){.arn = iam_user_arn(&call->arena, user),
                                 .type = STR("AWS::IAM::User"),
                                 .account = user->account};
        TRY(iam_tags_map(&call->arena, &user->tags, &ret->tags));
        return set_keys(call, boundary_arn, ret);
}

static int found_role(struct call *call, const struct iam_role_record *role, struct str boundary_arn,
                      struct resource *ret)
{
        *ret = (struct resource){.arn = iam_role_arn(&call->arena, role),
                                 .type = STR("AWS::IAM::Role"),
                                 .account = role->account};
        TRY(iam_tags_map(&call->arena, &role->tags, &ret->tags));
        return set_keys(call, boundary_arn, ret);
}

/* One that is not there (yet). */
static int unborn(struct call *call, const char *kind, struct str path, struct str name, struct str type,
                  struct resource *ret)
{
        *ret = (struct resource){.arn = own_arn(call, kind, iam_path(path), name), .type = type};
        return 0;
}

/* All of a kind below a path: arn:aws:iam::ACCOUNT:user/division/. No event names that: it is no user. */
static int below(struct call *call, const char *kind, struct str prefix, struct resource *ret)
{
        *ret = (struct resource){.arn = own_arn(call, kind, iam_path(prefix), STR_NONE), .noted = STR("")};
        return 0;
}

/* -- Users */

/* Who calls, as a resource; what the caller is not allowed to be, the handler says. */
static int caller(struct call *call, struct resource *ret)
{
        struct iam_user_record user = {.account = call->account, .name = call->principal.name};

        *ret = (struct resource){.arn = call->principal.arn, .type = STR("AWS::IAM::User")};
        if (call->principal.kind != IAM_USER)
                return 0;
        TRY(call_get(call, &iam_user_record_type, &user));
        return found_user(call, &user, STR_NONE, ret);
}

static int user_resource(struct call *call, struct str name, bool with_boundary, struct resource *ret)
{
        struct iam_user_record user = {.account = call->account, .name = name};
        int result;

        if (!str_is_set(name))
                return caller(call, ret);
        result = call_get(call, &iam_user_record_type, &user);
        if (result == -ENOENT)
                return unborn(call, "user", STR_NONE, name, STR("AWS::IAM::User"), ret);
        TRY(result);
        return found_user(call, &user, with_boundary ? user.boundary_arn : STR_NONE, ret);
}

int iam_user_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return user_resource(call, args[0], false, ret);
}

int iam_user_and_boundary_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return user_resource(call, args[0], true, ret);
}

int iam_new_user_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return unborn(call, "user", args[1], args[0], STR("AWS::IAM::User"), ret);
}

/* "You must have permission on both the source object and the target object."
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html */
int iam_renamed_user_resource(struct call *call, const struct str *args, struct resource *ret)
{
        struct iam_user_record user = {.account = call->account, .name = args[0]};
        int result = call_get(call, &iam_user_record_type, &user);

        if (result == -ENOENT)
                return unborn(call, "user", STR_NONE, args[0], STR("AWS::IAM::User"), ret);
        TRY(result);
        if (str_is_set(args[1]))
                user.name = args[1];
        if (str_is_set(args[2]))
                user.path = args[2];
        return found_user(call, &user, STR_NONE, ret);
}

int iam_users_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return below(call, "user", args[0], ret);
}

/* The user whose access key it is; an unknown key, or one of another account, is asked about on no user by
 * name. */
int iam_access_key_owner_resource(struct call *call, const struct str *args, struct resource *ret)
{
        struct iam_access_key_record key = {.id = args[0]};
        struct iam_user_record user;
        int result = call_get(call, &iam_access_key_record_type, &key);

        if (result == -ENOENT || (result == 0 && !str_eq(key.account, call->account)))
                return below(call, "user", STR_NONE, ret);
        TRY(result);
        if (str_eq(key.user_id, key.account)) {
                *ret = (struct resource){.arn = iam_root_arn(&call->arena, key.account)};
                return 0;
        }
        TRY(iam_user_by_unique_id(call->txn, &call->arena, key.user_id, &user));
        return found_user(call, &user, STR_NONE, ret);
}

/* -- What the password policy lets users do without a policy of their own: the account grants it, as a policy
 * of the resource would.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_enable-user-change.html */

/* Only a user of the account gets it, so it may say "anyone": the ARN of a user can hold any character,
 * quotes and asterisks too, and has no place in a document. */
#define GRANT_TO_CALLER(action)                                                                              \
        STR("{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\","           \
            "\"Action\":\"" action "\",\"Resource\":\"*\"}}")

static int grant_by_password_policy(struct call *call, struct str grant, struct resource *ret)
{
        struct iam_password_policy_record policy = {.account = call->account};
        int result;

        if (call->principal.kind != IAM_USER)
                return 0;
        result = call_get(call, &iam_password_policy_record_type, &policy);
        if (result < 0 || !policy.users_may_change.value)
                return result == -ENOENT ? 0 : result;
        ret->policy_kind = POLICY_RESOURCE;
        ret->policy_name = STR("account password policy");
        ret->policy = grant;
        return 0;
}

int iam_caller_resource(struct call *call, const struct str *args, struct resource *ret)
{
        (void)args;
        TRY(caller(call, ret));
        return grant_by_password_policy(call, GRANT_TO_CALLER("iam:ChangePassword"), ret);
}

int iam_password_policy_resource(struct call *call, const struct str *args, struct resource *ret)
{
        (void)args;
        *ret = (struct resource){.arn = STR("*")};
        return grant_by_password_policy(call, GRANT_TO_CALLER("iam:GetAccountPasswordPolicy"), ret);
}

/* -- Groups */

int iam_group_resource(struct call *call, const struct str *args, struct resource *ret)
{
        struct iam_group_record group = {.account = call->account, .name = args[0]};
        int result = call_get(call, &iam_group_record_type, &group);

        if (result == -ENOENT)
                return unborn(call, "group", STR_NONE, args[0], STR("AWS::IAM::Group"), ret);
        *ret = (struct resource){.arn = iam_group_arn(&call->arena, &group), .type = STR("AWS::IAM::Group")};
        return result;
}

int iam_new_group_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return unborn(call, "group", args[1], args[0], STR("AWS::IAM::Group"), ret);
}

int iam_renamed_group_resource(struct call *call, const struct str *args, struct resource *ret)
{
        struct iam_group_record group = {.account = call->account, .name = args[0], .path = STR("/")};
        int result = call_get(call, &iam_group_record_type, &group);

        if (result < 0 && result != -ENOENT)
                return result;
        return unborn(call, "group", str_is_set(args[2]) ? args[2] : group.path,
                      str_is_set(args[1]) ? args[1] : group.name, STR("AWS::IAM::Group"), ret);
}

int iam_groups_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return below(call, "group", args[0], ret);
}

/* -- Roles */

static int role_resource(struct call *call, struct str name, bool with_boundary, struct resource *ret)
{
        struct iam_role_record role = {.account = call->account, .name = name};
        int result = call_get(call, &iam_role_record_type, &role);

        if (result == -ENOENT)
                return unborn(call, "role", STR_NONE, name, STR("AWS::IAM::Role"), ret);
        TRY(result);
        return found_role(call, &role, with_boundary ? role.boundary_arn : STR_NONE, ret);
}

int iam_role_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return role_resource(call, args[0], false, ret);
}

int iam_role_and_boundary_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return role_resource(call, args[0], true, ret);
}

int iam_new_role_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return unborn(call, "role", args[1], args[0], STR("AWS::IAM::Role"), ret);
}

int iam_roles_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return below(call, "role", args[0], ret);
}

/* iam:PassRole: who will have the role. */
static int add_passed_to(struct call *call, struct str service, struct resource *ret)
{
        struct policy_key *keys = arena_new_array(&call->arena, struct policy_key, ret->key_count + 1);
        struct str *value = arena_new(&call->arena, struct str);

        if (!keys || !value)
                return -ENOMEM;
        *value = service;
        for (size_t i = 0; i < ret->key_count; i++)
                keys[i] = ret->keys[i];
        put_key(&keys[ret->key_count++], STR("iam:PassedToService"), value);
        ret->keys = keys;
        return 0;
}

/* Of a role that is put into an instance profile: it is EC2 that will have it. */
int iam_passed_role_resource(struct call *call, const struct str *args, struct resource *ret)
{
        TRY(role_resource(call, args[0], false, ret));
        return add_passed_to(call, STR("ec2.amazonaws.com"), ret);
}

int iam_role_passed_to(struct call *call, struct str arn, struct str service, struct resource *ret)
{
        struct iam_role_record role;
        struct iam_arn_parts parts;
        int result;

        if (iam_arn_parse(arn, &parts) < 0 || !str_eq(parts.kind, STR("role")))
                return -EINVAL;
        result = iam_find_role(call->txn, &call->arena, parts.account, arn, &role);
        if (result == 0)
                result = found_role(call, &role, STR_NONE, ret);
        else if (result == -ENOENT) {
                *ret = (struct resource){.arn = arn, .account = parts.account, .type = STR("AWS::IAM::Role")};
                result = 0;
        }
        return result < 0 ? result : add_passed_to(call, service, ret);
}

/* arn:aws:iam::ACCOUNT:role/aws-service-role/SERVICE/ROLE, which the task's id repeats behind "task/". */
int iam_deletion_task_resource(struct call *call, const struct str *args, struct resource *ret)
{
        struct str id = args[0], path;
        ptrdiff_t last = str_find_last_byte(id, '/');

        if (!str_starts(id, STR("task/")) || last < (ptrdiff_t)STR("task/").len)
                return below(call, "role", STR("/aws-service-role/"), ret);
        path = str_part(id, STR("task").len, (size_t)last - STR("task").len);
        *ret = (struct resource){.arn = own_arn(call, "role", path, STR_NONE), .type = STR("AWS::IAM::Role")};
        return 0;
}

/* -- Instance profiles */

int iam_instance_profile_resource(struct call *call, const struct str *args, struct resource *ret)
{
        struct iam_instance_profile_record profile = {.account = call->account, .name = args[0]};
        int result = call_get(call, &iam_instance_profile_record_type, &profile);

        if (result == -ENOENT)
                return unborn(call, "instance-profile", STR_NONE, args[0], STR("AWS::IAM::InstanceProfile"),
                              ret);
        TRY(result);
        *ret = (struct resource){.arn = iam_instance_profile_arn(&call->arena, &profile),
                                 .type = STR("AWS::IAM::InstanceProfile")};
        return iam_tags_map(&call->arena, &profile.tags, &ret->tags);
}

int iam_new_instance_profile_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return unborn(call, "instance-profile", args[1], args[0], STR("AWS::IAM::InstanceProfile"), ret);
}

int iam_instance_profiles_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return below(call, "instance-profile", args[0], ret);
}

/* -- Managed policies */

/* Whose an ARN says it is: nobody is let at another account's, whether or not it is there. AWS's own belong
 * to nobody who could forbid their use, so they count as the caller's. */
static struct str owner_of(const struct call *call, struct str arn)
{
        struct iam_arn_parts parts;

        if (iam_arn_parse(arn, &parts) < 0 || str_eq(parts.account, IAM_AWS_ACCOUNT))
                return call->account;
        return parts.account;
}

int iam_policy_resource(struct call *call, const struct str *args, struct resource *ret)
{
        struct iam_managed policy;
        int result;

        *ret = (struct resource){
                .arn = args[0], .type = STR("AWS::IAM::Policy"), .account = owner_of(call, args[0])};
        result = iam_policy_find(call->txn, &call->arena, call->account, args[0], &policy);
        if (result < 0)
                return result == -ENOENT ? 0 : result;
        return iam_tags_map(&call->arena, &policy.record.tags, &ret->tags);
}

int iam_new_policy_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return unborn(call, "policy", args[1], args[0], STR("AWS::IAM::Policy"), ret);
}

/* What IAM itself names in a denial of ListPolicies. It is no ARN, so that only "*" allows it, as the service
 * authorization reference has it: AWS's own policies are listed too. */
int iam_policies_resource(struct call *call, const struct str *args, struct resource *ret)
{
        *ret = (struct resource){
                .arn = arena_printf(&call->arena, "policy path %.*s", STR_ARG(iam_path(args[0])))};
        return 0;
}

/* -- Any of them, by ARN */

int iam_entity_resource(struct call *call, const struct str *args, struct resource *ret)
{
        struct iam_arn_parts parts;
        struct iam_role_record role;
        struct iam_user_record user;

        *ret = (struct resource){.arn = args[0], .account = owner_of(call, args[0])};
        if (iam_arn_parse(args[0], &parts) < 0 || !str_eq(parts.account, call->account))
                return 0;
        if (str_eq(parts.kind, STR("user")) &&
            iam_find_user(call->txn, &call->arena, call->account, args[0], &user) == 0)
                return found_user(call, &user, STR_NONE, ret);
        if (str_eq(parts.kind, STR("role")) &&
            iam_find_role(call->txn, &call->arena, call->account, args[0], &role) == 0)
                return found_role(call, &role, STR_NONE, ret);
        return 0;
}
