/* Groups. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_groups.html */
#include "services/iam/entity.h"
#include "services/iam/page.h"
#include "services/iam/quota.h"

void iam_group_out(struct call *call, const struct iam_group_record *group, struct iam_group *ret)
{
        *ret = (struct iam_group){.path = group->path,
                                  .group_name = group->name,
                                  .group_id = group->id,
                                  .arn = iam_group_arn(&call->arena, group),
                                  .create_date = group->created};
}

static int give_group(struct call *call, const struct iam_group_record *group, struct iam_group **ret)
{
        *ret = arena_new(&call->arena, struct iam_group);
        if (!*ret)
                return -ENOMEM;
        iam_group_out(call, group, *ret);
        return 0;
}

static int insert_group(struct call *call, const struct iam_group_record *group)
{
        int result = call_insert(call, &iam_group_record_type, group);

        if (result == -EEXIST)
                return fail(call, &iam_entity_already_exists_exception,
                            "Group with name %.*s already exists.", STR_ARG(group->name));
        return result;
}

int iam_create_group(struct call *call, const struct iam_create_group_in *in,
                     struct iam_create_group_out *out)
{
        const struct iam_group_record group = {.account = call->account,
                                               .name = in->group_name,
                                               .path = iam_path(in->path),
                                               .id = iam_new_id(call, "AGPA"),
                                               .created = OPT_INT(call->now_ms)};

        TRY(insert_group(call, &group));
        TRY(iam_count_up(call, IAM_COUNT_GROUPS, "GroupsPerAccount", IAM_GROUPS_PER_ACCOUNT));
        return give_group(call, &group, &out->group);
}

static int list_members(struct call *call, const struct iam_group_record *group, struct iam_page *page,
                        struct iam_user_list *ret, bool *ret_is_more)
{
        const struct iam_membership_record like = {.group_id = group->id};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct iam_membership_record row;
        struct iam_user_record user;
        int result;

        ret->items = arena_new_array(&call->arena, struct iam_user, page->limit);
        if (!ret->items)
                return -ENOMEM;
        ret->is_set = true;
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &iam_membership_record_type,
                              iam_membership_by_group, &like, 1, page->after));
        while ((result = record_scan_next(&scan, &row)) == 0 && !iam_page_is_full(page)) {
                TRY(iam_user_by_unique_id(call->txn, &call->arena, row.user_id, &user));
                TRY(iam_user_out(call, &user, false, &ret->items[page->count++]));
                page->last = record_scan_token(&scan, &call->arena);
        }
        ret->count = page->count;
        *ret_is_more = result == 0;
        return result == -ENOENT ? 0 : result;
}

int iam_get_group(struct call *call, const struct iam_get_group_in *in, struct iam_get_group_out *out)
{
        struct iam_group_record group;
        struct iam_page page;
        bool is_more;

        TRY(iam_need_group(call, in->group_name, &group));
        TRY(iam_page_begin(&page, call, in->marker, in->max_items, group.id));
        TRY(list_members(call, &group, &page, &out->users, &is_more));
        TRY(give_group(call, &group, &out->group));
        return iam_page_end(&page, is_more, &out->is_truncated, &out->marker);
}

int iam_list_groups(struct call *call, const struct iam_list_groups_in *in, struct iam_list_groups_out *out)
{
        const struct str prefix = iam_path(in->path_prefix);
        const struct iam_group_record like = {.account = call->account};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct iam_group_record group;
        struct iam_page page;
        int result;

        TRY(iam_page_begin(&page, call, in->marker, in->max_items, prefix));
        out->groups.items = arena_new_array(&call->arena, struct iam_group, page.limit);
        if (!out->groups.items)
                return -ENOMEM;
        out->groups.is_set = true;
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &iam_group_record_type, NULL, &like, 1,
                              page.after));
        while ((result = record_scan_next(&scan, &group)) == 0) {
                if (!str_starts(group.path, prefix))
                        continue;
                if (iam_page_is_full(&page))
                        break;
                iam_group_out(call, &group, &out->groups.items[page.count++]);
                page.last = record_scan_token(&scan, &call->arena);
        }
        if (result < 0 && result != -ENOENT)
                return result;
        out->groups.count = page.count;
        return iam_page_end(&page, result == 0, &out->is_truncated, &out->marker);
}

static int rename_group(struct call *call, const struct iam_group_record *old,
                        const struct iam_group_record *group)
{
        const struct iam_owner owner = iam_owner_group(group);

        TRY(call_delete(call, &iam_group_record_type, old));
        TRY(insert_group(call, group));
        return iam_rename_attachments(call, &owner);
}

int iam_update_group(struct call *call, const struct iam_update_group_in *in,
                     struct iam_update_group_out *out)
{
        struct iam_group_record old, group;

        (void)out;
        TRY(iam_need_group(call, in->group_name, &old));
        group = old;
        if (str_is_set(in->new_path))
                group.path = in->new_path;
        if (!str_is_set(in->new_group_name))
                return call_put(call, &iam_group_record_type, &group);
        group.name = in->new_group_name;
        return rename_group(call, &old, &group);
}

int iam_delete_group(struct call *call, const struct iam_delete_group_in *in,
                     struct iam_delete_group_out *out)
{
        struct iam_group_record group;
        struct iam_membership_record member;
        struct iam_owner owner;
        int result;

        (void)out;
        TRY(iam_need_group(call, in->group_name, &group));
        owner = iam_owner_group(&group);
        member = (struct iam_membership_record){.group_id = group.id};
        result = iam_first(call, &iam_membership_record_type, iam_membership_by_group, &member);
        if (result == 0)
                return fail(call, &iam_delete_conflict_exception,
                            "Cannot delete entity, must remove users from group first.");
        if (result != -ENOENT)
                return result;
        TRY(iam_refuse_with_policies(call, &owner));
        TRY(call_delete(call, &iam_group_record_type, &group));
        return iam_count_down(call, IAM_COUNT_GROUPS);
}
