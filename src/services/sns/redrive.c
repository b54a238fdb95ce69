/* Dead-letter queues of subscriptions. https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html
 */
#include "services/sns/redrive.h"

#include <jansson.h>

enum { ARN_REGION = 3, ARN_ACCOUNT, ARN_NAME, ARN_PIECES };

static void json_done(json_t **json)
{
        json_decref(*json);
}

static int invalid(struct call *call, const char *reason)
{
        return sns_invalid(call, "RedrivePolicy: %s", reason);
}

/* "The Amazon SNS subscription and Amazon SQS queue must be under the same AWS account and Region." */
static int check_queue(struct call *call, const struct sns_subscription_record *subscription, struct str arn)
{
        struct str pieces[ARN_PIECES] = {};

        if (sns_read_queue_arn(arn, pieces) < 0)
                return invalid(call, "deadLetterTargetArn is an invalid arn");
        if (!str_eq(pieces[ARN_REGION], subscription->region) ||
            !str_eq(pieces[ARN_ACCOUNT], subscription->owner))
                return invalid(call, "the dead-letter queue must be in the account and Region of the "
                                     "subscription");
        if (sns_name_is_fifo(pieces[ARN_NAME]) && !sns_name_is_fifo(subscription->topic_name))
                return invalid(call, "a FIFO queue cannot be the dead-letter queue of a standard topic's "
                                     "subscription");
        return 0;
}

int sns_set_redrive_policy(struct call *call, struct str value, struct sns_subscription_record *subscription)
{
        _cleanup_(json_done) json_t *policy = NULL;
        const json_t *target;
        struct str arn;

        subscription->dead_letter = STR_NONE;
        if (value.len == 0)
                return sns_put_attribute(call, &subscription->attributes, STR("RedrivePolicy"), value);
        policy = json_loadb(value.ptr, value.len, JSON_REJECT_DUPLICATES, NULL);
        if (!json_is_object(policy))
                return invalid(call, "failed to parse JSON.");
        target = json_object_get(policy, "deadLetterTargetArn");
        if (json_object_size(policy) != (target ? 1 : 0))
                return invalid(call, "only deadLetterTargetArn is allowed");
        if (target) {
                arn = str_make(json_string_value(target), json_string_length(target));
                TRY(check_queue(call, subscription, json_is_string(target) ? arn : STR("")));
                subscription->dead_letter = arena_dup(&call->arena, arn);
        }
        return sns_put_attribute(call, &subscription->attributes, STR("RedrivePolicy"), value);
}
