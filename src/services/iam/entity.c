/* Finding users, groups, roles and instance profiles. */
#include "services/iam/entity.h"

static int not_found(struct call *call, int result, const char *what, struct str name)
{
        if (result != -ENOENT)
                return result;
        return fail(call, &iam_no_such_entity_exception, "The %s with name %.*s cannot be found.", what,
                    STR_ARG(name));
}

int iam_need_user(struct call *call, struct str name, struct iam_user_record *ret)
{
        *ret = (struct iam_user_record){.account = call->account, .name = name};
        return not_found(call, call_get(call, &iam_user_record_type, ret), "user", name);
}

int iam_need_group(struct call *call, struct str name, struct iam_group_record *ret)
{
        *ret = (struct iam_group_record){.account = call->account, .name = name};
        return not_found(call, call_get(call, &iam_group_record_type, ret), "group", name);
}

int iam_need_role(struct call *call, struct str name, struct iam_role_record *ret)
{
        *ret = (struct iam_role_record){.account = call->account, .name = name};
        return not_found(call, call_get(call, &iam_role_record_type, ret), "role", name);
}

int iam_need_instance_profile(struct call *call, struct str name, struct iam_instance_profile_record *ret)
{
        int result;

        *ret = (struct iam_instance_profile_record){.account = call->account, .name = name};
        result = call_get(call, &iam_instance_profile_record_type, ret);
        if (result != -ENOENT)
                return result;
        return fail(call, &iam_no_such_entity_exception, "Instance Profile %.*s cannot be found.",
                    STR_ARG(name));
}

int iam_need_user_or_caller(struct call *call, struct str name, struct iam_user_record *ret)
{
        if (str_is_set(name))
                return iam_need_user(call, name, ret);
        if (call->principal.kind != IAM_USER)
                return fail(call, &iam_validation_error,
                            "Must specify userName when calling with non-User credentials");
        return iam_need_user(call, call->principal.name, ret);
}

int iam_user_by_unique_id(struct txn *txn, struct arena *arena, struct str id, struct iam_user_record *ret)
{
        *ret = (struct iam_user_record){.id = id};
        return record_find(txn, arena, &iam_user_record_type, iam_user_by_id, ret);
}

int iam_group_by_unique_id(struct txn *txn, struct arena *arena, struct str id, struct iam_group_record *ret)
{
        *ret = (struct iam_group_record){.id = id};
        return record_find(txn, arena, &iam_group_record_type, iam_group_by_id, ret);
}

int iam_role_by_unique_id(struct txn *txn, struct arena *arena, struct str id, struct iam_role_record *ret)
{
        *ret = (struct iam_role_record){.id = id};
        return record_find(txn, arena, &iam_role_record_type, iam_role_by_id, ret);
}

/* What a name or a whole ARN of this kind says; the path stays absent for a name. -ENOENT: an ARN of
 * something else. */
static int name_or_arn(struct str account, const char *kind, struct str given, struct iam_arn_parts *ret)
{
        if (!str_starts(given, STR("arn:"))) {
                *ret = (struct iam_arn_parts){.account = account, .name = given};
                return 0;
        }
        if (iam_arn_parse(given, ret) < 0 || !str_eq(ret->kind, str_of(kind)))
                return -ENOENT;
        return 0;
}

/* An ARN is right only to the letter; a name alone matches without regard to case. */
static bool is_meant(const struct iam_arn_parts *parts, struct str path, struct str name)
{
        return !str_is_set(parts->path) || (str_eq(parts->path, path) && str_eq(parts->name, name));
}

int iam_find_user(struct txn *txn, struct arena *arena, struct str account, struct str given,
                  struct iam_user_record *ret)
{
        struct iam_arn_parts parts;

        TRY(name_or_arn(account, "user", given, &parts));
        *ret = (struct iam_user_record){.account = parts.account, .name = parts.name};
        TRY(record_get(txn, arena, &iam_user_record_type, ret));
        return is_meant(&parts, ret->path, ret->name) ? 0 : -ENOENT;
}

static int find_group(struct txn *txn, struct arena *arena, struct str arn, struct iam_group_record *ret)
{
        struct iam_arn_parts parts;

        TRY(name_or_arn(STR_NONE, "group", arn, &parts));
        *ret = (struct iam_group_record){.account = parts.account, .name = parts.name};
        TRY(record_get(txn, arena, &iam_group_record_type, ret));
        return is_meant(&parts, ret->path, ret->name) ? 0 : -ENOENT;
}

int iam_find_role(struct txn *txn, struct arena *arena, struct str account, struct str given,
                  struct iam_role_record *ret)
{
        struct iam_arn_parts parts;

        TRY(name_or_arn(account, "role", given, &parts));
        *ret = (struct iam_role_record){.account = parts.account, .name = parts.name};
        TRY(record_get(txn, arena, &iam_role_record_type, ret));
        return is_meant(&parts, ret->path, ret->name) ? 0 : -ENOENT;
}

struct iam_entity iam_user_entity(struct arena *arena, const struct iam_user_record *user)
{
        return (struct iam_entity){iam_owner_user(user), iam_user_arn(arena, user), user->boundary_arn,
                                   false};
}

struct iam_entity iam_group_entity(struct arena *arena, const struct iam_group_record *group)
{
        return (struct iam_entity){iam_owner_group(group), iam_group_arn(arena, group), STR_NONE, false};
}

struct iam_entity iam_role_entity(struct arena *arena, const struct iam_role_record *role)
{
        return (struct iam_entity){iam_owner_role(role), iam_role_arn(arena, role), role->boundary_arn,
                                   str_is_set(role->linked_service)};
}

int iam_find_entity(struct txn *txn, struct arena *arena, struct str arn, struct iam_entity *ret)
{
        struct iam_arn_parts parts;
        struct iam_group_record group;
        struct iam_user_record user;
        struct iam_role_record role;

        if (iam_arn_parse(arn, &parts) < 0)
                return -ENOENT;
        if (str_eq(parts.kind, STR("user"))) {
                TRY(iam_find_user(txn, arena, STR_NONE, arn, &user));
                *ret = iam_user_entity(arena, &user);
                return 0;
        }
        if (str_eq(parts.kind, STR("group"))) {
                TRY(find_group(txn, arena, arn, &group));
                *ret = iam_group_entity(arena, &group);
                return 0;
        }
        TRY(iam_find_role(txn, arena, STR_NONE, arn, &role));
        *ret = iam_role_entity(arena, &role);
        return 0;
}

int iam_refuse_with_policies(struct call *call, const struct iam_owner *owner)
{
        bool has;

        TRY(iam_has_attachments(call->txn, &call->arena, owner->id, &has));
        if (has)
                return fail(call, &iam_delete_conflict_exception,
                            "Cannot delete entity, must detach all policies first.");
        TRY(iam_has_inline_policies(call->txn, &call->arena, owner->id, &has));
        if (has)
                return fail(call, &iam_delete_conflict_exception,
                            "Cannot delete entity, must delete policies first.");
        return 0;
}

int iam_first(struct call *call, const struct record_type *type, const struct record_index *index,
              void *record)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};

        TRY(record_scan_begin(&scan, call->txn, &call->arena, type, index, record, 1, STR_NONE));
        return record_scan_next(&scan, record);
}
