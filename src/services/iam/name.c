/* Names, paths, ARNs and unique ids. */
#include "services/iam/entity.h"

#include "base/ids.h"

#include <strings.h>

#define UNIQUE_ID_LEN 21

struct str iam_path(struct str given)
{
        return str_is_set(given) ? given : STR("/");
}

struct str iam_arn(struct arena *arena, struct str account, const char *kind, struct str path,
                   struct str name)
{
        return arena_printf(arena, "arn:aws:iam::%.*s:%s%.*s%.*s", STR_ARG(account), kind, STR_ARG(path),
                            STR_ARG(name));
}

struct str iam_root_arn(struct arena *arena, struct str account)
{
        return arena_printf(arena, "arn:aws:iam::%.*s:root", STR_ARG(account));
}

struct str iam_user_arn(struct arena *arena, const struct iam_user_record *user)
{
        return iam_arn(arena, user->account, "user", user->path, user->name);
}

struct str iam_group_arn(struct arena *arena, const struct iam_group_record *group)
{
        return iam_arn(arena, group->account, "group", group->path, group->name);
}

struct str iam_role_arn(struct arena *arena, const struct iam_role_record *role)
{
        return iam_arn(arena, role->account, "role", role->path, role->name);
}

struct str iam_instance_profile_arn(struct arena *arena, const struct iam_instance_profile_record *profile)
{
        return iam_arn(arena, profile->account, "instance-profile", profile->path, profile->name);
}

int iam_arn_parse(struct str arn, struct iam_arn_parts *ret)
{
        const struct str prefix = STR("arn:aws:iam::");
        struct str rest, account, kind;
        ptrdiff_t last;

        if (!str_starts(arn, prefix))
                return -EINVAL;
        rest = str_from(arn, prefix.len);
        if (!str_cut(&rest, ':', &account) || account.len == 0 || !str_is_set(rest))
                return -EINVAL;
        last = str_find_byte(rest, '/');
        if (last <= 0)
                return -EINVAL;
        kind = str_part(rest, 0, (size_t)last);
        rest = str_from(rest, (size_t)last);
        last = str_find_last_byte(rest, '/');
        *ret = (struct iam_arn_parts){account, kind, str_part(rest, 0, (size_t)last + 1),
                                      str_from(rest, (size_t)last + 1)};
        return ret->name.len ? 0 : -EINVAL;
}

int iam_name_cmp(struct str a, struct str b)
{
        size_t len = a.len < b.len ? a.len : b.len;
        int order = len ? strncasecmp(a.ptr, b.ptr, len) : 0;

        if (order == 0)
                order = (a.len > b.len) - (a.len < b.len);
        return order ? order : str_cmp(a, b);
}

struct str iam_new_id(struct call *call, const char *prefix)
{
        return id_with_prefix(&call->arena, str_of(prefix), UNIQUE_ID_LEN);
}
