/* Dead-letter queues: who may name one, and what may be named.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html */
#include "services/sqs/redrive.h"

#include <jansson.h>

#include "services/sqs/seal.h"

#define SOURCES_MAX  10
#define RECEIVES_MAX 1000
#define DOCUMENT_MAX 4096 /* bytes, of our own: ten ARNs are half of it */

static void json_done(json_t **json)
{
        json_decref(*json);
}

static int refuse(struct call *call, struct str value, const char *parameter, const char *reason)
{
        return sqs_bad_value(call, value, parameter, reason);
}

static struct str text_of(struct call *call, const json_t *value)
{
        return json_is_string(value) ? arena_dup(&call->arena, str_make(json_string_value(value),
                                                                        json_string_length(value)))
                                     : STR_NONE;
}

/* A number, or a text of one. */
static int64_t number_of(const json_t *value)
{
        int64_t number;

        if (json_is_integer(value))
                return json_integer_value(value);
        if (json_is_string(value) &&
            str_to_i64(str_make(json_string_value(value), json_string_length(value)), &number) == 0)
                return number;
        return -1;
}

/* -- Who may name this queue */

static bool is_listed(struct call *call, const json_t *list, struct str arn)
{
        for (size_t i = 0; i < json_array_size(list); i++)
                if (str_eq(text_of(call, json_array_get(list, i)), arn))
                        return true;
        return false;
}

static bool lets(struct call *call, const struct sqs_queue_record *target, struct str source)
{
        _cleanup_(json_done) json_t *policy = NULL;
        struct str permission;

        if (!str_is_set(target->redrive_allow_policy))
                return true;
        policy = json_loadb(target->redrive_allow_policy.ptr, target->redrive_allow_policy.len, 0, NULL);
        permission = text_of(call, json_object_get(policy, "redrivePermission"));
        if (str_eq(permission, STR("byQueue")))
                return is_listed(call, json_object_get(policy, "sourceQueueArns"), source);
        return str_eq(permission, STR("allowAll"));
}

static int check_sources(struct call *call, const json_t *sources, struct str permission, struct str document)
{
        bool is_by_queue = str_eq(permission, STR("byQueue"));
        struct sqs_name name;

        if (!sources)
                return is_by_queue ? refuse(call, document, "RedriveAllowPolicy",
                                            "Amazon SQS can't create the redrive allow policy. When you "
                                            "specify the byQueue permission type, sourceQueueArns is "
                                            "required.")
                                   : 0;
        if (!is_by_queue || !json_is_array(sources) || json_array_size(sources) == 0 ||
            json_array_size(sources) > SOURCES_MAX)
                return refuse(call, document, "RedriveAllowPolicy",
                              "Amazon SQS can't create the redrive allow policy. sourceQueueArns needs the "
                              "byQueue permission type, and 1 to 10 ARNs.");
        for (size_t i = 0; i < json_array_size(sources); i++)
                if (sqs_read_arn(call, text_of(call, json_array_get(sources, i)), &name) < 0)
                        return refuse(call, document, "RedriveAllowPolicy", "Invalid source queue ARN.");
        return 0;
}

int sqs_set_redrive_allow_policy(struct call *call, struct str document, struct sqs_queue_record *queue)
{
        _cleanup_(json_done) json_t *policy = json_loadb(document.ptr, document.len, 0, NULL);
        struct str permission = text_of(call, json_object_get(policy, "redrivePermission"));

        if (document.len) {
                if (document.len > DOCUMENT_MAX || !json_is_object(policy) ||
                    !(str_eq(permission, STR("allowAll")) || str_eq(permission, STR("denyAll")) ||
                      str_eq(permission, STR("byQueue"))))
                        return refuse(call, document, "RedriveAllowPolicy",
                                      "Amazon SQS can't create the redrive allow policy, as it's in an "
                                      "unsupported format.");
                TRY(check_sources(call, json_object_get(policy, "sourceQueueArns"), permission, document));
        }
        queue->redrive_allow_policy = document.len ? document : STR_NONE;
        return 0;
}

/* -- What this queue names */

static int check_target(struct call *call, struct str document, struct str arn,
                        const struct sqs_queue_record *queue)
{
        struct sqs_queue_record target = {};
        struct sqs_name name;
        int r = sqs_read_arn(call, arn, &name);

        if (r == 0 && (!str_eq(name.account, queue->account) || !str_eq(name.region, queue->region)))
                r = -EINVAL; /* "must reside in the same account and Region" */
        if (r == 0 && str_eq(name.name, queue->name))
                r = -EINVAL; /* its own dead letters would never leave it */
        if (r == 0)
                r = sqs_get_queue(call, &name, &target);
        if (r == -EINVAL || r == -ENOENT)
                return refuse(call, document, "RedrivePolicy", "Dead letter target does not exist.");
        TRY(r);
        if (sqs_is_fifo(&target) != sqs_is_fifo(queue))
                return refuse(call, document, "RedrivePolicy",
                              "Dead-letter queue must be same type of queue as the source.");
        if (!lets(call, &target, sqs_queue_arn(call, queue)))
                return refuse(call, document, "RedrivePolicy",
                              "Dead letter target does not allow this source queue.");
        return 0;
}

int sqs_set_redrive_policy(struct call *call, struct str document, struct sqs_queue_record *queue)
{
        _cleanup_(json_done) json_t *policy = json_loadb(document.ptr, document.len, 0, NULL);
        struct str target = text_of(call, json_object_get(policy, "deadLetterTargetArn"));
        int64_t receives = number_of(json_object_get(policy, "maxReceiveCount"));

        queue->redrive_policy = queue->dead_letter = STR_NONE;
        queue->max_receives = (struct opt_int){};
        if (document.len == 0)
                return 0;
        if (document.len > DOCUMENT_MAX || !json_is_object(policy))
                return refuse(call, document, "RedrivePolicy", "Redrive policy is not a valid JSON map.");
        if (!str_is_set(target))
                return refuse(call, document, "RedrivePolicy",
                              "Redrive policy does not contain mandatory attribute: deadLetterTargetArn.");
        if (!json_object_get(policy, "maxReceiveCount"))
                return refuse(call, document, "RedrivePolicy",
                              "Redrive policy does not contain mandatory attribute: maxReceiveCount.");
        if (receives < 1 || receives > RECEIVES_MAX)
                return refuse(call, document, "RedrivePolicy",
                              "Invalid value for maxReceiveCount, valid values are from 1 to 1000 both "
                              "inclusive.");
        TRY(check_target(call, document, target, queue));
        queue->redrive_policy = document;
        queue->dead_letter = target;
        queue->max_receives = OPT_INT(receives);
        return 0;
}

/* -- Messages that go there */

/* "The number of times a message is delivered to the source queue before being moved": to this one, though
 * the count that is told goes on. */
bool sqs_is_dead(const struct sqs_queue_record *queue, const struct sqs_message_record *message)
{
        return queue->max_receives.is_set &&
               message->receives.value - message->receives_before.value >= queue->max_receives.value;
}

int sqs_find_dead_letter(struct call *call, const struct sqs_queue_record *queue,
                         struct sqs_queue_record *ret)
{
        struct sqs_name name;

        if (!str_is_set(queue->dead_letter) || sqs_read_arn(call, queue->dead_letter, &name) < 0)
                return -ENOENT;
        TRY(sqs_get_queue(call, &name, ret));
        return lets(call, ret, sqs_queue_arn(call, queue)) ? 0 : -ENOENT;
}

/* "For standard queues, ... its enqueue timestamp is unchanged. For FIFO queues, the enqueue timestamp
 * resets". */
int sqs_give_up(struct call *call, const struct sqs_queue_record *queue, struct sqs_message_record *message,
                const struct sqs_queue_record *to)
{
        struct sqs_level_record level;

        TRY(call_delete(call, &sqs_message_record_type, message));
        TRY(sqs_get_level(call, to, &level));
        message->source = sqs_queue_arn(call, queue);
        message->receives_before = message->receives;
        if (sqs_is_fifo(to)) {
                message->sent = OPT_INT(call->now_ms);
                TRY(sqs_keep_key(call, message));
        }
        TRY(sqs_append(call, to, &level, message, call->now_ms));
        return sqs_put_level(call, &level);
}
