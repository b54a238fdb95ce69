/* Users in groups: one row a pair, under the user, and by an index under the group. */
#include "services/iam/entity.h"
#include "services/iam/page.h"
#include "services/iam/quota.h"

static int compare_groups(const void *a, const void *b)
{
        return iam_name_cmp(((const struct iam_group_record *)a)->name,
                            ((const struct iam_group_record *)b)->name);
}

int iam_groups_of(struct txn *txn, struct arena *arena, struct str user_id, struct iam_group_record **ret,
                  size_t *ret_count)
{
        const struct iam_membership_record like = {.user_id = user_id};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct iam_membership_record row;
        size_t count = 0;
        int result = 0;

        *ret = arena_new_array(arena, struct iam_group_record, IAM_GROUPS_PER_USER);
        if (!*ret)
                return -ENOMEM;
        TRY(record_scan_begin(&scan, txn, arena, &iam_membership_record_type, NULL, &like, 1, STR_NONE));
        while (count < IAM_GROUPS_PER_USER && (result = record_scan_next(&scan, &row)) == 0)
                TRY(iam_group_by_unique_id(txn, arena, row.group_id, &(*ret)[count++]));
        if (result < 0 && result != -ENOENT)
                return result;
        qsort(*ret, count, sizeof(**ret), compare_groups);
        *ret_count = count;
        return 0;
}

/* Again is no error, as in AWS. */
int iam_add_user_to_group(struct call *call, const struct iam_add_user_to_group_in *in,
                          struct iam_add_user_to_group_out *out)
{
        struct iam_membership_record row;
        struct iam_group_record group, *groups;
        struct iam_user_record user;
        size_t count;

        (void)out;
        TRY(iam_need_group(call, in->group_name, &group));
        TRY(iam_need_user(call, in->user_name, &user));
        row = (struct iam_membership_record){
                .user_id = user.id, .group_id = group.id, .user_name = user.name};
        if (record_exists(call->txn, &iam_membership_record_type, &row))
                return 0;
        TRY(iam_groups_of(call->txn, &call->arena, user.id, &groups, &count));
        if (count >= IAM_GROUPS_PER_USER)
                return iam_over_quota(call, "GroupsPerUser", IAM_GROUPS_PER_USER);
        return call_insert(call, &iam_membership_record_type, &row);
}

int iam_remove_user_from_group(struct call *call, const struct iam_remove_user_from_group_in *in,
                               struct iam_remove_user_from_group_out *out)
{
        struct iam_membership_record row;
        struct iam_group_record group;
        struct iam_user_record user;
        int result;

        (void)out;
        TRY(iam_need_group(call, in->group_name, &group));
        TRY(iam_need_user(call, in->user_name, &user));
        row = (struct iam_membership_record){.user_id = user.id, .group_id = group.id};
        result = call_delete(call, &iam_membership_record_type, &row);
        /* AWS accepts the removal of a user who is not in the group. */
        return result == -ENOENT ? 0 : result;
}

static struct str group_name(const void *item)
{
        return ((const struct iam_group_record *)item)->name;
}

int iam_list_groups_for_user(struct call *call, const struct iam_list_groups_for_user_in *in,
                             struct iam_list_groups_for_user_out *out)
{
        struct iam_group_record *groups;
        struct iam_user_record user;
        struct iam_page page;
        size_t count, first, end;

        TRY(iam_need_user(call, in->user_name, &user));
        TRY(iam_page_begin(&page, call, in->marker, in->max_items, user.id));
        TRY(iam_groups_of(call->txn, &call->arena, user.id, &groups, &count));
        iam_page_of(&page, groups, count, sizeof(*groups), group_name, &first, &end);
        out->groups.items = arena_new_array(&call->arena, struct iam_group, end - first + 1);
        if (!out->groups.items)
                return -ENOMEM;
        out->groups.is_set = true;
        for (size_t i = first; i < end; i++)
                iam_group_out(call, &groups[i], &out->groups.items[out->groups.count++]);
        return iam_page_end(&page, end < count, &out->is_truncated, &out->marker);
}
