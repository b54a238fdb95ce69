/* Statements of a topic's policy, by their labels.
 * https://docs.aws.amazon.com/sns/latest/api/API_AddPermission.html */
#include "services/label.h"
#include "services/policy_statement.h"
#include "services/sns/attribute.h"

static void json_done(json_t **json)
{
        json_decref(*json);
}

/* "Valid values: Any Amazon SNS action name", of those that are asked on a topic. */
static int add_actions(struct call *call, const struct str_list *actions, json_t *list)
{
        static const struct str SHARED[] = {
                STR_INIT("Publish"),
                STR_INIT("Subscribe"),
                STR_INIT("GetTopicAttributes"),
                STR_INIT("DeleteTopic"),
                STR_INIT("SetTopicAttributes"),
                STR_INIT("AddPermission"),
                STR_INIT("RemovePermission"),
                STR_INIT("ListSubscriptionsByTopic"),
                STR_INIT("Receive"),
        };

        for (size_t i = 0; i < actions->count; i++) {
                bool is_known = false;

                for (size_t k = 0; k < ARRAY_LEN(SHARED); k++)
                        is_known |= str_eq_nocase(SHARED[k], actions->items[i]);
                if (!is_known)
                        return sns_invalid(call, "Policy statement action out of service scope!");
                json_array_append_new(list, policy_text(arena_printf(&call->arena, "SNS:%.*s",
                                                                     STR_ARG(actions->items[i]))));
        }
        return actions->count ? 0 : sns_invalid(call, "ActionName");
}

/* "*" is everybody. */
static int add_accounts(struct call *call, const struct str_list *accounts, json_t *list)
{
        struct str refused;
        int r;

        if (accounts->count == 1 && str_eq(accounts->items[0], STR("*")))
                return json_array_append_new(list, json_string("*")) < 0 ? -ENOMEM : 0;
        r = policy_add_accounts(call, accounts, list, &refused);
        if (r == -EINVAL || accounts->count == 0)
                return sns_invalid(call, "Policy Error: PrincipalNotFound");
        return r;
}

/* As AWS writes it: one alone stands without a list. */
static void put_list(json_t *object, const char *name, json_t *list)
{
        json_object_set(object, name, json_array_size(list) == 1 ? json_array_get(list, 0) : list);
}

static int make_statement(struct call *call, const struct sns_add_permission_in *in,
                          const struct sns_topic_record *topic, json_t *statement)
{
        json_t *accounts = json_array(), *actions = json_array(), *principal = json_object();

        json_object_set_new(principal, "AWS", accounts);
        json_object_set_new(statement, "Sid", policy_text(in->label));
        json_object_set_new(statement, "Effect", json_string("Allow"));
        json_object_set_new(statement, "Principal", principal);
        json_object_set_new(statement, "Action", actions);
        json_object_set_new(statement, "Resource", policy_text(sns_topic_arn(call, topic)));
        TRY(add_accounts(call, &in->aws_account_id, accounts));
        TRY(add_actions(call, &in->action_name, actions));
        put_list(principal, "AWS", accounts);
        put_list(statement, "Action", actions);
        return 0;
}

static int load(struct call *call, const struct sns_topic_record *topic, json_t **ret)
{
        struct str document;

        TRY(sns_tell_policy(call, topic, &document));
        *ret = json_loadb(document.ptr, document.len, 0, NULL);
        return *ret ? 0 : -EBADMSG;
}

static int store(struct call *call, const json_t *policy, struct sns_topic_record *topic)
{
        struct str document;

        TRY(policy_write(call, policy, &document));
        TRY(sns_set_topic_policy(call, document, topic));
        return call_put(call, &sns_topic_record_type, topic);
}

int sns_add_permission(struct call *call, const struct sns_add_permission_in *in,
                       struct sns_add_permission_out *out)
{
        _cleanup_(json_done) json_t *policy = NULL;
        _cleanup_(json_done) json_t *statement = json_object();
        struct sns_topic_record topic;

        (void)out;
        TRY(sns_need_topic(call, in->topic_arn, &topic));
        if (!label_is_valid(in->label))
                return sns_invalid(call, "Label");
        TRY(make_statement(call, in, &topic, statement));
        TRY(load(call, &topic, &policy));
        if (policy_find_statement(policy, in->label) >= 0)
                return sns_invalid(call, "Statement already exists");
        json_array_append(policy_statements(policy), statement);
        return store(call, policy, &topic);
}

/* Of a label that is not there nothing is said. Without any statement nothing is allowed any more. */
int sns_remove_permission(struct call *call, const struct sns_remove_permission_in *in,
                          struct sns_remove_permission_out *out)
{
        _cleanup_(json_done) json_t *policy = NULL;
        struct sns_topic_record topic;
        ptrdiff_t at;

        (void)out;
        TRY(sns_need_topic(call, in->topic_arn, &topic));
        TRY(load(call, &topic, &policy));
        at = policy_find_statement(policy, in->label);
        if (at < 0)
                return 0;
        if (json_array_size(policy_statements(policy)) == 1)
                return sns_invalid(call, "Policy Error: the last statement cannot be removed");
        json_array_remove(policy_statements(policy), (size_t)at);
        return store(call, policy, &topic);
}
