/* GetAccountAuthorizationDetails: all users, groups, roles and policies of an account, in pages that run from
 * one kind into the next.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html */
#include "services/iam/entity.h"
#include "services/iam/page.h"

struct details {
        struct call *call;
        struct iam_page page;
        struct iam_get_account_authorization_details_out *out;
        bool is_more;
};

static int group_names(struct call *call, struct str user_id, struct str_list *ret)
{
        struct iam_group_record *groups;
        size_t count;

        TRY(iam_groups_of(call->txn, &call->arena, user_id, &groups, &count));
        *ret = (struct str_list){.items = arena_new_array(&call->arena, struct str, count + 1),
                                 .is_set = true};
        if (!ret->items)
                return -ENOMEM;
        for (size_t i = 0; i < count; i++)
                ret->items[ret->count++] = groups[i].name;
        return 0;
}

static int add_user(struct details *details, void *record)
{
        const struct iam_user_record *user = record;
        struct iam_user_detail_list *list = &details->out->user_detail_list;
        struct iam_user_detail *detail = &list->items[list->count++];
        struct call *call = details->call;

        *detail = (struct iam_user_detail){.path = user->path,
                                           .user_name = user->name,
                                           .user_id = user->id,
                                           .arn = iam_user_arn(&call->arena, user),
                                           .create_date = user->created,
                                           .tags = user->tags,
                                           .permissions_boundary =
                                                   iam_boundary_of(&call->arena, user->boundary_arn)};
        detail->tags.is_set = true;
        TRY(iam_encoded_policies(call, user->id, &detail->user_policy_list));
        if (detail->user_policy_list.count == 0)
                detail->user_policy_list.is_set = false;
        TRY(group_names(call, user->id, &detail->group_list));
        return iam_attached_policies(call->txn, &call->arena, user->id, &detail->attached_managed_policies);
}

static int add_group(struct details *details, void *record)
{
        const struct iam_group_record *group = record;
        struct iam_group_detail_list *list = &details->out->group_detail_list;
        struct iam_group_detail *detail = &list->items[list->count++];
        struct call *call = details->call;

        *detail = (struct iam_group_detail){.path = group->path,
                                            .group_name = group->name,
                                            .group_id = group->id,
                                            .arn = iam_group_arn(&call->arena, group),
                                            .create_date = group->created};
        TRY(iam_encoded_policies(call, group->id, &detail->group_policy_list));
        return iam_attached_policies(call->txn, &call->arena, group->id, &detail->attached_managed_policies);
}

static int add_role(struct details *details, void *record)
{
        struct iam_role_detail_list *list = &details->out->role_detail_list;

        return iam_role_detail(details->call, record, &list->items[list->count++]);
}

static int add_policy(struct details *details, const struct iam_managed *policy)
{
        struct iam_managed_policy_detail_list *list = &details->out->policies;

        return iam_policy_detail(details->call, policy, &list->items[list->count++]);
}

static int add_local_policy(struct details *details, void *record)
{
        struct iam_managed policy;

        iam_policy_of_record(&details->call->arena, record, &policy);
        return add_policy(details, &policy);
}

/* Of AWS's own policies, those that the account uses. */
static bool is_aws_policy(const void *record)
{
        return str_starts(((const struct iam_policy_use_record *)record)->policy_arn,
                          MANAGED_POLICY_ARN_PREFIX);
}

static int add_aws_policy(struct details *details, void *record)
{
        const struct iam_policy_use_record *use = record;
        struct call *call = details->call;
        struct iam_managed policy;

        TRY(iam_policy_find(call->txn, &call->arena, call->account, use->policy_arn, &policy));
        return add_policy(details, &policy);
}

/* Of each kind, in order: how its records are walked and shown. */
union any_record {
        struct iam_user_record user;
        struct iam_group_record group;
        struct iam_role_record role;
        struct iam_policy_record policy;
        struct iam_policy_use_record use;
};

static const struct kind {
        struct str filter;
        const struct record_type *type;
        bool (*is_wanted)(const void *record); /* NULL: all */
        int (*add)(struct details *details, void *record);
} kinds[] = {
        {STR_INIT("User"), &iam_user_record_type, NULL, add_user},
        {STR_INIT("Group"), &iam_group_record_type, NULL, add_group},
        {STR_INIT("Role"), &iam_role_record_type, NULL, add_role},
        {STR_INIT("LocalManagedPolicy"), &iam_policy_record_type, NULL, add_local_policy},
        {STR_INIT("AWSManagedPolicy"), &iam_policy_use_record_type, is_aws_policy, add_aws_policy},
};

static bool is_asked(const struct str_list *filter, struct str kind)
{
        for (size_t i = 0; i < filter->count; i++)
                if (str_eq(filter->items[i], kind))
                        return true;
        return filter->count == 0;
}

/* The account is the first member of each of these records. */
_Static_assert(offsetof(struct iam_user_record, account) == 0 &&
                       offsetof(struct iam_group_record, account) == 0 &&
                       offsetof(struct iam_role_record, account) == 0 &&
                       offsetof(struct iam_policy_record, account) == 0 &&
                       offsetof(struct iam_policy_use_record, account) == 0,
               "set_account() writes at the front");
static void set_account(union any_record *record, struct str account)
{
        memset(record, 0, sizeof(*record));
        memcpy(record, &account, sizeof(account));
}

/* Where the page ends so far: the kind's number, then the place among its records. */
static int note_place(struct details *details, size_t index, struct str place)
{
        char *bytes = arena_alloc(&details->call->arena, 1 + place.len);

        if (!bytes)
                return -ENOMEM;
        bytes[0] = (char)('0' + index);
        memcpy(bytes + 1, place.ptr, place.len);
        details->page.last = str_make(bytes, 1 + place.len);
        return 0;
}

static int walk(struct details *details, size_t index, struct str after)
{
        const struct kind *kind = &kinds[index];
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct call *call = details->call;
        union any_record record;
        int result;

        set_account(&record, call->account);
        TRY(record_scan_begin(&scan, call->txn, &call->arena, kind->type, NULL, &record, 1, after));
        while ((result = record_scan_next(&scan, &record)) == 0) {
                if (kind->is_wanted && !kind->is_wanted(&record))
                        continue;
                details->is_more = iam_page_is_full(&details->page);
                if (details->is_more)
                        return 0;
                TRY(kind->add(details, &record));
                details->page.count++;
                TRY(note_place(details, index, record_scan_token(&scan, &call->arena)));
        }
        return result == -ENOENT ? 0 : result;
}

static int make_lists(struct details *details)
{
        struct arena *arena = &details->call->arena;
        struct iam_get_account_authorization_details_out *out = details->out;
        size_t limit = details->page.limit;

        out->user_detail_list.items = arena_new_array(arena, struct iam_user_detail, limit);
        out->group_detail_list.items = arena_new_array(arena, struct iam_group_detail, limit);
        out->role_detail_list.items = arena_new_array(arena, struct iam_role_detail, limit);
        out->policies.items = arena_new_array(arena, struct iam_managed_policy_detail, limit);
        if (!out->user_detail_list.items || !out->group_detail_list.items || !out->role_detail_list.items ||
            !out->policies.items)
                return -ENOMEM;
        out->user_detail_list.is_set = out->group_detail_list.is_set = true;
        out->role_detail_list.is_set = out->policies.is_set = true;
        return 0;
}

int iam_get_account_authorization_details(struct call *call,
                                          const struct iam_get_account_authorization_details_in *in,
                                          struct iam_get_account_authorization_details_out *out)
{
        struct details details = {.call = call, .out = out};
        size_t first = 0;
        struct str after = STR_NONE;

        TRY(iam_page_begin(&details.page, call, in->marker, in->max_items, STR_NONE));
        if (str_is_set(details.page.after) && details.page.after.len > 0) {
                first = (size_t)(details.page.after.ptr[0] - '0');
                after = str_from(details.page.after, 1);
        }
        TRY(make_lists(&details));
        for (size_t i = first; i < ARRAY_LEN(kinds) && !details.is_more; i++)
                if (is_asked(&in->filter, kinds[i].filter))
                        TRY(walk(&details, i, i == first ? after : STR_NONE));
        return iam_page_end(&details.page, details.is_more, &out->is_truncated, &out->marker);
}
