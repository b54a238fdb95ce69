/* What could not be delivered: to the dead-letter queue of the subscription, and told in the event history of
 * the topic's account. https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html */
#include "base/json_out.h"
#include "services/sns/delivery.h"
#include "services/sns/queue_kind.h"

#define DETAILS_MAX ((size_t)128 * 1024)
#define TOLD_MAX    50 /* of a page */
#define TEXT_MAX    2048
#define ROOM        ((size_t)32 * 1024) /* that one of them may need */

struct sns_failure {
        struct str subscription, endpoint, code, message;
        int64_t attempts;
        struct str dead_letter, dead_letter_error;
        struct sns_failure *next;
};

int sns_give_up(struct call *call, const struct sns_parcel *parcel,
                const struct sns_delivery_record *delivery, struct sns_failures *failures)
{
        struct sns_failure *failure = arena_new(&call->arena, struct sns_failure);
        int r = 0;

        losses_add(call->host->losses, LOSS_TOPIC_DELIVERIES, 1);
        if (!failure)
                return -ENOMEM;
        *failure = (struct sns_failure){
                .subscription = sns_subscription_arn(call, parcel->subscription),
                .endpoint = parcel->subscription->endpoint,
                .code = delivery->error_code,
                .message = delivery->error_message,
                .attempts = delivery->attempts.value,
                .dead_letter = parcel->subscription->dead_letter,
                .next = failures->first,
        };
        if (str_is_set(failure->dead_letter))
                r = sns_send_dead_letter(call, parcel, delivery);
        if (r == -ECALL) {
                failure->dead_letter_error = arena_dup(&call->arena, call->error_message);
                call_forgive(call);
                r = 0;
        }
        failures->first = failure;
        failures->count++;
        return r;
}

/* It must not be so long that none of it can be told. */
static struct str shown(struct str text)
{
        return text.len > TEXT_MAX ? str_part(text, 0, TEXT_MAX) : text;
}

static void write_failure(struct json_out *out, const struct sns_failure *failure)
{
        json_open(out, '{');
        json_pair(out, STR("subscriptionArn"), failure->subscription);
        json_pair(out, STR("endpoint"), shown(failure->endpoint));
        json_pair(out, STR("errorCode"), failure->code);
        json_pair(out, STR("errorMessage"), shown(failure->message));
        json_key(out, STR("attempts"));
        json_int(out, failure->attempts);
        json_pair_opt(out, STR("deadLetterArn"), shown(failure->dead_letter));
        json_pair_opt(out, STR("deadLetterErrorMessage"), shown(failure->dead_letter_error));
        json_close(out, '}');
}

int sns_tell_failures(struct call *call, const struct sns_notice_record *notice,
                      const struct sns_failures *failures)
{
        const struct sns_name name = {notice->account, notice->region, notice->topic_name};
        _cleanup_(buf_done) struct buf json = {};
        struct json_out out = {.buf = &json};
        struct str topic = sns_arn(call, &name);
        size_t told = 0;

        buf_init(&json, DETAILS_MAX);
        json_open(&out, '{');
        json_pair(&out, STR("topicArn"), topic);
        json_pair(&out, STR("messageId"), notice->message_id);
        json_key(&out, STR("failureCount"));
        json_int(&out, (int64_t)failures->count);
        json_key(&out, STR("failures"));
        json_open(&out, '[');
        for (const struct sns_failure *one = failures->first;
             one && told < TOLD_MAX && json.len + ROOM < DETAILS_MAX; one = one->next, told++)
                write_failure(&out, one);
        json_close(&out, ']');
        json_close(&out, '}');
        TRY(buf_check(&json));
        call->service_event_details = arena_dup(&call->arena, buf_str(&json));
        call_touch(call, topic, STR("AWS::SNS::Topic"));
        return 0;
}
