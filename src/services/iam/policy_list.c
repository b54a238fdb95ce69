/* ListPolicies: an account's own policies by name, then AWS's imported ones, then those of the table. */
#include "services/iam/entity.h"
#include "services/iam/page.h"
#include "services/iam/policies.h"

#include <string.h>

/* Where the listing stands: a letter for the stage, and a place in it. */
enum stage { OWN = 'o', IMPORTED = 'i', TABLE = 't' };

struct listing {
        struct call *call;
        const struct iam_list_policies_in *in;
        struct iam_page page;
        struct iam_policy_list *policies;
        struct str path_prefix;
        bool is_more;
};

static bool is_wanted(const struct listing *listing, const struct iam_policy *policy)
{
        const struct iam_list_policies_in *in = listing->in;
        bool as_permissions = policy->attachment_count.value > 0;
        bool as_boundary = policy->permissions_boundary_usage_count.value > 0;

        if (in->only_attached.value && !as_permissions && !as_boundary)
                return false;
        if (!str_is_set(in->policy_usage_filter))
                return true;
        return str_eq(in->policy_usage_filter, STR("PermissionsPolicy")) ? as_permissions : as_boundary;
}

/* The stage and the bytes of a place in it. */
static struct str make_place(struct listing *listing, enum stage stage, struct str bytes)
{
        char *place = arena_alloc(&listing->call->arena, bytes.len + 1);

        if (!place)
                return STR_NONE; /* the arena is marked as failed: the call is refused */
        place[0] = (char)stage;
        memcpy(place + 1, bytes.ptr, bytes.len);
        return str_make(place, bytes.len + 1);
}

/* Takes a policy into the page, if it is wanted; sees to is_more when the page is full. */
static int offer(struct listing *listing, const struct iam_managed *policy, enum stage stage,
                 struct str place)
{
        struct iam_policy shown;

        if (!str_starts(policy->record.path, listing->path_prefix))
                return 0;
        TRY(iam_policy_describe(listing->call, policy, false, &shown));
        if (!is_wanted(listing, &shown))
                return 0;
        if (iam_page_is_full(&listing->page)) {
                listing->is_more = true;
                return 0;
        }
        listing->policies->items[listing->page.count++] = shown;
        listing->page.last = make_place(listing, stage, place);
        return 0;
}

static int list_records(struct listing *listing, struct str account, enum stage stage, struct str after)
{
        struct iam_policy_record like = {.account = account}, record;
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct arena *arena = &listing->call->arena;
        struct iam_managed policy;
        int r;

        TRY(record_scan_begin(&scan, listing->call->txn, arena, &iam_policy_record_type, NULL, &like, 1,
                              after));
        while (!listing->is_more && (r = record_scan_next(&scan, &record)) == 0) {
                iam_policy_of_record(arena, &record, &policy);
                TRY(offer(listing, &policy, stage, record_scan_token(&scan, arena)));
        }
        return listing->is_more || r == -ENOENT ? 0 : r;
}

static bool is_imported(struct listing *listing, struct str name)
{
        struct iam_policy_record record = {.account = IAM_AWS_ACCOUNT, .name = name};

        return record_exists(listing->call->txn, &iam_policy_record_type, &record);
}

static int list_table(struct listing *listing, struct str after)
{
        size_t at = str_is_set(after) ? managed_policy_at(after) : 0;
        struct iam_managed policy;

        if (str_is_set(after) && at < managed_policy_count && str_eq(managed_policies[at].name, after))
                at++;
        for (; !listing->is_more && at < managed_policy_count; at++) {
                const struct managed_policy *builtin = &managed_policies[at];

                if (is_imported(listing, builtin->name))
                        continue;
                iam_policy_of_builtin(&listing->call->arena, builtin, &policy);
                TRY(offer(listing, &policy, TABLE, builtin->name));
        }
        return 0;
}

/* The stage at which to go on, and the place in it. */
static void read_place(const struct listing *listing, enum stage *ret_stage, struct str *ret_place)
{
        struct str after = listing->page.after;

        *ret_stage = OWN;
        *ret_place = STR_NONE;
        if (after.len == 0)
                return;
        *ret_stage = (enum stage)after.ptr[0];
        *ret_place = str_from(after, 1);
}

static int list_stages(struct listing *listing)
{
        bool own = !str_eq(listing->in->scope, STR("AWS")), aws = !str_eq(listing->in->scope, STR("Local"));
        enum stage stage;
        struct str after;

        read_place(listing, &stage, &after);
        if (stage == OWN) {
                if (own)
                        TRY(list_records(listing, listing->call->account, OWN, after));
                stage = IMPORTED;
                after = STR_NONE;
        }
        if (stage == IMPORTED && aws && !listing->is_more) {
                TRY(list_records(listing, IAM_AWS_ACCOUNT, IMPORTED, after));
                after = STR_NONE;
        }
        return aws && !listing->is_more ? list_table(listing, after) : 0;
}

int iam_list_policies(struct call *call, const struct iam_list_policies_in *in,
                      struct iam_list_policies_out *out)
{
        struct listing listing = {
                .call = call, .in = in, .policies = &out->policies, .path_prefix = iam_path(in->path_prefix)};
        struct str subject = arena_printf(&call->arena, "%.*s %.*s %.*s %d", STR_ARG(in->scope),
                                          STR_ARG(listing.path_prefix), STR_ARG(in->policy_usage_filter),
                                          in->only_attached.value);

        TRY(iam_page_begin(&listing.page, call, in->marker, in->max_items, subject));
        out->policies.is_set = true;
        out->policies.items = arena_new_array(&call->arena, struct iam_policy, listing.page.limit);
        if (!out->policies.items)
                return -ENOMEM;
        TRY(list_stages(&listing));
        out->policies.count = listing.page.count;
        return iam_page_end(&listing.page, listing.is_more, &out->is_truncated, &out->marker);
}
