/* A role with everything that hangs on it, for GetAccountAuthorizationDetails. */
#include "services/iam/document.h"
#include "services/iam/entity.h"

#include <string.h>

static int grow(struct call *call, struct iam_instance_profile_list *list, size_t *room)
{
        size_t wider = *room ? 2 * *room : 4;
        struct iam_instance_profile *items =
                arena_new_array(&call->arena, struct iam_instance_profile, wider);

        if (!items)
                return -ENOMEM;
        if (list->count)
                memcpy(items, list->items, list->count * sizeof(*items));
        list->items = items;
        *room = wider;
        return 0;
}

static int profiles_of(struct call *call, struct str role_id, struct iam_instance_profile_list *ret)
{
        const struct iam_instance_profile_role_record like = {.role_id = role_id};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct iam_instance_profile_role_record row;
        struct iam_instance_profile_record profile;
        size_t room = 0;
        int result;

        *ret = (struct iam_instance_profile_list){.is_set = true};
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &iam_instance_profile_role_record_type, NULL,
                              &like, 1, STR_NONE));
        while ((result = record_scan_next(&scan, &row)) == 0) {
                if (ret->count == room)
                        TRY(grow(call, ret, &room));
                TRY(iam_need_instance_profile(call, row.profile_name, &profile));
                TRY(iam_instance_profile_out(call, &profile, false, &ret->items[ret->count++]));
        }
        return result == -ENOENT ? 0 : result;
}

int iam_encoded_policies(struct call *call, struct str owner_id, struct iam_policy_detail_list *ret)
{
        TRY(iam_inline_policies(call->txn, &call->arena, owner_id, ret));
        for (size_t i = 0; i < ret->count; i++)
                ret->items[i].policy_document =
                        iam_document_encode(&call->arena, ret->items[i].policy_document);
        return 0;
}

int iam_role_detail(struct call *call, const struct iam_role_record *role, struct iam_role_detail *ret)
{
        struct iam_role shown;

        TRY(iam_role_out(call, role, true, &shown));
        *ret = (struct iam_role_detail){.path = shown.path,
                                        .role_name = shown.role_name,
                                        .role_id = shown.role_id,
                                        .arn = shown.arn,
                                        .create_date = shown.create_date,
                                        .assume_role_policy_document = shown.assume_role_policy_document,
                                        .permissions_boundary = shown.permissions_boundary,
                                        .tags = role->tags,
                                        .role_last_used = shown.role_last_used};
        ret->tags.is_set = true;
        TRY(profiles_of(call, role->id, &ret->instance_profile_list));
        TRY(iam_encoded_policies(call, role->id, &ret->role_policy_list));
        return iam_attached_policies(call->txn, &call->arena, role->id, &ret->attached_managed_policies);
}
