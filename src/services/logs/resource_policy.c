#include "services/logs/resource_policy.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/ids.h"
#include "services/marker.h"

#define PER_REGION   10
#define DOCUMENT_MAX 5120 /* of an account's */
#define NAME_MAX     256
#define PAGE         50

/* -- Asked of services: all that count, as one */

struct subject {
        struct str account, region;
        int64_t group;
};

static int add_statements(json_t *statements, struct str document)
{
        json_t *policy = json_loadb(document.ptr, document.len, 0, NULL), *given, *one;
        size_t i;
        int r = 0;

        if (!policy)
                return -EBADMSG;
        given = json_object_get(policy, "Statement");
        if (json_is_object(given))
                r = json_array_append(statements, given);
        json_array_foreach(given, i, one)
        {
                if (json_array_append(statements, one) < 0)
                        r = -1;
        }
        json_decref(policy);
        return r < 0 ? -ENOMEM : 0;
}

static int gather(struct call *call, const struct subject *subject, int64_t group, json_t *statements)
{
        const struct logs_resource_policy_record like = {
                .account = subject->account, .region = subject->region, .group = OPT_INT(group)};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct logs_resource_policy_record policy = {};
        int r;

        TRY(record_scan_begin(&scan, call->txn, &call->arena, &logs_resource_policy_record_type, NULL, &like,
                              3, STR_NONE));
        while ((r = record_scan_next(&scan, &policy)) == 0) {
                TRY(add_statements(statements, policy.document));
                policy = (struct logs_resource_policy_record){};
        }
        return r == -ENOENT ? 0 : r;
}

static int join(struct call *call, json_t *statements, struct str *ret)
{
        json_t *all = json_pack("{s:s, s:O}", "Version", "2012-10-17", "Statement", statements);
        char *text = all ? json_dumps(all, JSON_COMPACT) : NULL;

        json_decref(all);
        if (!text)
                return -ENOMEM;
        *ret = arena_dup(&call->arena, str_of(text));
        free(text);
        return 0;
}

static int settle(struct call *call, struct str action, struct resource *resource)
{
        const struct subject *subject = resource->of;
        json_t *statements;
        int r;

        if (!str_eq(action, STR("logs:PutLogEvents")) && !str_eq(action, STR("logs:CreateLogStream")))
                return 0;
        statements = json_array();
        if (!statements)
                return -ENOMEM;
        r = gather(call, subject, 0, statements);
        if (r == 0 && subject->group)
                r = gather(call, subject, subject->group, statements);
        if (r == 0 && json_array_size(statements))
                r = join(call, statements, &resource->policy);
        json_decref(statements);
        resource->policy_kind = POLICY_RESOURCE;
        resource->policy_name = STR("resource policies");
        return r;
}

void logs_attach_policies(struct call *call, const struct logs_name *name, int64_t group,
                          struct resource *resource)
{
        struct subject *subject = arena_new(&call->arena, struct subject);

        if (call->principal.kind != AWS_SERVICE || !subject)
                return; /* nobody but services is asked of them */
        *subject = (struct subject){name->account, name->region, group};
        resource->of = subject;
        resource->settle = settle;
}

/* -- Kept */

static int check_document(struct call *call, struct str document, size_t most)
{
        char problem[POLICY_PROBLEM_MAX];
        struct policy *policy;
        int r;

        if (!str_is_set(document))
                return call_invalid(call, "A policy document is required.");
        if (document.len > most)
                return call_invalid(call, "The policy document exceeds the limit of %zu characters.", most);
        r = policy_compile(document, POLICY_RESOURCE, &policy, problem);
        if (r == -EINVAL)
                return call_invalid(call, "Invalid resource policy: %s", problem);
        TRY(r);
        policy_free(policy);
        return 0;
}

/* "An account can have a maximum of 10 policies without resourceARN" */
static int check_count(struct call *call)
{
        const struct logs_resource_policy_record like = {
                .account = call->account, .region = call->region, .group = OPT_INT(0)};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct logs_resource_policy_record policy;
        size_t count = 0;
        int r;

        TRY(record_scan_begin(&scan, call->txn, &call->arena, &logs_resource_policy_record_type, NULL, &like,
                              3, STR_NONE));
        while ((r = record_scan_next(&scan, &policy)) == 0)
                count++;
        if (r != -ENOENT)
                return r;
        return count < PER_REGION ? 0
                                  : fail(call, &logs_limit_exceeded_exception, "Resource limit exceeded.");
}

/* What is named, by its name or by its group; *ret is what is stored of it. -ENOENT: nothing yet. */
static int find(struct call *call, struct str policy_name, struct str arn,
                struct logs_resource_policy_record *ret)
{
        struct logs_log_group_record group = {.number = OPT_INT(0)};

        if (str_is_set(arn)) {
                if (!str_starts(arn, STR("arn:")))
                        return call_invalid(call, "Invalid resource ARN '%.*s'.", STR_ARG(arn));
                TRY(logs_need_either(call, STR_NONE, arn, &group));
                if (!str_eq(group.account, call->account))
                        return logs_no_group(call);
                policy_name = STR("");
        } else if (!policy_name.len || policy_name.len > NAME_MAX) {
                return call_invalid(call, "A policy name of 1 to %d characters is required.", NAME_MAX);
        }
        *ret = (struct logs_resource_policy_record){
                .account = call->account, .region = call->region, .group = group.number, .name = policy_name};
        return call_get(call, &logs_resource_policy_record_type, ret);
}

/* "Required when resourceArn is provided to prevent concurrent modifications." */
static int check_revision(struct call *call, const struct logs_resource_policy_record *policy,
                          struct str expected)
{
        if (policy->group.value == 0 || str_eq(policy->revision, expected))
                return 0;
        return fail(call, &logs_operation_aborted_exception,
                    "The expected revision id is not that of the resource policy.");
}

static int show(struct call *call, const struct logs_resource_policy_record *policy, struct str name,
                struct logs_resource_policy *ret)
{
        struct logs_log_group_record group = {.number = policy->group};

        *ret = (struct logs_resource_policy){
                .policy_name = name,
                .policy_document = policy->document,
                .last_updated_time = policy->updated,
                .policy_scope = policy->group.value ? STR("RESOURCE") : STR("ACCOUNT"),
        };
        if (policy->group.value == 0)
                return 0;
        TRY(call_get(call, &logs_log_group_record_type, &group));
        ret->resource_arn = logs_group_arn(call, &group);
        ret->revision_id = policy->revision;
        return 0;
}

int logs_put_resource_policy(struct call *call, const struct logs_put_resource_policy_in *in,
                             struct logs_put_resource_policy_out *out)
{
        struct logs_resource_policy_record policy = {};
        int r;

        TRY(check_document(call, in->policy_document, str_is_set(in->resource_arn) ? 51200 : DOCUMENT_MAX));
        r = find(call, in->policy_name, in->resource_arn, &policy);
        if (r < 0 && r != -ENOENT)
                return r;
        if (r == -ENOENT && policy.group.value == 0)
                TRY(check_count(call));
        TRY(check_revision(call, &policy, in->expected_revision_id));
        policy.document = in->policy_document;
        policy.updated = OPT_INT(call->now_ms);
        policy.revision = id_uuid(&call->arena);
        TRY(call_put(call, &logs_resource_policy_record_type, &policy));
        out->resource_policy = arena_new(&call->arena, struct logs_resource_policy);
        if (!out->resource_policy)
                return -ENOMEM;
        if (policy.group.value)
                out->revision_id = policy.revision;
        return show(call, &policy, in->policy_name, out->resource_policy);
}

int logs_delete_resource_policy(struct call *call, const struct logs_delete_resource_policy_in *in,
                                struct logs_delete_resource_policy_out *out)
{
        struct logs_resource_policy_record policy = {};
        int r = find(call, in->policy_name, in->resource_arn, &policy);

        (void)out;
        if (r == -ENOENT)
                return fail(call, &logs_resource_not_found_exception,
                            "Policy with name [%.*s] does not exist.", STR_ARG(in->policy_name));
        TRY(r);
        TRY(check_revision(call, &policy, in->expected_revision_id));
        return call_delete(call, &logs_resource_policy_record_type, &policy);
}

int logs_drop_policy(struct call *call, const struct logs_log_group_record *group)
{
        const struct logs_resource_policy_record policy = {
                .account = group->account, .region = group->region, .group = group->number, .name = STR("")};
        int r = call_delete(call, &logs_resource_policy_record_type, &policy);

        return r == -ENOENT ? 0 : r;
}

static int list(struct call *call, struct str after, size_t limit,
                struct logs_describe_resource_policies_out *out)
{
        const struct logs_resource_policy_record like = {
                .account = call->account, .region = call->region, .group = OPT_INT(0)};
        struct logs_resource_policy_list *policies = &out->resource_policies;
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct logs_resource_policy_record policy = {};
        struct str place = STR_NONE;
        int r;

        TRY(record_scan_begin(&scan, call->txn, &call->arena, &logs_resource_policy_record_type, NULL, &like,
                              3, after));
        while ((r = record_scan_next(&scan, &policy)) == 0) {
                if (policies->count == limit)
                        return marker_make(call, STR("policies"), place, &out->next_token);
                place = record_scan_token(&scan, &call->arena);
                TRY(show(call, &policy, policy.name, &policies->items[policies->count++]));
                policy = (struct logs_resource_policy_record){};
        }
        return r == -ENOENT ? 0 : r;
}

int logs_describe_resource_policies(struct call *call, const struct logs_describe_resource_policies_in *in,
                                    struct logs_describe_resource_policies_out *out)
{
        size_t limit = in->limit.is_set ? (size_t)in->limit.value : PAGE;
        struct logs_resource_policy_record policy = {};
        struct str after;
        int r;

        TRY(logs_read_token(call, STR("policies"), in->next_token, &after));
        out->resource_policies.is_set = true;
        out->resource_policies.items = arena_new_array(&call->arena, struct logs_resource_policy, PAGE);
        if (!out->resource_policies.items)
                return -ENOMEM;
        if (!str_is_set(in->resource_arn)) {
                if (str_eq(in->policy_scope, STR("RESOURCE")))
                        return call_invalid(call, "A resource ARN is required for policies of resources.");
                return list(call, after, limit, out);
        }
        r = find(call, STR_NONE, in->resource_arn, &policy);
        if (r == -ENOENT)
                return 0;
        TRY(r);
        out->resource_policies.count = 1;
        return show(call, &policy, policy.name, &out->resource_policies.items[0]);
}
