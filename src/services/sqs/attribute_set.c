#include "services/sqs/attribute.h"
#include "services/sqs/lane.h"

#define KMS_KEY_MAX 2048 /* characters of a KeyId */

/* -- Those that are more than a value */

int sqs_set_dedup_scope(struct call *call, struct str value, struct sqs_queue_record *queue)
{
        if (!str_eq(value, STR("messageGroup")) && !str_eq(value, STR("queue")))
                return sqs_bad_attribute(call, STR("DeduplicationScope"));
        queue->dedup_scope = value;
        return 0;
}

int sqs_set_throughput(struct call *call, struct str value, struct sqs_queue_record *queue)
{
        if (!str_eq(value, STR("perQueue")) && !str_eq(value, STR("perMessageGroupId")))
                return sqs_bad_attribute(call, STR("FifoThroughputLimit"));
        queue->throughput_limit = value;
        return 0;
}

/* "You can provide this attribute only during queue creation." Standard queues do not have it at all. */
int sqs_set_fifo(struct call *call, struct str value, struct sqs_queue_record *queue)
{
        if (!str_eq(value, STR("true")))
                return fail(call, &sqs_invalid_attribute_name, "Unknown Attribute FifoQueue.");
        if (!sqs_name_is_fifo(queue->name))
                return fail(call, &sqs_invalid_parameter_value_exception,
                            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or "
                            "underscores, must end with .fifo suffix and be 1 to 80 in length.");
        queue->is_fifo = OPT_BOOL(true);
        return 0;
}

int sqs_set_kms_key(struct call *call, struct str value, struct sqs_queue_record *queue)
{
        if (value.len > KMS_KEY_MAX)
                return sqs_bad_attribute(call, STR("KmsMasterKeyId"));
        queue->kms_key = value.len ? value : STR_NONE;
        if (value.len)
                queue->is_managed_sse = OPT_BOOL(false);
        return 0;
}

int sqs_set_managed_sse(struct call *call, struct str value, struct sqs_queue_record *queue)
{
        if (!str_eq(value, STR("true")) && !str_eq(value, STR("false")))
                return sqs_bad_attribute(call, STR("SqsManagedSseEnabled"));
        queue->is_managed_sse = OPT_BOOL(str_eq(value, STR("true")));
        if (queue->is_managed_sse.value)
                queue->kms_key = STR_NONE;
        return 0;
}

/* -- Setting */

static void *at(struct sqs_queue_record *queue, size_t offset)
{
        return (char *)queue + offset;
}

static int set_number(struct call *call, const struct sqs_attribute *attribute, struct str value,
                      struct sqs_queue_record *queue)
{
        int64_t number;

        if (str_to_i64(value, &number) < 0 || number < attribute->min || number > attribute->max)
                return sqs_bad_attribute(call, attribute->name);
        *(struct opt_int *)at(queue, attribute->number) = OPT_INT(number);
        return 0;
}

static int set_flag(struct call *call, const struct sqs_attribute *attribute, struct str value,
                    struct sqs_queue_record *queue)
{
        bool is_on = str_eq(value, STR("true"));

        if (!is_on && !str_eq(value, STR("false")))
                return sqs_bad_attribute(call, attribute->name);
        *(struct opt_bool *)at(queue, attribute->flag) = OPT_BOOL(is_on);
        return 0;
}

static int set_one(struct call *call, const struct sqs_attribute *attribute, struct str value, bool is_new,
                   struct sqs_queue_record *queue)
{
        bool is_settable = attribute->set || attribute->number || attribute->flag;

        if (!is_settable || (attribute->is_made_once && !is_new) ||
            (attribute->is_fifos && !sqs_is_fifo(queue)))
                return sqs_unknown_attribute(call, attribute->name);
        if (attribute->set)
                return attribute->set(call, value, queue);
        return attribute->number ? set_number(call, attribute, value, queue)
                                 : set_flag(call, attribute, value, queue);
}

static void set_defaults(struct sqs_queue_record *queue)
{
        for (size_t i = 0; i < sqs_attribute_count; i++)
                if (sqs_attributes[i].number && sqs_attributes[i].number != SQS_AT(key_reuse_s))
                        *(struct opt_int *)at(queue, sqs_attributes[i].number) =
                                OPT_INT(sqs_attributes[i].usual);
        queue->is_managed_sse = OPT_BOOL(true);
}

static void set_fifo_defaults(struct sqs_queue_record *queue)
{
        if (!queue->content_based.is_set)
                queue->content_based = OPT_BOOL(false);
        if (!str_is_set(queue->dedup_scope))
                queue->dedup_scope = STR("queue");
        if (!str_is_set(queue->throughput_limit))
                queue->throughput_limit = STR("perQueue");
}

/* What does not go together, whichever was given. */
static int check_whole(struct call *call, const struct str_map *given, struct sqs_queue_record *queue)
{
        bool gives_key = false, gives_managed = false;

        for (size_t i = 0; i < given->count; i++) {
                gives_key |= str_eq(given->items[i].key, STR("KmsMasterKeyId")) && given->items[i].value.len;
                gives_managed |= str_eq(given->items[i].key, STR("SqsManagedSseEnabled")) &&
                                 str_eq(given->items[i].value, STR("true"));
        }
        if (gives_key && gives_managed)
                return fail(
                        call, &sqs_invalid_attribute_value,
                        "You can use one type of server-side encryption (SSE) at one time. You can either "
                        "enable KMS SSE or SQS SSE.");
        if (str_eq(queue->throughput_limit, STR("perMessageGroupId")) &&
            !str_eq(queue->dedup_scope, STR("messageGroup")))
                return fail(call, &sqs_invalid_attribute_value,
                            "The perMessageGroupId value is allowed only when the value for "
                            "DeduplicationScope is messageGroup.");
        if (str_is_set(queue->kms_key) && !queue->key_reuse_s.is_set)
                queue->key_reuse_s = OPT_INT(300);
        return 0;
}

/* FifoQueue first: others depend on it. */
static int set_kind(struct call *call, const struct str_map *given, struct sqs_queue_record *queue)
{
        for (size_t i = 0; i < given->count; i++)
                if (str_eq(given->items[i].key, STR("FifoQueue")))
                        TRY(sqs_set_fifo(call, given->items[i].value, queue));
        if (sqs_name_is_fifo(queue->name) && !sqs_is_fifo(queue))
                return fail(call, &sqs_invalid_parameter_value_exception,
                            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in "
                            "length");
        return 0;
}

int sqs_set_attributes(struct call *call, const struct str_map *given, bool is_new,
                       struct sqs_queue_record *queue)
{
        if (is_new) {
                set_defaults(queue);
                TRY(set_kind(call, given, queue));
        }
        for (size_t i = 0; i < given->count; i++) {
                const struct sqs_attribute *attribute = sqs_find_attribute(given->items[i].key);

                if (!attribute)
                        return sqs_unknown_attribute(call, given->items[i].key);
                TRY(set_one(call, attribute, given->items[i].value, is_new, queue));
        }
        if (sqs_is_fifo(queue))
                set_fifo_defaults(queue);
        return check_whole(call, given, queue);
}

int sqs_set_queue_attributes(struct call *call, const struct sqs_set_queue_attributes_in *in,
                             struct sqs_set_queue_attributes_out *out)
{
        struct sqs_queue_record queue;
        int64_t retention_s;

        (void)out;
        if (in->attributes.count == 0)
                return sqs_missing(call, "Attribute.Name");
        TRY(sqs_need_queue(call, in->queue_url, &queue));
        retention_s = queue.retention_s.value;
        TRY(sqs_set_attributes(call, &in->attributes, false, &queue));
        queue.modified = OPT_INT(call->now_ms);
        if (queue.retention_s.value < retention_s)
                TRY(sqs_expire_soon(call, &queue));
        return call_put(call, &sqs_queue_record_type, &queue);
}
