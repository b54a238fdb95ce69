/* Subscriptions: found, counted, dropped. */
#include "services/sns/subscription.h"

#include "events/timers.h"
#include "services/sns/filter.h"
#include "services/sns/notice.h"

#define SWEPT 200 /* of a topic that is gone, in one transaction */

int sns_no_subscription(struct call *call)
{
        return fail(call, &sns_not_found_exception, "Subscription does not exist");
}

int sns_find_subscription(struct call *call, int64_t topic, struct str id,
                          struct sns_subscription_record *ret)
{
        *ret = (struct sns_subscription_record){.topic = OPT_INT(topic), .id = id};
        return call_get(call, &sns_subscription_record_type, ret);
}

int sns_need_subscription(struct call *call, struct str arn, struct sns_subscription_record *ret)
{
        struct sns_topic_record topic;
        struct sns_name name;
        struct str id;
        int r;

        TRY(sns_read_subscription_arn(call, arn, &name, &id));
        r = sns_get_topic(call, &name, &topic);
        if (r == 0)
                r = sns_find_subscription(call, topic.number.value, id, ret);
        return r == -ENOENT ? sns_no_subscription(call) : r;
}

/* "The Amazon SNS subscription and Amazon SQS queue must be under the same AWS account and Region." What
 * could not be delivered to one account does not go to a queue of another that asked for it.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html */
int sns_hand_over(struct call *call, struct sns_subscription_record *subscription)
{
        if (str_eq(subscription->owner, call->account))
                return 0;
        subscription->owner = call->account;
        subscription->dead_letter = STR_NONE;
        return sns_put_attribute(call, &subscription->attributes, STR("RedrivePolicy"), STR(""));
}

/* -- Counting */

static void add(struct opt_int *count, int64_t by)
{
        *count = OPT_INT(count->value + by);
}

int sns_count_subscription(struct call *call, const struct sns_subscription_record *subscription, int64_t by)
{
        bool has_filter = sns_is_filter(sns_attribute(&subscription->attributes, STR("FilterPolicy")));
        struct sns_tally_record tally;

        TRY(sns_get_tally(call, subscription->topic.value, &tally));
        add(subscription->is_confirmed.value ? &tally.confirmed : &tally.pending, by);
        if (has_filter && by > 0 && tally.filtered.value >= SNS_FILTERS_MAX)
                return fail(call, &sns_filter_policy_limit_exceeded_exception,
                            "Filter policy limit of %d per topic exceeded", SNS_FILTERS_MAX);
        if (has_filter)
                add(&tally.filtered, by);
        return sns_put_tally(call, &tally);
}

static int count_deleted(struct call *call, const struct sns_subscription_record *subscription)
{
        struct sns_tally_record tally;

        TRY(sns_count_subscription(call, subscription, -1));
        TRY(sns_get_tally(call, subscription->topic.value, &tally));
        add(&tally.deleted, 1);
        return sns_put_tally(call, &tally);
}

int sns_drop_subscription(struct call *call, const struct sns_subscription_record *subscription)
{
        TRY(count_deleted(call, subscription));
        return call_delete(call, &sns_subscription_record_type, subscription);
}

/* -- Those of a topic that is gone */

int sns_sweep_subscriptions(struct call *call, int64_t topic)
{
        const struct timer timer = {
                .due_ms = call->now_ms,
                .name = STR("sns.SweepSubscriptions"),
                .subject = arena_printf(&call->arena, "%lld", (long long)topic),
        };

        return timer_set(call->txn, &timer);
}

static int gather(struct call *call, int64_t topic, struct str *ids, size_t *ret_count)
{
        struct sns_subscription_record subscription = {.topic = OPT_INT(topic)};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        int r = 0;

        *ret_count = 0;
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &sns_subscription_record_type, NULL,
                              &subscription, 1, STR_NONE));
        while (*ret_count < SWEPT && (r = record_scan_next(&scan, &subscription)) == 0) {
                ids[(*ret_count)++] = subscription.id;
                subscription = (struct sns_subscription_record){};
        }
        return r == -ENOENT ? 0 : r;
}

/* subject: the number of the topic. */
int sns_sweep_subscriptions_due(struct call *call, struct str subject)
{
        struct str *ids = arena_new_array(&call->arena, struct str, SWEPT);
        size_t count, duplicates;
        int64_t topic;

        if (!ids || str_to_i64(subject, &topic) < 0)
                return ids ? 1 : -ENOMEM;
        TRY(gather(call, topic, ids, &count));
        for (size_t i = 0; i < count; i++) {
                const struct sns_subscription_record gone = {.topic = OPT_INT(topic), .id = ids[i]};

                TRY(call_delete(call, &sns_subscription_record_type, &gone));
        }
        TRY(sns_drop_duplicates(call, topic, SWEPT, &duplicates));
        if (count == SWEPT || duplicates == SWEPT)
                TRY(sns_sweep_subscriptions(call, topic));
        return 1;
}

/* -- Those that nobody has confirmed: subject is the topic's number, and the subscription's id. */

int sns_forget_unconfirmed(struct call *call, const struct sns_subscription_record *subscription)
{
        const struct timer timer = {
                .due_ms = subscription->token_end.value,
                .name = STR("sns.ForgetSubscription"),
                .subject = arena_printf(&call->arena, "%lld %.*s", (long long)subscription->topic.value,
                                        STR_ARG(subscription->id)),
        };

        return timer_set(call->txn, &timer);
}

int sns_forget_subscription_due(struct call *call, struct str subject)
{
        struct sns_subscription_record subscription;
        struct str rest = subject, number;
        int64_t topic;
        int r;

        if (!str_cut(&rest, ' ', &number) || str_to_i64(number, &topic) < 0)
                return 1;
        r = sns_find_subscription(call, topic, rest, &subscription);
        if (r == 0 && !subscription.is_confirmed.value && subscription.token_end.value <= call->now_ms) {
                r = sns_drop_subscription(call, &subscription);
                if (r == -ENOENT) /* its topic has gone, and takes it along */
                        r = 0;
        }
        return r == 0 || r == -ENOENT ? 1 : r;
}
