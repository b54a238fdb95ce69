/* Versions of managed policies: at most five, one of them the default, numbers never given twice.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html */
#include "services/iam/document.h"
#include "services/iam/entity.h"
#include "services/iam/page.h"
#include "services/iam/policies.h"
#include "services/iam/quota.h"

int iam_put_version(struct call *call, struct str policy_id, int64_t number, struct str document)
{
        struct iam_policy_version_record version = {
                .policy_id = policy_id,
                .number = OPT_INT(number),
                .document = document,
                .created = OPT_INT(call->now_ms),
        };

        TRY(iam_count_up(call, IAM_COUNT_POLICY_VERSIONS, "PolicyVersionsInUse", IAM_POLICY_VERSIONS_IN_USE));
        return call_insert(call, &iam_policy_version_record_type, &version);
}

int iam_drop_version(struct call *call, struct str policy_id, int64_t number)
{
        struct iam_policy_version_record version = {.policy_id = policy_id, .number = OPT_INT(number)};

        TRY(call_delete(call, &iam_policy_version_record_type, &version));
        return iam_count_down(call, IAM_COUNT_POLICY_VERSIONS);
}

static void show(struct call *call, const struct iam_managed *policy,
                 const struct iam_policy_version_record *version, bool with_document,
                 struct iam_policy_version *ret)
{
        *ret = (struct iam_policy_version){
                .version_id = iam_version_id(&call->arena, version->number.value),
                .is_default_version = OPT_BOOL(version->number.value == policy->record.default_version.value),
                .create_date = version->created,
        };
        if (with_document)
                ret->document = iam_document_encode(&call->arena, version->document);
}

static int versions_of_builtin(struct call *call, const struct iam_managed *policy, bool with_documents,
                               struct iam_policy_version_list *ret)
{
        struct iam_policy_version_record version = {};

        TRY(iam_policy_version(call->txn, &call->arena, policy, policy->builtin->version, &version));
        show(call, policy, &version, with_documents, &ret->items[0]);
        ret->count = 1;
        return 0;
}

int iam_versions_of(struct call *call, const struct iam_managed *policy, bool with_documents,
                    struct iam_policy_version_list *ret)
{
        struct iam_policy_version_record like = {.policy_id = policy->record.id}, version;
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct iam_policy_version shown[IAM_VERSIONS_PER_POLICY];
        size_t count = 0;
        int r;

        *ret = (struct iam_policy_version_list){.is_set = true};
        ret->items = arena_new_array(&call->arena, struct iam_policy_version, IAM_VERSIONS_PER_POLICY);
        if (!ret->items)
                return -ENOMEM;
        if (policy->builtin)
                return versions_of_builtin(call, policy, with_documents, ret);
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &iam_policy_version_record_type, NULL, &like, 1,
                              STR_NONE));
        while (count < IAM_VERSIONS_PER_POLICY && (r = record_scan_next(&scan, &version)) == 0)
                show(call, policy, &version, with_documents, &shown[count++]);
        if (count < IAM_VERSIONS_PER_POLICY && r != -ENOENT)
                return r;
        for (size_t i = 0; i < count; i++)
                ret->items[i] = shown[count - 1 - i];
        ret->count = count;
        return 0;
}

static int need_version(struct call *call, const struct iam_managed *policy, struct str version_id,
                        struct iam_policy_version_record *ret)
{
        int64_t number;
        int r = iam_version_number(version_id, &number);

        if (r >= 0)
                r = iam_policy_version(call->txn, &call->arena, policy, number, ret);
        if (r == -ENOENT || r == -EINVAL || r == -ERANGE)
                return fail(call, &iam_no_such_entity_exception,
                            "Policy %.*s version %.*s does not exist or is not attachable.",
                            STR_ARG(policy->arn), STR_ARG(version_id));
        return r;
}

int iam_create_policy_version(struct call *call, const struct iam_create_policy_version_in *in,
                              struct iam_create_policy_version_out *out)
{
        struct iam_policy_version_record version = {.created = OPT_INT(call->now_ms)};
        struct iam_managed policy;
        struct iam_policy_record *record = &policy.record;

        TRY(iam_need_own_policy(call, in->policy_arn, &policy));
        TRY(iam_check_managed_document(call, in->policy_document));
        if (record->version_count.value >= IAM_VERSIONS_PER_POLICY)
                return fail(call, &iam_limit_exceeded_exception,
                            "A managed policy can have up to %d versions. Before you create a new version, "
                            "you must delete an existing version.",
                            IAM_VERSIONS_PER_POLICY);
        record->last_version.value++;
        record->version_count.value++;
        record->updated = OPT_INT(call->now_ms);
        if (in->set_as_default.value)
                record->default_version = record->last_version;
        TRY(iam_put_version(call, record->id, record->last_version.value, in->policy_document));
        TRY(call_put(call, &iam_policy_record_type, record));

        version.number = record->last_version;
        out->policy_version = arena_new(&call->arena, struct iam_policy_version);
        if (!out->policy_version)
                return -ENOMEM;
        show(call, &policy, &version, false, out->policy_version);
        return 0;
}

int iam_get_policy_version(struct call *call, const struct iam_get_policy_version_in *in,
                           struct iam_get_policy_version_out *out)
{
        struct iam_policy_version_record version = {};
        struct iam_managed policy;

        TRY(iam_need_policy(call, in->policy_arn, &policy));
        TRY(need_version(call, &policy, in->version_id, &version));
        out->policy_version = arena_new(&call->arena, struct iam_policy_version);
        if (!out->policy_version)
                return -ENOMEM;
        show(call, &policy, &version, true, out->policy_version);
        return 0;
}

/* Newest first; a marker is the version that ended the page. */
int iam_list_policy_versions(struct call *call, const struct iam_list_policy_versions_in *in,
                             struct iam_list_policy_versions_out *out)
{
        struct iam_managed policy;
        struct iam_page page;
        size_t first = 0, end;
        int64_t last_shown = INT64_MAX, number;

        TRY(iam_need_policy(call, in->policy_arn, &policy));
        TRY(iam_page_begin(&page, call, in->marker, in->max_items, policy.record.id));
        TRY(iam_versions_of(call, &policy, false, &out->versions));
        if (str_is_set(page.after))
                TRY(iam_version_number(page.after, &last_shown));
        for (; first < out->versions.count; first++) {
                TRY(iam_version_number(out->versions.items[first].version_id, &number));
                if (number < last_shown)
                        break;
        }
        end = out->versions.count - first > page.limit ? first + page.limit : out->versions.count;
        if (end > first)
                page.last = out->versions.items[end - 1].version_id;
        TRY(iam_page_end(&page, end < out->versions.count, &out->is_truncated, &out->marker));
        out->versions.items += first;
        out->versions.count = end - first;
        return 0;
}

int iam_set_default_policy_version(struct call *call, const struct iam_set_default_policy_version_in *in,
                                   struct iam_set_default_policy_version_out *out)
{
        struct iam_policy_version_record version = {};
        struct iam_managed policy;

        (void)out;
        TRY(iam_need_own_policy(call, in->policy_arn, &policy));
        TRY(need_version(call, &policy, in->version_id, &version));
        policy.record.default_version = version.number;
        return call_put(call, &iam_policy_record_type, &policy.record);
}

int iam_delete_policy_version(struct call *call, const struct iam_delete_policy_version_in *in,
                              struct iam_delete_policy_version_out *out)
{
        struct iam_policy_version_record version = {};
        struct iam_managed policy;

        (void)out;
        TRY(iam_need_own_policy(call, in->policy_arn, &policy));
        TRY(need_version(call, &policy, in->version_id, &version));
        if (version.number.value == policy.record.default_version.value)
                return fail(call, &iam_delete_conflict_exception,
                            "Cannot delete the default version of a policy.");
        TRY(iam_drop_version(call, policy.record.id, version.number.value));
        policy.record.version_count.value--;
        return call_put(call, &iam_policy_record_type, &policy.record);
}
