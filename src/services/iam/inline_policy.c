/* Inline policies of users, groups and roles.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html#inline-policies */
#include "services/iam/attachments.h"
#include "services/iam/document.h"
#include "services/iam/entity.h"
#include "services/iam/page.h"
#include "services/iam/quota.h"
#include "services/iam/roles.h"

/* All of an owner's inline policies. Few: their sizes together have a quota. */
static int all_of(struct txn *txn, struct arena *arena, struct str owner_id,
                  struct iam_policy_detail_list *ret)
{
        struct iam_inline_policy_record like = {.owner_id = owner_id}, row;
        _cleanup_(record_scan_end) struct record_scan scan = {};
        size_t room = 8;
        int r;

        *ret = (struct iam_policy_detail_list){.is_set = true};
        ret->items = arena_new_array(arena, struct iam_policy_detail, room);
        if (!ret->items)
                return -ENOMEM;
        TRY(record_scan_begin(&scan, txn, arena, &iam_inline_policy_record_type, NULL, &like, 1, STR_NONE));
        while ((r = record_scan_next(&scan, &row)) == 0) {
                if (ret->count == room) {
                        struct iam_policy_detail *more;

                        room *= 2;
                        more = arena_new_array(arena, struct iam_policy_detail, room);
                        if (!more)
                                return -ENOMEM;
                        for (size_t i = 0; i < ret->count; i++)
                                more[i] = ret->items[i];
                        ret->items = more;
                }
                ret->items[ret->count++] = (struct iam_policy_detail){row.name, row.document};
        }
        return r == -ENOENT ? 0 : r;
}

int iam_inline_policies(struct txn *txn, struct arena *arena, struct str owner_id,
                        struct iam_policy_detail_list *ret)
{
        return all_of(txn, arena, owner_id, ret);
}

int iam_has_inline_policies(struct txn *txn, struct arena *arena, struct str owner_id, bool *ret)
{
        struct iam_inline_policy_record like = {.owner_id = owner_id}, row;
        _cleanup_(record_scan_end) struct record_scan scan = {};
        int r;

        TRY(record_scan_begin(&scan, txn, arena, &iam_inline_policy_record_type, NULL, &like, 1, STR_NONE));
        r = record_scan_next(&scan, &row);
        *ret = r == 0;
        return r == -ENOENT ? 0 : r;
}

static size_t size_quota(struct str kind)
{
        if (str_eq(kind, STR("User")))
                return IAM_USER_POLICY_SIZE;
        return str_eq(kind, STR("Group")) ? IAM_GROUP_POLICY_SIZE : IAM_ROLE_POLICY_SIZE;
}

/* The sizes of all inline policies of one owner together are limited.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
 */
static int check_size(struct call *call, const struct iam_owner *owner, struct str name, struct str document)
{
        size_t size = iam_document_length(document), quota = size_quota(owner->kind);
        struct iam_policy_detail_list policies;
        struct str kind = arena_lower(&call->arena, owner->kind);

        TRY(all_of(call->txn, &call->arena, owner->id, &policies));
        for (size_t i = 0; i < policies.count; i++)
                if (!str_eq(policies.items[i].policy_name, name))
                        size += iam_document_length(policies.items[i].policy_document);
        if (size <= quota)
                return 0;
        return fail(call, &iam_limit_exceeded_exception,
                    "Maximum policy size of %zu bytes exceeded for %.*s %.*s", quota, STR_ARG(kind),
                    STR_ARG(owner->name));
}

static int put(struct call *call, struct iam_owner owner, struct str name, struct str document)
{
        struct iam_inline_policy_record row = {.owner_id = owner.id, .name = name, .document = document};

        TRY(iam_check_document(call, document, POLICY_IDENTITY));
        TRY(check_size(call, &owner, name, document));
        return call_put(call, &iam_inline_policy_record_type, &row);
}

static int not_found(struct call *call, int result, const struct iam_owner *owner, struct str name)
{
        struct str kind = arena_lower(&call->arena, owner->kind);

        if (result != -ENOENT)
                return result;
        return fail(call, &iam_no_such_entity_exception, "The %.*s policy with name %.*s cannot be found.",
                    STR_ARG(kind), STR_ARG(name));
}

static int get(struct call *call, struct iam_owner owner, struct str name, struct str *ret_name,
               struct str *ret_document)
{
        struct iam_inline_policy_record row = {.owner_id = owner.id, .name = name};

        TRY(not_found(call, call_get(call, &iam_inline_policy_record_type, &row), &owner, name));
        *ret_name = row.name;
        *ret_document = iam_document_encode(&call->arena, row.document);
        return 0;
}

static int drop(struct call *call, struct iam_owner owner, struct str name)
{
        struct iam_inline_policy_record row = {.owner_id = owner.id, .name = name};

        return not_found(call, call_delete(call, &iam_inline_policy_record_type, &row), &owner, name);
}

static struct str key_of(const void *item)
{
        const struct iam_policy_detail *policy = item;

        return policy->policy_name;
}

/* What a List operation is asked, and what it answers. */
struct listing {
        struct str marker;
        struct opt_int max_items;
        struct str_list *names;
        struct opt_bool *is_truncated;
        struct str *next_marker;
};

static int list(struct call *call, struct str owner_id, const struct listing *listing)
{
        struct iam_policy_detail_list all;
        struct iam_page page;
        size_t first, end;

        TRY(iam_page_begin(&page, call, listing->marker, listing->max_items, owner_id));
        TRY(all_of(call->txn, &call->arena, owner_id, &all));
        iam_page_of(&page, all.items, all.count, sizeof(*all.items), key_of, &first, &end);
        *listing->names = (struct str_list){.is_set = true, .count = end - first};
        listing->names->items = arena_new_array(&call->arena, struct str, end - first + 1);
        if (!listing->names->items)
                return -ENOMEM;
        for (size_t i = first; i < end; i++)
                listing->names->items[i - first] = all.items[i].policy_name;
        return iam_page_end(&page, end < all.count, listing->is_truncated, listing->next_marker);
}

int iam_put_user_policy(struct call *call, const struct iam_put_user_policy_in *in,
                        struct iam_put_user_policy_out *out)
{
        struct iam_user_record user;

        (void)out;
        TRY(iam_need_user(call, in->user_name, &user));
        return put(call, iam_owner_user(&user), in->policy_name, in->policy_document);
}

int iam_put_group_policy(struct call *call, const struct iam_put_group_policy_in *in,
                         struct iam_put_group_policy_out *out)
{
        struct iam_group_record group;

        (void)out;
        TRY(iam_need_group(call, in->group_name, &group));
        return put(call, iam_owner_group(&group), in->policy_name, in->policy_document);
}

int iam_put_role_policy(struct call *call, const struct iam_put_role_policy_in *in,
                        struct iam_put_role_policy_out *out)
{
        struct iam_role_record role;

        (void)out;
        TRY(iam_need_changeable_role(call, in->role_name, &role));
        return put(call, iam_owner_role(&role), in->policy_name, in->policy_document);
}

int iam_get_user_policy(struct call *call, const struct iam_get_user_policy_in *in,
                        struct iam_get_user_policy_out *out)
{
        struct iam_user_record user;

        TRY(iam_need_user(call, in->user_name, &user));
        out->user_name = user.name;
        return get(call, iam_owner_user(&user), in->policy_name, &out->policy_name, &out->policy_document);
}

int iam_get_group_policy(struct call *call, const struct iam_get_group_policy_in *in,
                         struct iam_get_group_policy_out *out)
{
        struct iam_group_record group;

        TRY(iam_need_group(call, in->group_name, &group));
        out->group_name = group.name;
        return get(call, iam_owner_group(&group), in->policy_name, &out->policy_name, &out->policy_document);
}

int iam_get_role_policy(struct call *call, const struct iam_get_role_policy_in *in,
                        struct iam_get_role_policy_out *out)
{
        struct iam_role_record role;

        TRY(iam_need_role(call, in->role_name, &role));
        out->role_name = role.name;
        return get(call, iam_owner_role(&role), in->policy_name, &out->policy_name, &out->policy_document);
}

int iam_list_user_policies(struct call *call, const struct iam_list_user_policies_in *in,
                           struct iam_list_user_policies_out *out)
{
        struct iam_user_record user;

        TRY(iam_need_user(call, in->user_name, &user));
        return list(call, user.id,
                    &(struct listing){in->marker, in->max_items, &out->policy_names, &out->is_truncated,
                                      &out->marker});
}

int iam_list_group_policies(struct call *call, const struct iam_list_group_policies_in *in,
                            struct iam_list_group_policies_out *out)
{
        struct iam_group_record group;

        TRY(iam_need_group(call, in->group_name, &group));
        return list(call, group.id,
                    &(struct listing){in->marker, in->max_items, &out->policy_names, &out->is_truncated,
                                      &out->marker});
}

int iam_list_role_policies(struct call *call, const struct iam_list_role_policies_in *in,
                           struct iam_list_role_policies_out *out)
{
        struct iam_role_record role;

        TRY(iam_need_role(call, in->role_name, &role));
        return list(call, role.id,
                    &(struct listing){in->marker, in->max_items, &out->policy_names, &out->is_truncated,
                                      &out->marker});
}

int iam_delete_user_policy(struct call *call, const struct iam_delete_user_policy_in *in,
                           struct iam_delete_user_policy_out *out)
{
        struct iam_user_record user;

        (void)out;
        TRY(iam_need_user(call, in->user_name, &user));
        return drop(call, iam_owner_user(&user), in->policy_name);
}

int iam_delete_group_policy(struct call *call, const struct iam_delete_group_policy_in *in,
                            struct iam_delete_group_policy_out *out)
{
        struct iam_group_record group;

        (void)out;
        TRY(iam_need_group(call, in->group_name, &group));
        return drop(call, iam_owner_group(&group), in->policy_name);
}

int iam_delete_role_policy(struct call *call, const struct iam_delete_role_policy_in *in,
                           struct iam_delete_role_policy_out *out)
{
        struct iam_role_record role;

        (void)out;
        TRY(iam_need_changeable_role(call, in->role_name, &role));
        return drop(call, iam_owner_role(&role), in->policy_name);
}
