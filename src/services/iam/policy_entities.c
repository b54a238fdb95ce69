/* ListEntitiesForPolicy: who a managed policy is attached to, groups, then roles, then users. */
#include "services/iam/entity.h"
#include "services/iam/page.h"
#include "services/iam/policies.h"

struct listing {
        struct call *call;
        const struct iam_list_entities_for_policy_in *in;
        struct iam_list_entities_for_policy_out *out;
        struct str path_prefix;
};

static bool is_asked_for(const struct listing *listing, const struct iam_attachment_record *row)
{
        const struct iam_list_entities_for_policy_in *in = listing->in;

        if (str_is_set(in->entity_filter) && !str_eq(in->entity_filter, row->owner_kind))
                return false;
        return !str_is_set(in->policy_usage_filter) || str_eq(in->policy_usage_filter, row->usage);
}

static int path_of_owner(struct call *call, const struct iam_attachment_record *row, struct str *ret)
{
        struct iam_group_record group;
        struct iam_role_record role;
        struct iam_user_record user;

        if (str_eq(row->owner_kind, STR("User"))) {
                TRY(iam_user_by_unique_id(call->txn, &call->arena, row->owner_id, &user));
                *ret = user.path;
        } else if (str_eq(row->owner_kind, STR("Group"))) {
                TRY(iam_group_by_unique_id(call->txn, &call->arena, row->owner_id, &group));
                *ret = group.path;
        } else {
                TRY(iam_role_by_unique_id(call->txn, &call->arena, row->owner_id, &role));
                *ret = role.path;
        }
        return 0;
}

static int is_wanted(const struct listing *listing, const struct iam_attachment_record *row, bool *ret)
{
        struct str path;

        *ret = false;
        if (!is_asked_for(listing, row))
                return 0;
        TRY(path_of_owner(listing->call, row, &path));
        *ret = str_starts(path, listing->path_prefix);
        return 0;
}

static void take(struct listing *listing, const struct iam_attachment_record *row)
{
        struct iam_list_entities_for_policy_out *out = listing->out;

        if (str_eq(row->owner_kind, STR("User")))
                out->policy_users.items[out->policy_users.count++] =
                        (struct iam_policy_user){row->owner_name, row->owner_id};
        else if (str_eq(row->owner_kind, STR("Group")))
                out->policy_groups.items[out->policy_groups.count++] =
                        (struct iam_policy_group){row->owner_name, row->owner_id};
        else
                out->policy_roles.items[out->policy_roles.count++] =
                        (struct iam_policy_role){row->owner_name, row->owner_id};
}

/* An entity that has the policy both as permissions and as boundary stands in two rows, one after the other.
 */
static int list_rows(struct listing *listing, struct iam_page *page, struct str policy_id, bool *ret_is_more)
{
        struct call *call = listing->call;
        struct iam_attachment_record like = {.account = call->account, .policy_id = policy_id}, row;
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct str last_owner = STR_NONE;
        bool wanted;
        int r;

        *ret_is_more = false;
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &iam_attachment_record_type,
                              iam_attachment_by_policy, &like, 2, page->after));
        while ((r = record_scan_next(&scan, &row)) == 0) {
                TRY(is_wanted(listing, &row, &wanted));
                if (!wanted)
                        continue;
                if (str_is_set(last_owner) && str_eq(last_owner, row.owner_id)) {
                        page->last = record_scan_token(&scan, &call->arena);
                        continue;
                }
                if (iam_page_is_full(page)) {
                        *ret_is_more = true;
                        return 0;
                }
                take(listing, &row);
                page->count++;
                page->last = record_scan_token(&scan, &call->arena);
                last_owner = row.owner_id;
        }
        return r == -ENOENT ? 0 : r;
}

static int make_room(struct listing *listing, size_t count)
{
        struct iam_list_entities_for_policy_out *out = listing->out;
        struct arena *arena = &listing->call->arena;

        out->policy_users.items = arena_new_array(arena, struct iam_policy_user, count);
        out->policy_groups.items = arena_new_array(arena, struct iam_policy_group, count);
        out->policy_roles.items = arena_new_array(arena, struct iam_policy_role, count);
        out->policy_users.is_set = out->policy_groups.is_set = out->policy_roles.is_set = true;
        return out->policy_users.items && out->policy_groups.items && out->policy_roles.items ? 0 : -ENOMEM;
}

int iam_list_entities_for_policy(struct call *call, const struct iam_list_entities_for_policy_in *in,
                                 struct iam_list_entities_for_policy_out *out)
{
        struct listing listing = {
                .call = call, .in = in, .out = out, .path_prefix = iam_path(in->path_prefix)};
        struct iam_managed policy;
        struct iam_page page;
        bool is_more;

        TRY(iam_need_policy(call, in->policy_arn, &policy));
        TRY(iam_page_begin(&page, call, in->marker, in->max_items, policy.record.id));
        TRY(make_room(&listing, page.limit));
        TRY(list_rows(&listing, &page, policy.record.id, &is_more));
        return iam_page_end(&page, is_more, &out->is_truncated, &out->marker);
}
