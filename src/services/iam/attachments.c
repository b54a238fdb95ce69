/* The rows behind attachments.h: one an attachment, and one an account and policy that counts them. */
#include "services/iam/attachments.h"

#include "services/iam/entity.h"
#include "services/iam/quota.h"

#include <stdlib.h>

static struct iam_attachment_record row_of(const struct iam_owner *owner, struct str usage,
                                           const struct iam_managed *policy, int64_t now_ms)
{
        return (struct iam_attachment_record){
                .owner_id = owner->id,
                .usage = usage,
                .policy_id = policy->record.id,
                .policy_arn = policy->arn,
                .account = owner->account,
                .owner_kind = owner->kind,
                .owner_name = owner->name,
                .created = OPT_INT(now_ms),
        };
}

/* One use more or less of a policy in an account; without any use there is no row. */
static int count_use(struct call *call, const struct iam_attachment_record *row, int64_t change)
{
        struct iam_policy_use_record use;
        int64_t *count;

        TRY(iam_policy_use(call, row->policy_id, &use));
        use.policy_arn = row->policy_arn;
        use.attachments.is_set = use.boundaries.is_set = true;
        count = str_eq(row->usage, IAM_USAGE_PERMISSIONS) ? &use.attachments.value : &use.boundaries.value;
        *count += change;
        if (*count < 0)
                return -EBADMSG;
        if (use.attachments.value == 0 && use.boundaries.value == 0)
                return call_delete(call, &iam_policy_use_record_type, &use);
        return call_put(call, &iam_policy_use_record_type, &use);
}

static int add_row(struct call *call, const struct iam_attachment_record *row)
{
        TRY(call_insert(call, &iam_attachment_record_type, row));
        return count_use(call, row, 1);
}

static int drop_row(struct call *call, const struct iam_attachment_record *row)
{
        TRY(call_delete(call, &iam_attachment_record_type, row));
        return count_use(call, row, -1);
}

/* All rows of an owner for one usage. Few: their number has a quota. */
static int rows_of(struct txn *txn, struct arena *arena, struct str owner_id, struct str usage,
                   struct iam_attachment_record **ret, size_t *ret_count)
{
        struct iam_attachment_record like = {.owner_id = owner_id, .usage = usage}, row;
        _cleanup_(record_scan_end) struct record_scan scan = {};
        size_t room = 0, count = 0;
        int r;

        *ret = NULL;
        TRY(record_scan_begin(&scan, txn, arena, &iam_attachment_record_type, NULL, &like, 2, STR_NONE));
        while ((r = record_scan_next(&scan, &row)) == 0) {
                if (count == room) {
                        struct iam_attachment_record *more;

                        room = room ? 2 * room : 16;
                        more = arena_new_array(arena, struct iam_attachment_record, room);
                        if (!more)
                                return -ENOMEM;
                        for (size_t i = 0; i < count; i++)
                                more[i] = (*ret)[i];
                        *ret = more;
                }
                (*ret)[count++] = row;
        }
        *ret_count = count;
        return r == -ENOENT ? 0 : r;
}

static int attachment_quota(struct str kind, const char **ret_name)
{
        if (str_eq(kind, STR("User"))) {
                *ret_name = "PoliciesPerUser";
                return IAM_POLICIES_PER_USER;
        }
        if (str_eq(kind, STR("Group"))) {
                *ret_name = "PoliciesPerGroup";
                return IAM_POLICIES_PER_GROUP;
        }
        *ret_name = "PoliciesPerRole";
        return IAM_POLICIES_PER_ROLE;
}

int iam_attach(struct call *call, const struct iam_owner *owner, const struct iam_managed *policy)
{
        struct iam_attachment_record row = row_of(owner, IAM_USAGE_PERMISSIONS, policy, call->now_ms), *rows;
        const char *quota_name;
        size_t count;
        int quota = attachment_quota(owner->kind, &quota_name);

        if (record_exists(call->txn, &iam_attachment_record_type, &row))
                return 0;
        TRY(rows_of(call->txn, &call->arena, owner->id, IAM_USAGE_PERMISSIONS, &rows, &count));
        if (count >= (size_t)quota)
                return iam_over_quota(call, quota_name, quota);
        return add_row(call, &row);
}

int iam_detach(struct call *call, const struct iam_owner *owner, struct str policy_arn)
{
        struct iam_attachment_record *rows;
        size_t count;

        TRY(rows_of(call->txn, &call->arena, owner->id, IAM_USAGE_PERMISSIONS, &rows, &count));
        for (size_t i = 0; i < count; i++)
                if (str_eq(rows[i].policy_arn, policy_arn))
                        return drop_row(call, &rows[i]);
        return -ENOENT;
}

int iam_clear_boundary(struct call *call, const struct iam_owner *owner, struct str *record_arn)
{
        struct iam_attachment_record *rows;
        size_t count;

        TRY(rows_of(call->txn, &call->arena, owner->id, IAM_USAGE_BOUNDARY, &rows, &count));
        for (size_t i = 0; i < count; i++)
                TRY(drop_row(call, &rows[i]));
        *record_arn = STR_NONE;
        return 0;
}

int iam_set_boundary(struct call *call, const struct iam_owner *owner, struct str policy_arn,
                     struct str *record_arn)
{
        struct iam_attachment_record row;
        struct iam_managed policy;

        TRY(iam_need_attachable_policy(call, "Scope ARN:", policy_arn, &policy));
        TRY(iam_clear_boundary(call, owner, record_arn));
        row = row_of(owner, IAM_USAGE_BOUNDARY, &policy, call->now_ms);
        TRY(add_row(call, &row));
        *record_arn = policy.arn;
        return 0;
}

struct iam_attached_permissions_boundary *iam_boundary_of(struct arena *arena, struct str boundary_arn)
{
        struct iam_attached_permissions_boundary *boundary;

        if (!str_is_set(boundary_arn))
                return NULL;
        boundary = arena_new(arena, struct iam_attached_permissions_boundary);
        if (!boundary)
                return NULL; /* the arena is marked as failed: the call is refused */
        boundary->permissions_boundary_type = STR("PermissionsBoundaryPolicy");
        boundary->permissions_boundary_arn = boundary_arn;
        return boundary;
}

static int compare_by_arn(const void *a, const void *b)
{
        const struct iam_attached_policy *x = a, *y = b;

        return str_cmp(x->policy_arn, y->policy_arn);
}

int iam_attached_policies(struct txn *txn, struct arena *arena, struct str owner_id,
                          struct iam_attached_policy_list *ret)
{
        struct iam_attachment_record *rows;
        size_t count;

        TRY(rows_of(txn, arena, owner_id, IAM_USAGE_PERMISSIONS, &rows, &count));
        *ret = (struct iam_attached_policy_list){.is_set = true, .count = count};
        ret->items = arena_new_array(arena, struct iam_attached_policy, count + 1);
        if (!ret->items)
                return -ENOMEM;
        for (size_t i = 0; i < count; i++) {
                struct str arn = rows[i].policy_arn;

                ret->items[i].policy_arn = arn;
                ret->items[i].policy_name = str_from(arn, (size_t)str_find_last_byte(arn, '/') + 1);
        }
        qsort(ret->items, count, sizeof(*ret->items), compare_by_arn);
        return 0;
}

int iam_has_attachments(struct txn *txn, struct arena *arena, struct str owner_id, bool *ret)
{
        struct iam_attachment_record *rows;
        size_t count;

        TRY(rows_of(txn, arena, owner_id, IAM_USAGE_PERMISSIONS, &rows, &count));
        *ret = count > 0;
        return 0;
}

static int rename_rows(struct call *call, const struct iam_owner *owner, struct str usage)
{
        struct iam_attachment_record *rows;
        size_t count;

        TRY(rows_of(call->txn, &call->arena, owner->id, usage, &rows, &count));
        for (size_t i = 0; i < count; i++) {
                rows[i].owner_name = owner->name;
                TRY(call_put(call, &iam_attachment_record_type, &rows[i]));
        }
        return 0;
}

int iam_rename_attachments(struct call *call, const struct iam_owner *owner)
{
        TRY(rename_rows(call, owner, IAM_USAGE_PERMISSIONS));
        return rename_rows(call, owner, IAM_USAGE_BOUNDARY);
}
