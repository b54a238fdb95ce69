#include "services/iam/import.h"

#include "base/clock.h"
#include "base/ids.h"
#include "services/iam/entity.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static void json_done(json_t **json)
{
        json_decref(*json);
}

struct import {
        struct txn *txn;
        struct arena *arena;
        const char *name; /* of the policy that is being read */
        struct iam_import_result *result;
};

static int refuse(struct import *import, const char *what)
{
        snprintf(import->result->problem, sizeof(import->result->problem), "%s: %s", import->name, what);
        return -EINVAL;
}

static struct str member(const json_t *policy, const char *name)
{
        return str_of(json_string_value(json_object_get(policy, name)));
}

static int read_date(struct import *import, const json_t *policy, const char *name, struct opt_int *ret)
{
        ret->is_set = true;
        if (time_parse_iso(member(policy, name), &ret->value) < 0)
                return refuse(import, "createdate and updatedate must be times such as 2015-02-06T18:39:46Z");
        return 0;
}

/* The id stays: that of an earlier import, or of the table. */
static int keep_id(struct import *import, struct iam_policy_record *record)
{
        struct str arn = iam_policy_arn(import->arena, record);
        struct iam_managed old;
        int r = iam_policy_find(import->txn, import->arena, IAM_AWS_ACCOUNT, arn, &old);

        if (r < 0 && r != -ENOENT)
                return r;
        record->id = r == 0 ? old.record.id : id_with_prefix(import->arena, STR("ANPA"), 21);
        return 0;
}

static int drop_old_version(struct import *import, const struct iam_policy_record *record)
{
        struct iam_policy_version_record version = {.policy_id = record->id};
        struct iam_policy_record old = {.account = record->account, .name = record->name};
        int r = record_get(import->txn, import->arena, &iam_policy_record_type, &old);

        if (r < 0)
                return r == -ENOENT ? 0 : r;
        version.number = old.default_version;
        r = record_delete(import->txn, &iam_policy_version_record_type, &version);
        return r == -ENOENT ? 0 : r;
}

static int put_version(struct import *import, const struct iam_policy_record *record, const json_t *document)
{
        _cleanup_(policy_freep) struct policy *policy = NULL;
        char problem[POLICY_PROBLEM_MAX];
        struct iam_policy_version_record version = {
                .policy_id = record->id, .number = record->default_version, .created = record->updated};
        char *text = json_dumps(document, JSON_COMPACT);
        int r;

        if (!text)
                return refuse(import, "lacks its document");
        version.document = str_of(text);
        r = policy_compile(version.document, POLICY_IDENTITY, &policy, problem);
        if (r == -EINVAL)
                r = refuse(import, problem);
        if (r == 0)
                r = record_put(import->txn, &iam_policy_version_record_type, &version);
        free(text);
        return r;
}

static int import_one(struct import *import, const json_t *policy)
{
        struct iam_policy_record record = {.account = IAM_AWS_ACCOUNT, .version_count = OPT_INT(1)};
        struct str arn = member(policy, "arn");
        struct iam_arn_parts parts;

        if (!str_starts(arn, MANAGED_POLICY_ARN_PREFIX) || iam_arn_parse(arn, &parts) < 0)
                return refuse(import, "its arn is not that of an AWS managed policy");
        record.name = parts.name;
        record.path = parts.path;
        record.default_version.is_set = true;
        if (iam_version_number(member(policy, "version"), &record.default_version.value) < 0)
                return refuse(import, "version must be such as v1");
        record.last_version = record.default_version;
        TRY(read_date(import, policy, "createdate", &record.created));
        TRY(read_date(import, policy, "updatedate", &record.updated));
        TRY(keep_id(import, &record));
        TRY(drop_old_version(import, &record));
        TRY(put_version(import, &record, json_object_get(policy, "document")));
        return record_put(import->txn, &iam_policy_record_type, &record);
}

int iam_import_managed(struct txn *txn, struct arena *arena, struct str json, struct iam_import_result *ret)
{
        struct import import = {.txn = txn, .arena = arena, .name = "file", .result = ret};
        _cleanup_(json_done) json_t *policies = NULL;
        json_error_t error;
        json_t *policy;

        *ret = (struct iam_import_result){};
        policies = json_loadb(json.ptr, json.len, JSON_REJECT_DUPLICATES, &error);
        if (!policies)
                return refuse(&import, error.text);
        if (!json_is_object(policies))
                return refuse(&import, "is not a JSON object of policies by name");
        json_object_foreach(policies, import.name, policy)
        {
                if (!str_is_set(member(policy, "arn"))) {
                        ret->passed_over++;
                        continue;
                }
                TRY(import_one(&import, policy));
                ret->imported++;
        }
        return arena->failed ? -ENOMEM : 0;
}
