/* https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html */
#include "services/sns/queue_kind.h"

#include "services/sns/envelope.h"
#include "services/sqs/directory.h"

#define ATTRIBUTES_MAX 10 /* that a message of SQS takes */

enum { ARN_REGION = 3, ARN_ACCOUNT, ARN_NAME, ARN_PIECES };

static bool is_fifo_queue(struct str arn)
{
        return str_ends(arn, STR(".fifo"));
}

static int check(struct call *call, const struct sns_topic_record *topic, struct str endpoint,
                 struct str *ret_owner)
{
        struct str pieces[ARN_PIECES] = {};

        if (sns_read_queue_arn(endpoint, pieces) < 0)
                return sns_invalid(call, "SQS endpoint ARN");
        if (is_fifo_queue(endpoint) && !sns_is_fifo(topic))
                return sns_invalid(call, "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be "
                                         "subscribed to standard SNS topics");
        *ret_owner = pieces[ARN_ACCOUNT];
        return 0;
}

/* In the queue's region, wherever the topic is. */
static int send(struct call *call, struct sqs_delivery *delivery)
{
        struct str region = call->region, pieces[ARN_PIECES] = {};
        int r;

        TRY(sns_split_arn(delivery->queue, pieces));
        call->region = pieces[ARN_REGION];
        r = sqs_send(call, delivery);
        call->region = region;
        return r;
}

static struct sqs_delivery delivery_to(struct call *call, struct str queue,
                                       const struct sns_subscription_record *subscription)
{
        return (struct sqs_delivery){
                .service = SNS_PRINCIPAL,
                .source_arn = sns_subscription_topic(call, subscription),
                .source_account = subscription->account,
                .queue = queue,
        };
}

static int ask(struct call *call, const struct sns_subscription_record *subscription,
               const struct sns_asking *asking)
{
        struct sqs_delivery delivery = delivery_to(call, subscription->endpoint, subscription);

        TRY(sns_write_confirmation(call, subscription, asking, &delivery.body));
        if (is_fifo_queue(subscription->endpoint)) {
                delivery.group = STR("SubscriptionConfirmation");
                delivery.dedup_id = subscription->id;
        }
        return send(call, &delivery);
}

/* -- Messages */

/* SQS has no arrays: a Number of it is one number. */
static struct str data_type_of(struct str type)
{
        if (str_starts(type, STR("String.Array")) || str_eq(type, STR("Number.Array")))
                return STR("String.Array");
        return type;
}

static int fill_attributes(struct call *call, const struct sns_message_attribute_value_map *given,
                           struct sqs_message_attribute_value_map *ret)
{
        if (given->count == 0)
                return 0;
        ret->items = arena_new_array(&call->arena, struct sqs_message_attribute_value_entry, given->count);
        if (!ret->items)
                return -ENOMEM;
        ret->is_set = true;
        for (size_t i = 0; i < given->count; i++)
                ret->items[ret->count++] = (struct sqs_message_attribute_value_entry){
                        .key = given->items[i].key,
                        .value = {.data_type = data_type_of(given->items[i].value.data_type),
                                  .string_value = given->items[i].value.string_value,
                                  .binary_value = given->items[i].value.binary_value},
                };
        return 0;
}

/* "If you're using raw message delivery to Amazon SQS endpoints, make sure to include no more than 10
 * attributes": others cannot be delivered. */
static int fill(struct call *call, const struct sns_parcel *parcel, struct sqs_delivery *delivery)
{
        if (!sns_is_raw(parcel->subscription))
                return sns_write_notification(call, parcel, &delivery->body);
        delivery->body = parcel->message;
        if (parcel->content->attributes.count > ATTRIBUTES_MAX)
                return sns_invalid(call,
                                   "MessageAttributes Reason: more than %d attributes cannot be "
                                   "delivered raw",
                                   ATTRIBUTES_MAX);
        return fill_attributes(call, &parcel->content->attributes, &delivery->attributes);
}

/* A standard queue takes a group, too (fair queues), but nothing by which messages are told apart. */
static void fill_fifo(const struct sns_parcel *parcel, struct sqs_delivery *delivery)
{
        delivery->group = parcel->notice->group;
        if (is_fifo_queue(delivery->queue))
                delivery->dedup_id = parcel->notice->dedup_id;
}

static int deliver(struct call *call, const struct sns_parcel *parcel)
{
        struct sqs_delivery delivery =
                delivery_to(call, parcel->subscription->endpoint, parcel->subscription);

        TRY(fill(call, parcel, &delivery));
        fill_fifo(parcel, &delivery);
        return send(call, &delivery);
}

const struct sns_kind sns_queue_kind = {
        .protocol = STR_INIT("sqs"),
        .takes_fifo = true,
        .takes_large = true,
        .takes_raw = true,
        .check = check,
        .ask = ask,
        .deliver = deliver,
};

/* -- Dead letters: https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html */

static int add_text(struct call *call, struct sqs_delivery *delivery, struct str name, struct str value)
{
        struct sqs_message_attribute_value_entry *items;

        if (!value.len || delivery->attributes.count == ATTRIBUTES_MAX)
                return 0;
        items = arena_new_array(&call->arena, struct sqs_message_attribute_value_entry,
                                delivery->attributes.count + 1);
        if (!items)
                return -ENOMEM;
        if (delivery->attributes.count)
                memcpy(items, delivery->attributes.items, delivery->attributes.count * sizeof(*items));
        items[delivery->attributes.count++] = (struct sqs_message_attribute_value_entry){
                .key = name, .value = {.data_type = STR("String"), .string_value = value}};
        delivery->attributes.items = items;
        delivery->attributes.is_set = true;
        return 0;
}

/* What it would have been, and why it is here: "RequestID", "ErrorCode", "ErrorMessage". */
int sns_send_dead_letter(struct call *call, const struct sns_parcel *parcel,
                         const struct sns_delivery_record *delivery)
{
        struct sqs_delivery letter =
                delivery_to(call, parcel->subscription->dead_letter, parcel->subscription);
        int r = fill(call, parcel, &letter);

        if (r == -ECALL) { /* with too many attributes: as all others see it */
                call_forgive(call);
                r = sns_write_notification(call, parcel, &letter.body);
        }
        TRY(r);
        TRY(add_text(call, &letter, STR("ErrorCode"), delivery->error_code));
        TRY(add_text(call, &letter, STR("ErrorMessage"), delivery->error_message));
        fill_fifo(parcel, &letter);
        return send(call, &letter);
}
