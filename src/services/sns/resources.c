/* What permissions are asked on: the finders of api/sns.api. A topic that is not there has an ARN all the
 * same, so that only who may use such a topic is told that there is none.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html */
#include "services/policy_statement.h"
#include "services/regions.h"
#include "services/sns/sns.h"

#define TOPIC_TYPE STR("AWS::SNS::Topic")

/* "aws:SourceOwner is deprecated"; the default policy of topics says it all the same, so that who sends it
 * may publish to the topics of the same account: CloudWatch's alarms, and no other service here.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html#source-account-versus-source-owner
 */
static int add_source_owner(struct call *call, struct resource *ret)
{
        struct policy_key *key;

        if (call->principal.kind != AWS_SERVICE ||
            !str_eq(call->principal.name, STR("cloudwatch.amazonaws.com")))
                return 0;
        key = arena_new(&call->arena, struct policy_key);
        if (!key)
                return -ENOMEM;
        *key = (struct policy_key){
                .name = STR("aws:SourceOwner"), .values = &call->source_account, .count = 1};
        ret->keys = key;
        ret->key_count = 1;
        return 0;
}

static int set_tags(struct call *call, const struct sns_tag_list *tags, struct resource *ret)
{
        if (tags->count == 0)
                return 0;
        ret->tags.items = arena_new_array(&call->arena, struct str_pair, tags->count);
        if (!ret->tags.items)
                return -ENOMEM;
        for (size_t i = 0; i < tags->count; i++)
                ret->tags.items[i] = (struct str_pair){tags->items[i].key, tags->items[i].value};
        ret->tags.count = tags->count;
        return 0;
}

int sns_resource_of(struct call *call, const struct sns_name *name, struct resource *ret)
{
        struct sns_topic_record topic;
        int r = sns_get_topic(call, name, &topic);

        if (r < 0 && r != -ENOENT)
                return r;
        *ret = (struct resource){
                .arn = sns_arn(call, name),
                .account = name->account,
                .type = TOPIC_TYPE,
                .policy_kind = POLICY_RESOURCE,
        };
        if (r == -ENOENT)
                return 0;
        ret->policy = sns_policy_of(call, &topic);
        ret->policy_name = STR("topic policy");
        TRY(add_source_owner(call, ret));
        return set_tags(call, &topic.tags, ret);
}

static int named_topic(struct call *call, struct str arn, const char *parameter, struct resource *ret)
{
        struct sns_name name;

        TRY(sns_read_topic_arn(call, arn, parameter, &name));
        return sns_resource_of(call, &name, ret);
}

int sns_topic_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return named_topic(call, args[0], "TopicArn", ret);
}

/* Of one that is there already, which only its owner makes, its policy has no say. */
int sns_new_topic_resource(struct call *call, const struct str *args, struct resource *ret)
{
        const struct sns_name name = {.account = call->account, .region = call->region, .name = args[0]};

        *ret = (struct resource){
                .arn = sns_arn(call, &name),
                .account = call->account,
                .type = TOPIC_TYPE,
                .policy_kind = POLICY_RESOURCE,
        };
        return 0;
}

/* A topic by either name; phone numbers and endpoints of mobile push are no resources. */
int sns_publish_topic_resource(struct call *call, const struct str *args, struct resource *ret)
{
        if (str_is_set(args[0]))
                return named_topic(call, args[0], "TopicArn", ret);
        if (str_is_set(args[1]) && str_find(args[1], STR(":endpoint/")) < 0)
                return named_topic(call, args[1], "TargetArn", ret);
        *ret = (struct resource){.arn = str_is_set(args[1]) ? args[1] : STR("*"),
                                 .account = call->account,
                                 .policy_kind = POLICY_RESOURCE};
        return 0;
}

/* -- Who has a token, or the address under which a subscription is ended, needs no other leave of the topic's
 * owner, who has sent it to him; but the topic's policy may deny it. Users need their own account's leave. */

static void json_done(json_t **json)
{
        json_decref(*json);
}

static int let_in(struct call *call, struct resource *resource)
{
        static const char STATEMENT[] =
                "{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Resource\":\"*\",\"Action\":["
                "\"sns:ConfirmSubscription\",\"sns:Unsubscribe\"]}";
        _cleanup_(json_done) json_t *policy = NULL;

        if (!str_is_set(resource->policy))
                return 0;
        policy = json_loadb(resource->policy.ptr, resource->policy.len, 0, NULL);
        if (!policy)
                return -EBADMSG;
        json_array_append_new(policy_statements(policy), json_loads(STATEMENT, 0, NULL));
        return policy_write(call, policy, &resource->policy);
}

/* The topic of the subscription: that is whose event it is. */
static int unsigned_unsubscribe(struct call *call, struct str arn, struct resource *ret)
{
        struct sns_name topic;
        struct str id;

        TRY(sns_read_subscription_arn(call, arn, &topic, &id));
        TRY(sns_resource_of(call, &topic, ret));
        return let_in(call, ret);
}

/* Without a credential nothing but the ARN says which region is meant. */
static void take_region(struct call *call, struct str arn)
{
        struct str pieces[6] = {};

        if (call->principal.kind == ANONYMOUS && sns_split_arn(arn, pieces) == 0 &&
            region_is_known(pieces[3]))
                call->region = pieces[3];
}

int sns_subscriber_resource(struct call *call, const struct str *args, struct resource *ret)
{
        take_region(call, args[0]);
        if (str_eq(call->operation->name, STR("ConfirmSubscription"))) {
                TRY(sns_topic_resource(call, args, ret));
                return str_eq(ret->account, call->account) ? 0 : let_in(call, ret);
        }
        if (call->principal.kind == ANONYMOUS)
                return unsigned_unsubscribe(call, args[0], ret);
        *ret = (struct resource){.arn = STR("*"), .account = call->account, .policy_kind = POLICY_RESOURCE};
        return 0;
}
