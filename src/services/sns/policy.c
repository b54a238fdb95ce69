/* Policies of topics.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html */
#include "services/sns/attribute.h"

#include "services/resource_policy.h"

#include <jansson.h>

#define BYTES_MAX ((size_t)30720)

static void json_done(json_t **json)
{
        json_decref(*json);
}

static int invalid(struct call *call, const char *reason)
{
        return sns_invalid(call, "Policy %s", reason);
}

/* "By default, only the topic owner can publish or subscribe to the topic": as AWS writes it. */
static struct str default_policy(struct call *call, const struct sns_topic_record *topic)
{
        return arena_printf(
                &call->arena,
                "{\"Version\":\"2008-10-17\",\"Id\":\"__default_policy_ID\",\"Statement\":[{\"Sid\":"
                "\"__default_statement_ID\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},\"Action\":["
                "\"SNS:GetTopicAttributes\",\"SNS:SetTopicAttributes\",\"SNS:AddPermission\","
                "\"SNS:RemovePermission\",\"SNS:DeleteTopic\",\"SNS:Subscribe\","
                "\"SNS:ListSubscriptionsByTopic\",\"SNS:Publish\"],\"Resource\":\"%.*s\",\"Condition\":{"
                "\"StringEquals\":{\"AWS:SourceOwner\":\"%.*s\"}}}]}",
                STR_ARG(sns_topic_arn(call, topic)), STR_ARG(topic->account));
}

struct str sns_policy_of(struct call *call, const struct sns_topic_record *topic)
{
        return str_is_set(topic->policy) ? topic->policy : default_policy(call, topic);
}

int sns_tell_policy(struct call *call, const struct sns_topic_record *topic, struct str *ret)
{
        const struct resource_policy policy = {topic->policy, topic->policy_text, topic->policy_shown};

        if (str_is_set(topic->policy))
                return resource_policy_tell(call, &policy, ret);
        *ret = default_policy(call, topic);
        return 0;
}

/* -- Setting it */

/* What is asked on topics, and Receive, which older policies name: other actions of SNS are no topic's.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html */
static bool is_on_topics(struct str action)
{
        static const struct str ACTIONS[] = {
                STR_INIT("AddPermission"),
                STR_INIT("ConfirmSubscription"),
                STR_INIT("DeleteTopic"),
                STR_INIT("GetDataProtectionPolicy"),
                STR_INIT("GetTopicAttributes"),
                STR_INIT("ListSubscriptionsByTopic"),
                STR_INIT("ListTagsForResource"),
                STR_INIT("Publish"),
                STR_INIT("PutDataProtectionPolicy"),
                STR_INIT("Receive"),
                STR_INIT("RemovePermission"),
                STR_INIT("SetTopicAttributes"),
                STR_INIT("Subscribe"),
                STR_INIT("TagResource"),
                STR_INIT("Unsubscribe"),
                STR_INIT("UntagResource"),
        };

        for (size_t i = 0; i < ARRAY_LEN(ACTIONS); i++)
                if (str_eq_nocase(action, ACTIONS[i]))
                        return true;
        return false;
}

static bool has_wildcard(struct str action)
{
        return str_find_byte(action, '*') >= 0 || str_find_byte(action, '?') >= 0;
}

static bool is_of_sns(const json_t *action)
{
        struct str text = str_of(json_string_value(action)), service;

        if (str_eq(text, STR("*")))
                return true;
        return str_cut(&text, ':', &service) && str_eq_nocase(service, STR("sns")) &&
               (has_wildcard(text) || is_on_topics(text));
}

static bool all_of_sns(const json_t *actions)
{
        size_t i;
        json_t *one;

        if (!json_is_array(actions))
                return !actions || is_of_sns(actions);
        json_array_foreach((json_t *)(uintptr_t)actions, i, one) if (!is_of_sns(one)) return false;
        return true;
}

static bool statement_fits(const json_t *statement)
{
        return all_of_sns(json_object_get(statement, "Action")) &&
               all_of_sns(json_object_get(statement, "NotAction"));
}

/* Of a document that compiles. */
static int check_scope(struct call *call, struct str document)
{
        _cleanup_(json_done) json_t *policy = json_loadb(document.ptr, document.len, 0, NULL);
        json_t *statements = json_object_get(policy, "Statement"), *one;
        bool fits = true;
        size_t i;

        if (json_is_array(statements))
                json_array_foreach(statements, i, one) fits &= statement_fits(one);
        else
                fits = statement_fits(statements);
        return fits ? 0 : invalid(call, "statement action out of service scope!");
}

int sns_set_topic_policy(struct call *call, struct str document, struct sns_topic_record *topic)
{
        struct resource_policy policy = {};
        struct str refused = STR_NONE;
        const struct policy *compiled;
        int r;

        if (document.len == 0 || document.len > BYTES_MAX)
                return invalid(call, document.len ? "Error: too long" : "Error: null");
        r = call_policy(call, document, POLICY_RESOURCE, &compiled);
        if (r == 0)
                TRY(check_scope(call, document));
        if (r == 0)
                r = resource_policy_set(call, document, &policy, &refused);
        if (r == -EINVAL)
                return invalid(call, str_is_set(refused) ? "Error: PrincipalNotFound" : "Error: null");
        TRY(r);
        topic->policy = policy.enforced;
        topic->policy_text = policy.text;
        topic->policy_shown = policy.shown;
        return 0;
}
