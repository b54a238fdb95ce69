/* https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptions.html */
#include "services/sns/page.h"

#define PENDING STR("PendingConfirmation")

static struct sns_subscription shown(struct call *call, const struct sns_subscription_record *subscription)
{
        return (struct sns_subscription){
                .subscription_arn =
                        subscription->is_confirmed.value ? sns_subscription_arn(call, subscription) : PENDING,
                .owner = subscription->owner,
                .protocol = subscription->protocol,
                .endpoint = subscription->endpoint,
                .topic_arn = sns_subscription_topic(call, subscription),
        };
}

/* Its topic may have gone, and be there again. */
static int is_there(struct call *call, const struct sns_subscription_record *subscription, bool *ret)
{
        const struct sns_name name = {subscription->account, subscription->region, subscription->topic_name};
        struct sns_topic_record topic;
        int r = sns_get_topic(call, &name, &topic);

        *ret = r == 0 && topic.number.value == subscription->topic.value;
        return r == -ENOENT ? 0 : r;
}

static int list(struct call *call, struct record_scan *scan, struct sns_subscription_list *ret,
                struct str *ret_after)
{
        struct sns_subscription_record subscription = {};
        struct str last = STR_NONE;
        bool is_shown;
        int r;

        *ret_after = STR_NONE;
        *ret = (struct sns_subscription_list){
                .items = arena_new_array(&call->arena, struct sns_subscription, SNS_PAGE), .is_set = true};
        if (!ret->items)
                return -ENOMEM;
        while ((r = record_scan_next(scan, &subscription)) == 0) {
                if (ret->count == SNS_PAGE) {
                        *ret_after = last;
                        return 0;
                }
                TRY(is_there(call, &subscription, &is_shown));
                if (is_shown)
                        ret->items[ret->count++] = shown(call, &subscription);
                last = record_scan_token(scan, &call->arena);
                subscription = (struct sns_subscription_record){};
        }
        return r == -ENOENT ? 0 : r;
}

int sns_list_subscriptions(struct call *call, const struct sns_list_subscriptions_in *in,
                           struct sns_list_subscriptions_out *out)
{
        const struct sns_subscription_record like = {.owner = call->account, .region = call->region};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct str after, next;

        TRY(sns_page_begin(call, in->next_token, STR("subscriptions"), &after));
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &sns_subscription_record_type,
                              sns_subscription_by_owner, &like, 2, after));
        TRY(list(call, &scan, &out->subscriptions, &next));
        return sns_page_end(call, next, STR("subscriptions"), &out->next_token);
}

int sns_list_subscriptions_by_topic(struct call *call, const struct sns_list_subscriptions_by_topic_in *in,
                                    struct sns_list_subscriptions_by_topic_out *out)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct sns_subscription_record like = {};
        struct sns_topic_record topic;
        struct str after, next;

        TRY(sns_need_topic(call, in->topic_arn, &topic));
        like.topic = topic.number;
        TRY(sns_page_begin(call, in->next_token, in->topic_arn, &after));
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &sns_subscription_record_type, NULL, &like, 1,
                              after));
        TRY(list(call, &scan, &out->subscriptions, &next));
        return sns_page_end(call, next, in->topic_arn, &out->next_token);
}
