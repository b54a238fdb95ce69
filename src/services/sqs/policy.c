/* Policies of queues.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-using-identity-based-policies.html
 */
#include "services/label.h"
#include "services/policy_statement.h"
#include "services/resource_policy.h"
#include "services/sqs/sqs.h"

#include <jansson.h>

/* https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html */
#define BYTES_MAX      8192
#define CONDITIONS_MAX 10
#define STATEMENTS_MAX 20
#define ACTIONS_MAX    7
#define PRINCIPALS_MAX 50

static void json_done(json_t **json)
{
        json_decref(*json);
}

static int invalid(struct call *call)
{
        return fail(call, &sqs_invalid_attribute_value, "Invalid value for the parameter Policy.");
}

static size_t count_of(const json_t *value)
{
        return !value ? 0 : json_is_array(value) ? json_array_size(value) : 1;
}

static size_t count_principals(const json_t *principal)
{
        size_t count = 0;
        const char *kind;
        json_t *value;

        json_object_foreach((json_t *)(uintptr_t)principal, kind, value) count += count_of(value);
        return count;
}

static size_t count_conditions(const json_t *condition)
{
        size_t count = 0;
        const char *operator_name;
        json_t *value;

        json_object_foreach((json_t *)(uintptr_t)condition, operator_name, value) count +=
                json_object_size(value);
        return count;
}

static int over(struct call *call, const char *what, size_t found, size_t most)
{
        if (found <= most)
                return 0;
        return fail(call, &sqs_over_limit, "%zu %s were found, maximum allowed is %zu.", found, what, most);
}

static int too_many(struct call *call, size_t found)
{
        return fail(call, &sqs_over_limit,
                    "%zu statements were found in the submitted policy, max allowed is %d", found,
                    STATEMENTS_MAX);
}

static int check_statement(struct call *call, const json_t *statement)
{
        TRY(over(call, "Actions", count_of(json_object_get(statement, "Action")), ACTIONS_MAX));
        TRY(over(call, "Principals", count_principals(json_object_get(statement, "Principal")),
                 PRINCIPALS_MAX));
        return over(call, "Conditions", count_conditions(json_object_get(statement, "Condition")),
                    CONDITIONS_MAX);
}

/* Of a document that compiles. */
static int check_quotas(struct call *call, struct str document)
{
        _cleanup_(json_done) json_t *policy = json_loadb(document.ptr, document.len, 0, NULL);
        json_t *statements = json_object_get(policy, "Statement");

        if (count_of(statements) > STATEMENTS_MAX)
                return too_many(call, count_of(statements));
        if (!json_is_array(statements))
                return check_statement(call, statements);
        for (size_t i = 0; i < json_array_size(statements); i++)
                TRY(check_statement(call, json_array_get(statements, i)));
        return 0;
}

int sqs_set_policy(struct call *call, struct str document, struct sqs_queue_record *queue)
{
        struct resource_policy policy = {};
        struct str refused = STR_NONE;
        const struct policy *compiled;
        int r = 0;

        if (document.len > BYTES_MAX)
                return invalid(call);
        if (document.len) {
                r = call_policy(call, document, POLICY_RESOURCE, &compiled);
                if (r == 0)
                        r = check_quotas(call, document);
                if (r == 0)
                        r = resource_policy_set(call, document, &policy, &refused);
        }
        if (r == -EINVAL)
                return invalid(call);
        TRY(r);
        queue->policy = policy.enforced;
        queue->policy_text = policy.text;
        queue->policy_shown = policy.shown;
        return 0;
}

int sqs_tell_policy(struct call *call, const struct sqs_queue_record *queue, struct str *ret)
{
        const struct resource_policy policy = {queue->policy, queue->policy_text, queue->policy_shown};

        *ret = STR_NONE;
        return str_is_set(queue->policy) ? resource_policy_tell(call, &policy, ret) : 0;
}

/* -- AddPermission and RemovePermission: a statement of one's own label */

static int check_label(struct call *call, struct str label)
{
        if (label_is_valid(label))
                return 0;
        return sqs_bad_value(call, label, "Label",
                             "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in "
                             "length.");
}

static int add_actions(struct call *call, const struct str_list *actions, json_t *list)
{
        static const struct str SHARED[] = {
                STR_INIT("*"),
                STR_INIT("SendMessage"),
                STR_INIT("ReceiveMessage"),
                STR_INIT("DeleteMessage"),
                STR_INIT("ChangeMessageVisibility"),
                STR_INIT("GetQueueAttributes"),
                STR_INIT("GetQueueUrl"),
                STR_INIT("ListDeadLetterSourceQueues"),
                STR_INIT("PurgeQueue"),
        };

        for (size_t i = 0; i < actions->count; i++) {
                struct str action = actions->items[i];
                bool is_known = false;

                for (size_t k = 0; k < ARRAY_LEN(SHARED); k++)
                        is_known |= str_eq(SHARED[k], action);
                if (!is_known)
                        return sqs_bad_value(call, action, "ActionName",
                                             "Only the queue owner is allowed to invoke this action.");
                json_array_append_new(list,
                                      policy_text(arena_printf(&call->arena, "SQS:%.*s", STR_ARG(action))));
        }
        return 0;
}

static int add_accounts(struct call *call, const struct str_list *accounts, json_t *list)
{
        struct str refused;
        int r = policy_add_accounts(call, accounts, list, &refused);

        return r == -EINVAL ? sqs_bad_value(call, refused, "PrincipalId", "Unable to verify.") : r;
}

static int make_statement(struct call *call, const struct sqs_add_permission_in *in,
                          const struct sqs_queue_record *queue, json_t *statement)
{
        json_t *accounts = json_array(), *actions = json_array(), *principal = json_object();

        json_object_set_new(principal, "AWS", accounts);
        json_object_set_new(statement, "Sid", policy_text(in->label));
        json_object_set_new(statement, "Effect", json_string("Allow"));
        json_object_set_new(statement, "Principal", principal);
        json_object_set_new(statement, "Action", actions);
        json_object_set_new(statement, "Resource", policy_text(sqs_queue_arn(call, queue)));
        TRY(add_accounts(call, &in->aws_account_ids, accounts));
        return add_actions(call, &in->actions, actions);
}

/* The policy that there is, or the beginning of one. */
static int load(struct call *call, const struct sqs_queue_record *queue, json_t **ret)
{
        struct str document;

        TRY(sqs_tell_policy(call, queue, &document));
        *ret = str_is_set(document) ? json_loadb(document.ptr, document.len, 0, NULL) : json_object();
        if (!*ret)
                return -EBADMSG;
        if (str_is_set(document))
                return 0;
        json_object_set_new(*ret, "Version", json_string("2012-10-17"));
        json_object_set_new(*ret, "Id",
                            policy_text(arena_printf(&call->arena, "%.*s/SQSDefaultPolicy",
                                                     STR_ARG(sqs_queue_arn(call, queue)))));
        json_object_set_new(*ret, "Statement", json_array());
        return 0;
}

static int store(struct call *call, json_t *policy, struct sqs_queue_record *queue)
{
        struct str document;

        TRY(policy_write(call, policy, &document));
        TRY(sqs_set_policy(call, json_array_size(policy_statements(policy)) ? document : STR(""), queue));
        queue->modified = OPT_INT(call->now_ms);
        return call_put(call, &sqs_queue_record_type, queue);
}

int sqs_add_permission(struct call *call, const struct sqs_add_permission_in *in,
                       struct sqs_add_permission_out *out)
{
        _cleanup_(json_done) json_t *policy = NULL;
        _cleanup_(json_done) json_t *statement = json_object();
        struct sqs_queue_record queue;
        json_t *statements;

        (void)out;
        TRY(sqs_need_queue(call, in->queue_url, &queue));
        TRY(check_label(call, in->label));
        if (in->actions.count > ACTIONS_MAX || in->aws_account_ids.count > PRINCIPALS_MAX)
                return fail(call, &sqs_over_limit, "%zu %s were found, maximum allowed is %d.",
                            in->actions.count > ACTIONS_MAX ? in->actions.count : in->aws_account_ids.count,
                            in->actions.count > ACTIONS_MAX ? "Actions" : "Principals",
                            in->actions.count > ACTIONS_MAX ? ACTIONS_MAX : PRINCIPALS_MAX);
        TRY(make_statement(call, in, &queue, statement));
        TRY(load(call, &queue, &policy));
        statements = policy_statements(policy);
        if (policy_find_statement(policy, in->label) >= 0)
                return sqs_bad_value(call, in->label, "Label", "Already exists.");
        if (json_array_size(statements) >= STATEMENTS_MAX)
                return too_many(call, json_array_size(statements) + 1);
        json_array_append(statements, statement);
        return store(call, policy, &queue);
}

int sqs_remove_permission(struct call *call, const struct sqs_remove_permission_in *in,
                          struct sqs_remove_permission_out *out)
{
        _cleanup_(json_done) json_t *policy = NULL;
        struct sqs_queue_record queue;
        ptrdiff_t at;

        (void)out;
        TRY(sqs_need_queue(call, in->queue_url, &queue));
        TRY(load(call, &queue, &policy));
        at = policy_find_statement(policy, in->label);
        if (at < 0)
                return sqs_bad_value(call, in->label, "Label", "can't find label on existing policy.");
        json_array_remove(policy_statements(policy), (size_t)at);
        return store(call, policy, &queue);
}
