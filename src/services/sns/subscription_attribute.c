/* https://docs.aws.amazon.com/sns/latest/api/API_SetSubscriptionAttributes.html */
#include "services/sns/delivery_policy.h"
#include "services/sns/filter.h"
#include "services/sns/kind.h"
#include "services/sns/redrive.h"
#include "services/sns/subscription.h"

#define TOLD_MAX 20

bool sns_may_manage(const struct call *call, const struct sns_subscription_record *subscription)
{
        return str_eq(call->account, subscription->owner) || str_eq(call->account, subscription->account);
}

/* Whose account it is not is told nothing of it, as of one that is not there. */
int sns_need_managed(struct call *call, struct str arn, struct sns_subscription_record *ret)
{
        TRY(sns_need_subscription(call, arn, ret));
        return sns_may_manage(call, ret) ? 0 : sns_no_subscription(call);
}

/* -- Setting */

typedef int set_attribute(struct call *call, struct str value, struct sns_subscription_record *subscription);

static int set_raw(struct call *call, struct str value, struct sns_subscription_record *subscription)
{
        const struct sns_kind *kind = sns_kind_of(subscription->protocol);
        bool is_raw = str_eq(value, STR("true"));

        if (!is_raw && !str_eq(value, STR("false")))
                return sns_invalid(call, "RawMessageDelivery");
        if (is_raw && (!kind || !kind->takes_raw))
                return sns_invalid(call,
                                   "Invalid parameter: Delivery protocol [%.*s] does not support raw "
                                   "message delivery.",
                                   STR_ARG(subscription->protocol));
        return sns_put_attribute(call, &subscription->attributes, STR("RawMessageDelivery"), value);
}

static int set_filter(struct call *call, struct str value, struct sns_subscription_record *subscription)
{
        return sns_put_attribute(call, &subscription->attributes, STR("FilterPolicy"), value);
}

static int set_scope(struct call *call, struct str value, struct sns_subscription_record *subscription)
{
        if (!str_eq(value, STR("MessageAttributes")) && !str_eq(value, STR("MessageBody")))
                return sns_invalid(call,
                                   "FilterPolicyScope: Invalid value [%.*s]. Please use either "
                                   "MessageBody or MessageAttributes",
                                   STR_ARG(value));
        return sns_put_attribute(call, &subscription->attributes, STR("FilterPolicyScope"), value);
}

static const struct {
        struct str name;
        set_attribute *set;
} ATTRIBUTES[] = {
        {STR_INIT("RawMessageDelivery"), set_raw},
        {STR_INIT("FilterPolicy"), set_filter},
        {STR_INIT("FilterPolicyScope"), set_scope},
        {STR_INIT("RedrivePolicy"), sns_set_redrive_policy},
        {STR_INIT("DeliveryPolicy"), sns_set_subscription_delivery_policy},
};

int sns_set_subscription_attribute(struct call *call, struct str name, struct str value,
                                   struct sns_subscription_record *subscription)
{
        for (size_t i = 0; i < ARRAY_LEN(ATTRIBUTES); i++)
                if (str_eq(ATTRIBUTES[i].name, name))
                        return ATTRIBUTES[i].set(call, value, subscription);
        return sns_invalid(call, "AttributeName");
}

int sns_set_subscription_attributes(struct call *call, const struct sns_set_subscription_attributes_in *in,
                                    struct sns_set_subscription_attributes_out *out)
{
        struct str value = str_is_set(in->attribute_value) ? in->attribute_value : STR("");
        struct sns_subscription_record subscription;

        (void)out;
        TRY(sns_need_managed(call, in->subscription_arn, &subscription));
        if (!str_eq(call->account, subscription.owner))
                return call_denied(call, "Only the owner of the subscription may change it.");
        TRY(sns_count_subscription(call, &subscription, -1));
        TRY(sns_set_subscription_attribute(call, in->attribute_name, value, &subscription));
        TRY(sns_check_filter(call, &subscription));
        TRY(sns_count_subscription(call, &subscription, 1));
        return call_put(call, &sns_subscription_record_type, &subscription);
}

/* -- Telling */

/* Of those that are delivered outside of this server. */
static int tell_delivery(struct call *call, const struct sns_subscription_record *subscription,
                         struct str *ret)
{
        const struct sns_name name = {subscription->account, subscription->region, subscription->topic_name};
        struct sns_topic_record topic;

        *ret = STR_NONE;
        if (!str_starts(subscription->protocol, STR("http")))
                return 0;
        TRY(sns_get_topic(call, &name, &topic));
        return sns_effective_subscription_policy(call, &topic, subscription, ret);
}

struct telling {
        struct call *call;
        struct str_map *map;
};

static void tell(struct telling *telling, struct str name, struct str value)
{
        if (str_is_set(value) && telling->map->count < TOLD_MAX)
                telling->map->items[telling->map->count++] = (struct str_pair){name, value};
}

static void tell_flag(struct telling *telling, struct str name, bool value)
{
        tell(telling, name, value ? STR("true") : STR("false"));
}

int sns_tell_subscription(struct call *call, const struct sns_subscription_record *subscription,
                          struct str_map *ret)
{
        const struct str_map *set = &subscription->attributes;
        struct telling telling = {call, ret};
        struct str delivery;

        TRY(tell_delivery(call, subscription, &delivery));
        *ret = (struct str_map){.items = arena_new_array(&call->arena, struct str_pair, TOLD_MAX),
                                .is_set = true};
        if (!ret->items)
                return -ENOMEM;
        tell(&telling, STR("SubscriptionArn"), sns_subscription_arn(call, subscription));
        tell(&telling, STR("TopicArn"), sns_subscription_topic(call, subscription));
        tell(&telling, STR("Protocol"), subscription->protocol);
        tell(&telling, STR("Endpoint"), subscription->endpoint);
        tell(&telling, STR("Owner"), subscription->owner);
        tell(&telling, STR("SubscriptionPrincipal"), subscription->principal);
        tell_flag(&telling, STR("PendingConfirmation"), !subscription->is_confirmed.value);
        tell_flag(&telling, STR("ConfirmationWasAuthenticated"), subscription->was_authenticated.value);
        if (!str_is_set(sns_attribute(set, STR("RawMessageDelivery"))))
                tell_flag(&telling, STR("RawMessageDelivery"), false);
        for (size_t i = 0; i < set->count; i++)
                tell(&telling, set->items[i].key, set->items[i].value);
        tell(&telling, STR("EffectiveDeliveryPolicy"), delivery);
        if (str_is_set(sns_attribute(set, STR("FilterPolicy"))) &&
            !str_is_set(sns_attribute(set, STR("FilterPolicyScope"))))
                tell(&telling, STR("FilterPolicyScope"), STR("MessageAttributes"));
        return 0;
}

int sns_get_subscription_attributes(struct call *call, const struct sns_get_subscription_attributes_in *in,
                                    struct sns_get_subscription_attributes_out *out)
{
        struct sns_subscription_record subscription;

        TRY(sns_need_managed(call, in->subscription_arn, &subscription));
        return sns_tell_subscription(call, &subscription, &out->attributes);
}
