/* Users. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_users.html */
#include "services/iam/entity.h"
#include "services/iam/page.h"
#include "services/iam/quota.h"
#include "services/iam/tags.h"

static int password_last_used(struct call *call, const struct iam_user_record *user, struct opt_int *ret)
{
        struct iam_login_profile_record profile = {.user_id = user->id};
        int result = call_get(call, &iam_login_profile_record_type, &profile);

        if (result < 0 && result != -ENOENT)
                return result;
        *ret = profile.used.is_set ? profile.used : user->password_used;
        return 0;
}

int iam_user_out(struct call *call, const struct iam_user_record *user, bool with_details,
                 struct iam_user *ret)
{
        *ret = (struct iam_user){.path = user->path,
                                 .user_name = user->name,
                                 .user_id = user->id,
                                 .arn = iam_user_arn(&call->arena, user),
                                 .create_date = user->created};
        TRY(password_last_used(call, user, &ret->password_last_used));
        if (!with_details)
                return 0;
        ret->permissions_boundary = iam_boundary_of(&call->arena, user->boundary_arn);
        if (user->tags.count)
                ret->tags = user->tags;
        return 0;
}

static int give_user(struct call *call, const struct iam_user_record *user, struct iam_user **ret)
{
        *ret = arena_new(&call->arena, struct iam_user);
        return *ret ? iam_user_out(call, user, true, *ret) : -ENOMEM;
}

static int insert_user(struct call *call, struct iam_user_record *user)
{
        int result = call_insert(call, &iam_user_record_type, user);

        if (result == -EEXIST)
                return fail(call, &iam_entity_already_exists_exception, "User with name %.*s already exists.",
                            STR_ARG(user->name));
        return result;
}

int iam_create_user(struct call *call, const struct iam_create_user_in *in, struct iam_create_user_out *out)
{
        struct iam_user_record user = {.account = call->account,
                                       .name = in->user_name,
                                       .path = iam_path(in->path),
                                       .id = iam_new_id(call, "AIDA"),
                                       .created = OPT_INT(call->now_ms)};
        const struct iam_owner owner = iam_owner_user(&user);

        TRY(iam_tags_merge(call, IAM_TAG_KEYS_NOCASE, "TagsPerUser", &in->tags, &user.tags));
        TRY(insert_user(call, &user));
        TRY(iam_count_up(call, IAM_COUNT_USERS, "UsersPerAccount", IAM_USERS_PER_ACCOUNT));
        if (str_is_set(in->permissions_boundary)) {
                TRY(iam_set_boundary(call, &owner, in->permissions_boundary, &user.boundary_arn));
                TRY(call_put(call, &iam_user_record_type, &user));
        }
        return give_user(call, &user, &out->user);
}

/* GetUser of the root user. It has no path, and as its name the account's alias, if there is one. */
static int get_root_user(struct call *call, struct iam_user **ret)
{
        struct iam_account_record account = {.id = call->account};
        struct iam_account_alias_record alias = {.account = call->account};
        int result;

        TRY(call_get(call, &iam_account_record_type, &account));
        result = record_find(call->txn, &call->arena, &iam_account_alias_record_type,
                             iam_account_alias_by_account, &alias);
        if (result < 0 && result != -ENOENT)
                return result;
        *ret = arena_new(&call->arena, struct iam_user);
        if (!*ret)
                return -ENOMEM;
        **ret = (struct iam_user){.user_name = alias.alias,
                                  .user_id = call->account,
                                  .arn = iam_root_arn(&call->arena, call->account),
                                  .create_date = account.created};
        return 0;
}

int iam_get_user(struct call *call, const struct iam_get_user_in *in, struct iam_get_user_out *out)
{
        struct iam_user_record user;

        if (!str_is_set(in->user_name) && call->principal.kind == ROOT_USER)
                return get_root_user(call, &out->user);
        TRY(iam_need_user_or_caller(call, in->user_name, &user));
        return give_user(call, &user, &out->user);
}

int iam_list_users(struct call *call, const struct iam_list_users_in *in, struct iam_list_users_out *out)
{
        const struct str prefix = iam_path(in->path_prefix);
        const struct iam_user_record like = {.account = call->account};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct iam_user_record user;
        struct iam_page page;
        int result;

        TRY(iam_page_begin(&page, call, in->marker, in->max_items, prefix));
        out->users.items = arena_new_array(&call->arena, struct iam_user, page.limit);
        if (!out->users.items)
                return -ENOMEM;
        out->users.is_set = true;
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &iam_user_record_type, NULL, &like, 1,
                              page.after));
        while ((result = record_scan_next(&scan, &user)) == 0) {
                if (!str_starts(user.path, prefix))
                        continue;
                if (iam_page_is_full(&page))
                        break;
                TRY(iam_user_out(call, &user, false, &out->users.items[page.count++]));
                page.last = record_scan_token(&scan, &call->arena);
        }
        if (result < 0 && result != -ENOENT)
                return result;
        out->users.count = page.count;
        return iam_page_end(&page, result == 0, &out->is_truncated, &out->marker);
}

/* The rows beside the user that carry its name for the sake of order. */
static int rename_memberships(struct call *call, const struct iam_user_record *user)
{
        struct iam_membership_record like = {.user_id = user->id}, rows[IAM_GROUPS_PER_USER];
        _cleanup_(record_scan_end) struct record_scan scan = {};
        size_t count = 0;
        int result = 0;

        TRY(record_scan_begin(&scan, call->txn, &call->arena, &iam_membership_record_type, NULL, &like, 1,
                              STR_NONE));
        while (count < ARRAY_LEN(rows) && (result = record_scan_next(&scan, &rows[count])) == 0)
                count++;
        if (result < 0 && result != -ENOENT)
                return result;
        for (size_t i = 0; i < count; i++) {
                rows[i].user_name = user->name;
                TRY(call_put(call, &iam_membership_record_type, &rows[i]));
        }
        return 0;
}

static int rename_user(struct call *call, const struct iam_user_record *old, struct iam_user_record *user)
{
        const struct iam_owner owner = iam_owner_user(user);

        TRY(call_delete(call, &iam_user_record_type, old));
        TRY(insert_user(call, user));
        TRY(rename_memberships(call, user));
        return iam_rename_attachments(call, &owner);
}

int iam_update_user(struct call *call, const struct iam_update_user_in *in, struct iam_update_user_out *out)
{
        struct iam_user_record old, user;

        (void)out;
        TRY(iam_need_user(call, in->user_name, &old));
        user = old;
        if (str_is_set(in->new_path))
                user.path = in->new_path;
        if (!str_is_set(in->new_user_name))
                return call_put(call, &iam_user_record_type, &user);
        user.name = in->new_user_name;
        return rename_user(call, &old, &user);
}

static int conflict(struct call *call, const char *what)
{
        return fail(call, &iam_delete_conflict_exception, "Cannot delete entity, must %s first.", what);
}

/* 0 when there is none of these; DeleteConflict with AWS's words for the first that there is. */
static int refuse_while(struct call *call, const struct record_type *type, const struct record_index *index,
                        void *like, const char *what)
{
        int result = iam_first(call, type, index, like);

        return result == 0 ? conflict(call, what) : result == -ENOENT ? 0 : result;
}

/* https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html */
static int refuse_while_in_use(struct call *call, const struct iam_user_record *user)
{
        const struct iam_owner owner = iam_owner_user(user);
        struct iam_login_profile_record profile = {.user_id = user->id};
        struct iam_access_key_record key = {.user_id = user->id};
        struct iam_membership_record member = {.user_id = user->id};
        struct iam_mfa_device_record device = {.user_id = user->id};

        TRY(refuse_while(call, &iam_membership_record_type, NULL, &member, "remove users from group"));
        TRY(iam_refuse_with_policies(call, &owner));
        TRY(refuse_while(call, &iam_access_key_record_type, iam_access_key_by_user, &key,
                         "delete access keys"));
        TRY(refuse_while(call, &iam_login_profile_record_type, NULL, &profile, "delete login profile"));
        return refuse_while(call, &iam_mfa_device_record_type, iam_mfa_device_by_user, &device,
                            "delete MFA device");
}

int iam_delete_user(struct call *call, const struct iam_delete_user_in *in, struct iam_delete_user_out *out)
{
        struct iam_user_record user;
        struct iam_owner owner;

        (void)out;
        TRY(iam_need_user(call, in->user_name, &user));
        owner = iam_owner_user(&user);
        TRY(refuse_while_in_use(call, &user));
        TRY(iam_clear_boundary(call, &owner, &user.boundary_arn));
        TRY(call_delete(call, &iam_user_record_type, &user));
        return iam_count_down(call, IAM_COUNT_USERS);
}

/* -- Tags */

int iam_tag_user(struct call *call, const struct iam_tag_user_in *in, struct iam_tag_user_out *out)
{
        struct iam_user_record user;

        (void)out;
        TRY(iam_need_user(call, in->user_name, &user));
        TRY(iam_tags_merge(call, IAM_TAG_KEYS_NOCASE, "TagsPerUser", &in->tags, &user.tags));
        return call_put(call, &iam_user_record_type, &user);
}

int iam_untag_user(struct call *call, const struct iam_untag_user_in *in, struct iam_untag_user_out *out)
{
        struct iam_user_record user;

        (void)out;
        TRY(iam_need_user(call, in->user_name, &user));
        TRY(iam_tags_remove(call, IAM_TAG_KEYS_NOCASE, &in->tag_keys, &user.tags));
        return call_put(call, &iam_user_record_type, &user);
}

int iam_list_user_tags(struct call *call, const struct iam_list_user_tags_in *in,
                       struct iam_list_user_tags_out *out)
{
        struct iam_user_record user;

        TRY(iam_need_user(call, in->user_name, &user));
        return iam_tags_page(call, &user.tags, user.id, in->marker, in->max_items, &out->tags,
                             &out->is_truncated, &out->marker);
}
