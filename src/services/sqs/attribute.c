/* Attributes of queues: one table says how each is read, set and told.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
#include "services/sqs/lane.h"
#include "services/sqs/sqs.h"

int sqs_bad_value(struct call *call, struct str value, const char *parameter, const char *reason)
{
        return fail(call, &sqs_invalid_parameter_value_exception,
                    "Value %.*s for parameter %s is invalid. Reason: %s", STR_ARG(value), parameter, reason);
}

static int bad_attribute(struct call *call, struct str name)
{
        return fail(call, &sqs_invalid_attribute_value, "Invalid value for the parameter %.*s.",
                    STR_ARG(name));
}

struct attribute {
        struct str name;
        /* Of a number: its place, limits and default. */
        size_t number;
        int64_t min, max, usual;
        /* Of a text, or of a boolean. */
        size_t text, flag;
        bool is_fifos;     /* refused elsewhere */
        bool is_made_once; /* CreateQueue alone sets it */
        int (*set)(struct call *call, struct str value, struct sqs_queue_record *queue);
        int (*tell)(struct call *call, const struct sqs_queue_record *queue, struct str *ret);
};

#define AT(member) offsetof(struct sqs_queue_record, member)

/* -- Those that are more than a value */

static int set_dedup_scope(struct call *call, struct str value, struct sqs_queue_record *queue)
{
        if (!str_eq(value, STR("messageGroup")) && !str_eq(value, STR("queue")))
                return bad_attribute(call, STR("DeduplicationScope"));
        queue->dedup_scope = value;
        return 0;
}

static int set_throughput(struct call *call, struct str value, struct sqs_queue_record *queue)
{
        if (!str_eq(value, STR("perQueue")) && !str_eq(value, STR("perMessageGroupId")))
                return bad_attribute(call, STR("FifoThroughputLimit"));
        queue->throughput_limit = value;
        return 0;
}

/* "You can provide this attribute only during queue creation." Standard queues do not have it at all. */
static int set_fifo(struct call *call, struct str value, struct sqs_queue_record *queue)
{
        bool is_fifo = str_eq(value, STR("true"));

        if (!is_fifo || !sqs_name_is_fifo(queue->name))
                return fail(call, &sqs_invalid_attribute_name, "Unknown Attribute FifoQueue.");
        queue->is_fifo = OPT_BOOL(true);
        return 0;
}

static int set_kms_key(struct call *call, struct str value, struct sqs_queue_record *queue)
{
        (void)call;
        queue->kms_key = value.len ? value : STR_NONE;
        if (value.len)
                queue->is_managed_sse = OPT_BOOL(false);
        return 0;
}

static int set_managed_sse(struct call *call, struct str value, struct sqs_queue_record *queue)
{
        if (!str_eq(value, STR("true")) && !str_eq(value, STR("false")))
                return bad_attribute(call, STR("SqsManagedSseEnabled"));
        queue->is_managed_sse = OPT_BOOL(str_eq(value, STR("true")));
        if (queue->is_managed_sse.value)
                queue->kms_key = STR_NONE;
        return 0;
}

static int set_policy(struct call *call, struct str value, struct sqs_queue_record *queue)
{
        return sqs_set_policy(call, value, queue);
}

static int tell_arn(struct call *call, const struct sqs_queue_record *queue, struct str *ret)
{
        *ret = sqs_queue_arn(call, queue);
        return 0;
}

static int tell_seconds(struct call *call, int64_t ms, struct str *ret)
{
        *ret = arena_printf(&call->arena, "%lld", (long long)(ms / MS_PER_S));
        return 0;
}

static int tell_created(struct call *call, const struct sqs_queue_record *queue, struct str *ret)
{
        return tell_seconds(call, queue->created.value, ret);
}

static int tell_modified(struct call *call, const struct sqs_queue_record *queue, struct str *ret)
{
        return tell_seconds(call, queue->modified.value, ret);
}

/* -- How many there are */

static int tell_count(struct call *call, const struct sqs_queue_record *queue, enum sqs_lane lane,
                      struct str *ret)
{
        int64_t counts[SQS_LANES];

        TRY(sqs_count(call, queue, counts));
        *ret = arena_printf(&call->arena, "%lld", (long long)counts[lane]);
        return 0;
}

static int tell_ready(struct call *call, const struct sqs_queue_record *queue, struct str *ret)
{
        return tell_count(call, queue, SQS_READY, ret);
}

static int tell_in_flight(struct call *call, const struct sqs_queue_record *queue, struct str *ret)
{
        return tell_count(call, queue, SQS_IN_FLIGHT, ret);
}

static int tell_delayed(struct call *call, const struct sqs_queue_record *queue, struct str *ret)
{
        return tell_count(call, queue, SQS_DELAYED, ret);
}

/* -- The table, in the order in which they are told */

#define NUMBER(attribute_name, member, low, high, default_value)                                             \
        {                                                                                                    \
                .name = STR_INIT(attribute_name), .number = AT(member), .min = (low), .max = (high),         \
                .usual = (default_value)                                                                     \
        }

static const struct attribute ATTRIBUTES[] = {
        {.name = STR_INIT("QueueArn"), .tell = tell_arn},
        {.name = STR_INIT("ApproximateNumberOfMessages"), .tell = tell_ready},
        {.name = STR_INIT("ApproximateNumberOfMessagesNotVisible"), .tell = tell_in_flight},
        {.name = STR_INIT("ApproximateNumberOfMessagesDelayed"), .tell = tell_delayed},
        {.name = STR_INIT("CreatedTimestamp"), .tell = tell_created},
        {.name = STR_INIT("LastModifiedTimestamp"), .tell = tell_modified},
        NUMBER("VisibilityTimeout", visibility_s, 0, SQS_VISIBILITY_MAX_S, 30),
        NUMBER("MaximumMessageSize", max_size, 1024, SQS_SIZE_MAX, SQS_SIZE_MAX),
        NUMBER("MessageRetentionPeriod", retention_s, 60, 1209600, 345600),
        NUMBER("DelaySeconds", delay_s, 0, SQS_DELAY_MAX_S, 0),
        NUMBER("ReceiveMessageWaitTimeSeconds", wait_s, 0, SQS_WAIT_MAX_S, 0),
        {.name = STR_INIT("Policy"), .set = set_policy, .tell = sqs_tell_policy},
        {.name = STR_INIT("RedrivePolicy"), .text = AT(redrive_policy), .set = sqs_set_redrive_policy},
        {.name = STR_INIT("RedriveAllowPolicy"),
         .text = AT(redrive_allow_policy),
         .set = sqs_set_redrive_allow_policy},
        {.name = STR_INIT("KmsMasterKeyId"), .text = AT(kms_key), .set = set_kms_key},
        {.name = STR_INIT("KmsDataKeyReusePeriodSeconds"),
         .number = AT(key_reuse_s),
         .min = 60,
         .max = 86400},
        {.name = STR_INIT("SqsManagedSseEnabled"), .flag = AT(is_managed_sse), .set = set_managed_sse},
        {.name = STR_INIT("FifoQueue"), .flag = AT(is_fifo), .is_made_once = true, .set = set_fifo},
        {.name = STR_INIT("ContentBasedDeduplication"), .flag = AT(content_based), .is_fifos = true},
        {.name = STR_INIT("DeduplicationScope"),
         .text = AT(dedup_scope),
         .is_fifos = true,
         .set = set_dedup_scope},
        {.name = STR_INIT("FifoThroughputLimit"),
         .text = AT(throughput_limit),
         .is_fifos = true,
         .set = set_throughput},
};

static const struct attribute *find(struct str name)
{
        for (size_t i = 0; i < ARRAY_LEN(ATTRIBUTES); i++)
                if (str_eq(ATTRIBUTES[i].name, name))
                        return &ATTRIBUTES[i];
        return NULL;
}

bool sqs_is_attribute(struct str name)
{
        return find(name) != NULL;
}

static int unknown(struct call *call, struct str name)
{
        return fail(call, &sqs_invalid_attribute_name, "Unknown Attribute %.*s.", STR_ARG(name));
}

/* -- Setting */

static void *at(struct sqs_queue_record *queue, size_t offset)
{
        return (char *)queue + offset;
}

static const void *in(const struct sqs_queue_record *queue, size_t offset)
{
        return (const char *)queue + offset;
}

static int set_number(struct call *call, const struct attribute *attribute, struct str value,
                      struct sqs_queue_record *queue)
{
        int64_t number;

        if (str_to_i64(value, &number) < 0 || number < attribute->min || number > attribute->max)
                return bad_attribute(call, attribute->name);
        *(struct opt_int *)at(queue, attribute->number) = OPT_INT(number);
        return 0;
}

static int set_flag(struct call *call, const struct attribute *attribute, struct str value,
                    struct sqs_queue_record *queue)
{
        bool is_on = str_eq(value, STR("true"));

        if (!is_on && !str_eq(value, STR("false")))
                return bad_attribute(call, attribute->name);
        *(struct opt_bool *)at(queue, attribute->flag) = OPT_BOOL(is_on);
        return 0;
}

static int set_one(struct call *call, const struct attribute *attribute, struct str value, bool is_new,
                   struct sqs_queue_record *queue)
{
        bool is_settable = attribute->set || attribute->number || attribute->flag;

        if (!is_settable || (attribute->is_made_once && !is_new) ||
            (attribute->is_fifos && !sqs_is_fifo(queue)))
                return unknown(call, attribute->name);
        if (attribute->set)
                return attribute->set(call, value, queue);
        return attribute->number ? set_number(call, attribute, value, queue)
                                 : set_flag(call, attribute, value, queue);
}

static void set_defaults(struct sqs_queue_record *queue)
{
        for (size_t i = 0; i < ARRAY_LEN(ATTRIBUTES); i++)
                if (ATTRIBUTES[i].number && ATTRIBUTES[i].number != AT(key_reuse_s))
                        *(struct opt_int *)at(queue, ATTRIBUTES[i].number) = OPT_INT(ATTRIBUTES[i].usual);
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
                        TRY(set_fifo(call, given->items[i].value, queue));
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
                const struct attribute *attribute = find(given->items[i].key);

                if (!attribute)
                        return unknown(call, given->items[i].key);
                TRY(set_one(call, attribute, given->items[i].value, is_new, queue));
        }
        if (sqs_is_fifo(queue))
                set_fifo_defaults(queue);
        return check_whole(call, given, queue);
}

int sqs_set_queue_attributes(struct call *call, const struct sqs_set_queue_attributes_in *in_,
                             struct sqs_set_queue_attributes_out *out)
{
        struct sqs_queue_record queue;
        int64_t retention_s;

        (void)out;
        TRY(sqs_need_queue(call, in_->queue_url, &queue));
        retention_s = queue.retention_s.value;
        TRY(sqs_set_attributes(call, &in_->attributes, false, &queue));
        queue.modified = OPT_INT(call->now_ms);
        if (queue.retention_s.value < retention_s)
                TRY(sqs_expire_soon(call, &queue));
        return call_put(call, &sqs_queue_record_type, &queue);
}

/* -- Telling */

/* Absent: the queue does not have it. */
static int tell(struct call *call, const struct attribute *attribute, const struct sqs_queue_record *queue,
                struct str *ret)
{
        const struct opt_int *number = in(queue, attribute->number);
        const struct opt_bool *flag = in(queue, attribute->flag);

        *ret = STR_NONE;
        if (attribute->tell)
                return attribute->tell(call, queue, ret);
        if (attribute->number && number->is_set)
                *ret = arena_printf(&call->arena, "%lld", (long long)number->value);
        else if (attribute->flag && flag->is_set)
                *ret = flag->value ? STR("true") : STR("false");
        else if (attribute->text)
                *ret = *(const struct str *)in(queue, attribute->text);
        return 0;
}

static int add(struct call *call, const struct attribute *attribute, const struct sqs_queue_record *queue,
               struct str_map *ret)
{
        struct str value;

        for (size_t i = 0; i < ret->count; i++)
                if (str_eq(ret->items[i].key, attribute->name))
                        return 0;
        TRY(tell(call, attribute, queue, &value));
        if (str_is_set(value))
                ret->items[ret->count++] = (struct str_pair){attribute->name, value};
        return 0;
}

static int add_named(struct call *call, struct str name, const struct sqs_queue_record *queue,
                     struct str_map *ret)
{
        const struct attribute *attribute = find(name);

        if (attribute)
                return add(call, attribute, queue, ret);
        if (!str_eq(name, STR("All")))
                return unknown(call, name);
        for (size_t i = 0; i < ARRAY_LEN(ATTRIBUTES); i++)
                TRY(add(call, &ATTRIBUTES[i], queue, ret));
        return 0;
}

int sqs_get_queue_attributes(struct call *call, const struct sqs_get_queue_attributes_in *in_,
                             struct sqs_get_queue_attributes_out *out)
{
        struct sqs_queue_record queue;

        TRY(sqs_need_queue(call, in_->queue_url, &queue));
        out->attributes.items = arena_new_array(&call->arena, struct str_pair, ARRAY_LEN(ATTRIBUTES));
        if (!out->attributes.items)
                return -ENOMEM;
        for (size_t i = 0; i < in_->attribute_names.count; i++)
                TRY(add_named(call, in_->attribute_names.items[i], &queue, &out->attributes));
        out->attributes.is_set = out->attributes.count > 0;
        return 0;
}

int sqs_has_attributes(struct call *call, const struct str_map *given, const struct sqs_queue_record *queue,
                       bool *ret)
{
        *ret = true;
        for (size_t i = 0; i < given->count && *ret; i++) {
                const struct attribute *attribute = find(given->items[i].key);
                struct str value;

                if (!attribute)
                        return unknown(call, given->items[i].key);
                TRY(tell(call, attribute, queue, &value));
                *ret = str_eq(value, given->items[i].value);
        }
        return 0;
}
