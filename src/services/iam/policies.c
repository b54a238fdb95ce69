#include "services/iam/policies.h"

#include "services/iam/document.h"
#include "services/iam/entity.h"
#include "services/iam/quota.h"

#include <inttypes.h>

struct str iam_policy_arn(struct arena *arena, const struct iam_policy_record *record)
{
        return iam_arn(arena, record->account, "policy", record->path, record->name);
}

void iam_policy_of_record(struct arena *arena, const struct iam_policy_record *record,
                          struct iam_managed *ret)
{
        *ret = (struct iam_managed){
                .arn = iam_policy_arn(arena, record),
                .is_aws = str_eq(record->account, IAM_AWS_ACCOUNT),
                .record = *record,
        };
}

void iam_policy_of_builtin(struct arena *arena, const struct managed_policy *builtin, struct iam_managed *ret)
{
        struct iam_policy_record record = {
                .account = IAM_AWS_ACCOUNT,
                .name = builtin->name,
                .id = builtin->id,
                .path = builtin->path,
                .created = OPT_INT(builtin->created_ms),
                .updated = OPT_INT(builtin->updated_ms),
                .default_version = OPT_INT(builtin->version),
                .last_version = OPT_INT(builtin->version),
                .version_count = OPT_INT(1),
        };

        iam_policy_of_record(arena, &record, ret);
        ret->builtin = builtin;
}

bool iam_is_policy_arn(struct str arn)
{
        struct iam_arn_parts parts;

        return iam_arn_parse(arn, &parts) == 0 && str_eq(parts.kind, STR("policy"));
}

int iam_policy_find(struct txn *txn, struct arena *arena, struct str account, struct str arn,
                    struct iam_managed *ret)
{
        struct iam_policy_record record = {};
        const struct managed_policy *builtin;
        struct iam_arn_parts parts;
        int r;

        if (iam_arn_parse(arn, &parts) < 0 || !str_eq(parts.kind, STR("policy")))
                return -ENOENT;
        if (!str_eq(parts.account, account) && !str_eq(parts.account, IAM_AWS_ACCOUNT))
                return -ENOENT;

        record.account = parts.account;
        record.name = parts.name;
        r = record_get(txn, arena, &iam_policy_record_type, &record);
        if (r >= 0) {
                iam_policy_of_record(arena, &record, ret);
                return str_eq(ret->arn, arn) ? 0 : -ENOENT; /* another path, or another case of the name */
        }
        if (r != -ENOENT)
                return r;
        builtin = managed_policy_find(arn);
        if (!builtin)
                return -ENOENT;
        iam_policy_of_builtin(arena, builtin, ret);
        return 0;
}

int iam_policy_version(struct txn *txn, struct arena *arena, const struct iam_managed *policy, int64_t number,
                       struct iam_policy_version_record *ret)
{
        if (policy->builtin) {
                if (number != policy->builtin->version)
                        return -ENOENT;
                *ret = (struct iam_policy_version_record){
                        .policy_id = policy->builtin->id,
                        .number = OPT_INT(number),
                        .document = policy->builtin->document,
                        .created = OPT_INT(policy->builtin->updated_ms),
                };
                return 0;
        }
        *ret = (struct iam_policy_version_record){.policy_id = policy->record.id, .number = OPT_INT(number)};
        return record_get(txn, arena, &iam_policy_version_record_type, ret);
}

int iam_policy_document(struct txn *txn, struct arena *arena, struct str account, struct str arn,
                        struct str *ret)
{
        struct iam_policy_version_record version;
        struct iam_managed policy;

        TRY(iam_policy_find(txn, arena, account, arn, &policy));
        TRY(iam_policy_version(txn, arena, &policy, policy.record.default_version.value, &version));
        *ret = version.document;
        return 0;
}

int iam_need_policy(struct call *call, struct str arn, struct iam_managed *ret)
{
        int r;

        if (!iam_is_policy_arn(arn))
                return fail(call, &iam_invalid_input_exception, "ARN %.*s is not valid.", STR_ARG(arn));
        r = iam_policy_find(call->txn, &call->arena, call->account, arn, ret);
        if (r == -ENOENT)
                return fail(call, &iam_no_such_entity_exception, "Policy %.*s was not found.", STR_ARG(arn));
        return r;
}

int iam_need_own_policy(struct call *call, struct str arn, struct iam_managed *ret)
{
        TRY(iam_need_policy(call, arn, ret));
        if (ret->is_aws)
                return fail(call, &iam_access_denied,
                            "User: %.*s is not authorized to perform: iam:%.*s on resource: policy %.*s",
                            STR_ARG(call->principal.arn), STR_ARG(call->operation->name), STR_ARG(arn));
        return 0;
}

int iam_need_attachable_policy(struct call *call, const char *what, struct str arn, struct iam_managed *ret)
{
        int r;

        if (!iam_is_policy_arn(arn))
                return fail(call, &iam_invalid_input_exception, "ARN %.*s is not valid.", STR_ARG(arn));
        r = iam_policy_find(call->txn, &call->arena, call->account, arn, ret);
        if (r == -ENOENT)
                return fail(call, &iam_no_such_entity_exception,
                            "%s %.*s does not exist or is not attachable.", what, STR_ARG(arn));
        if (r < 0)
                return r;
        if (ret->is_aws && str_starts(ret->record.path, STR("/aws-service-role/")))
                return fail(call, &iam_policy_not_attachable_exception,
                            "Cannot attach a Service Role Policy to a Customer Role.");
        return 0;
}

int iam_policy_use(struct call *call, struct str policy_id, struct iam_policy_use_record *ret)
{
        int r;

        *ret = (struct iam_policy_use_record){.account = call->account, .policy_id = policy_id};
        r = call_get(call, &iam_policy_use_record_type, ret);
        return r == -ENOENT ? 0 : r;
}

struct str iam_version_id(struct arena *arena, int64_t number)
{
        return arena_printf(arena, "v%" PRId64, number);
}

int iam_version_number(struct str version_id, int64_t *ret)
{
        if (!str_starts(version_id, STR("v")))
                return -EINVAL;
        TRY(str_to_i64(str_from(version_id, 1), ret));
        return *ret > 0 ? 0 : -EINVAL;
}

int iam_check_document(struct call *call, struct str document, enum policy_kind kind)
{
        _cleanup_(policy_freep) struct policy *policy = NULL;
        char problem[POLICY_PROBLEM_MAX];
        int r = policy_compile(document, kind, &policy, problem);

        if (r == -EINVAL)
                return fail(call, &iam_malformed_policy_document_exception, "%s", problem);
        return r;
}

/* https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html */
int iam_check_managed_document(struct call *call, struct str document)
{
        TRY(iam_check_document(call, document, POLICY_IDENTITY));
        if (!iam_document_is_current(document))
                return fail(call, &iam_malformed_policy_document_exception,
                            "Policy document must be version 2012-10-17 or greater.");
        if (iam_document_length(document) > IAM_POLICY_SIZE)
                return iam_over_quota(call, "PolicySize", IAM_POLICY_SIZE);
        return 0;
}
