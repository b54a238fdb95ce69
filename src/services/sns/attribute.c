/* https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html */
#include "services/sns/attribute.h"

#include "base/text.h"

#define DISPLAY_NAME_MAX 100
#define KMS_KEY_MAX      2048 /* characters of a KeyId */
#define TOLD_MAX         24

/* -- Maps of attributes */

struct str sns_attribute(const struct str_map *attributes, struct str name)
{
        for (size_t i = 0; i < attributes->count; i++)
                if (str_eq(attributes->items[i].key, name))
                        return attributes->items[i].value;
        return STR_NONE;
}

int sns_put_attribute(struct call *call, struct str_map *attributes, struct str name, struct str value)
{
        struct str_map made = {.items = arena_new_array(&call->arena, struct str_pair, attributes->count + 1),
                               .is_set = true};

        if (!made.items)
                return -ENOMEM;
        for (size_t i = 0; i < attributes->count; i++)
                if (!str_eq(attributes->items[i].key, name))
                        made.items[made.count++] = attributes->items[i];
        if (value.len)
                made.items[made.count++] = (struct str_pair){name, value};
        *attributes = made;
        return 0;
}

/* -- Those that are more than a text */

static int set_display_name(struct call *call, struct str value, struct sns_topic_record *topic)
{
        if (utf8_length(value) > DISPLAY_NAME_MAX)
                return sns_invalid(call, "DisplayName");
        return sns_put_attribute(call, &topic->attributes, STR("DisplayName"), value);
}

static int set_kms_key(struct call *call, struct str value, struct sns_topic_record *topic)
{
        if (value.len > KMS_KEY_MAX)
                return sns_invalid(call, "KmsMasterKeyId");
        return sns_put_attribute(call, &topic->attributes, STR("KmsMasterKeyId"), value);
}

static int set_fifo(struct call *call, struct str value, struct sns_topic_record *topic)
{
        bool is_fifo = str_eq(value, STR("true"));

        if (!is_fifo && !str_eq(value, STR("false")))
                return sns_invalid(call, "FifoTopic");
        if (is_fifo != sns_is_fifo(topic))
                return sns_invalid(call,
                                   is_fifo ? "Fifo Topic names must end with .fifo and must be made up of "
                                             "only uppercase and lowercase ASCII letters, numbers, "
                                             "underscores, and hyphens, and must be between 1 and 256 "
                                             "characters long."
                                           : "Topic Name");
        return is_fifo ? sns_put_attribute(call, &topic->attributes, STR("FifoTopic"), value) : 0;
}

/* A large message goes to AWS's own services alone, and to few of them. */
static int set_message_size(struct call *call, struct str value, struct sns_topic_record *topic)
{
        struct sns_tally_record tally = {};
        int64_t size = 0;

        TRY(str_to_i64(value, &size));
        if (size > SNS_SIZE && topic->number.value > 0) {
                TRY(sns_get_tally(call, topic->number.value, &tally));
                if (tally.confirmed.value + tally.pending.value > SNS_LARGE_SUBSCRIPTIONS)
                        return sns_invalid(call,
                                           "MaximumMessageSize Reason: the topic has more than %d "
                                           "subscriptions",
                                           SNS_LARGE_SUBSCRIPTIONS);
        }
        return sns_put_attribute(call, &topic->attributes, STR("MaximumMessageSize"), value);
}

static int refuse_archive(struct call *call, struct str value, struct sns_topic_record *topic)
{
        (void)topic;
        return value.len
                       ? sns_invalid(call, "ArchivePolicy Reason: this server keeps no archives of messages")
                       : 0;
}

/* -- The table */

static const struct str BOOLEANS[] = {STR_INIT("true"), STR_INIT("false")};
static const struct str VERSIONS[] = {STR_INIT("1"), STR_INIT("2")};
static const struct str TRACING[] = {STR_INIT("PassThrough"), STR_INIT("Active")};
static const struct str SCOPES[] = {STR_INIT("Topic"), STR_INIT("MessageGroup")};

#define ONE_OF(list) .values = (list), .value_count = ARRAY_LEN(list)

static const struct sns_topic_attribute ATTRIBUTES[] = {
        {.name = STR_INIT("Policy"), .set = sns_set_topic_policy},
        {.name = STR_INIT("DisplayName"), .set = set_display_name},
        {.name = STR_INIT("DeliveryPolicy"), .set = sns_set_topic_delivery_policy},
        {.name = STR_INIT("KmsMasterKeyId"), .set = set_kms_key},
        {.name = STR_INIT("SignatureVersion"), ONE_OF(VERSIONS)},
        {.name = STR_INIT("TracingConfig"), ONE_OF(TRACING), .is_standards = true},
        {.name = STR_INIT("MaximumMessageSize"), .min = 1024, .max = SNS_SIZE_MAX, .set = set_message_size},
        {.name = STR_INIT("FifoTopic"), .is_made_once = true, .set = set_fifo},
        {.name = STR_INIT("ContentBasedDeduplication"), ONE_OF(BOOLEANS), .is_fifos = true},
        {.name = STR_INIT("FifoThroughputScope"), ONE_OF(SCOPES), .is_fifos = true},
        {.name = STR_INIT("ArchivePolicy"), .is_fifos = true, .set = refuse_archive},
};

const struct sns_topic_attribute *sns_find_topic_attribute(struct str name)
{
        for (size_t i = 0; i < ARRAY_LEN(ATTRIBUTES); i++)
                if (str_eq(ATTRIBUTES[i].name, name))
                        return &ATTRIBUTES[i];
        return NULL;
}

static int check_value(struct call *call, const struct sns_topic_attribute *attribute, struct str value)
{
        int64_t number;

        for (size_t i = 0; attribute->values && i < attribute->value_count; i++)
                if (str_eq(attribute->values[i], value))
                        return 0;
        if (attribute->max && str_to_i64(value, &number) == 0 && number >= attribute->min &&
            number <= attribute->max)
                return 0;
        return sns_invalid(call, "%.*s", STR_ARG(attribute->name));
}

int sns_set_topic_attribute(struct call *call, struct str name, struct str value, bool is_new,
                            struct sns_topic_record *topic)
{
        const struct sns_topic_attribute *attribute = sns_find_topic_attribute(name);
        bool is_fifo = sns_is_fifo(topic);

        if (!attribute || (attribute->is_made_once && !is_new) || (attribute->is_fifos && !is_fifo) ||
            (attribute->is_standards && is_fifo))
                return is_new ? sns_invalid(call, "Attributes Reason: Unknown attribute %.*s", STR_ARG(name))
                              : sns_invalid(call, "AttributeName");
        if (attribute->values || attribute->max)
                TRY(check_value(call, attribute, value));
        if (attribute->set)
                return attribute->set(call, value, topic);
        return sns_put_attribute(call, &topic->attributes, attribute->name, value);
}

/* -- Telling them */

struct telling {
        struct call *call;
        struct str_map *map;
};

static void tell(struct telling *telling, struct str name, struct str value)
{
        if (str_is_set(value) && telling->map->count < TOLD_MAX)
                telling->map->items[telling->map->count++] = (struct str_pair){name, value};
}

static void tell_count(struct telling *telling, struct str name, struct opt_int count)
{
        tell(telling, name, arena_printf(&telling->call->arena, "%lld", (long long)count.value));
}

static void tell_fifo(struct telling *telling, const struct sns_topic_record *topic)
{
        if (!sns_is_fifo(topic))
                return;
        if (!str_is_set(sns_attribute(&topic->attributes, STR("ContentBasedDeduplication"))))
                tell(telling, STR("ContentBasedDeduplication"), STR("false"));
        if (!str_is_set(sns_attribute(&topic->attributes, STR("FifoThroughputScope"))))
                tell(telling, STR("FifoThroughputScope"), STR("Topic"));
}

int sns_tell_topic_attributes(struct call *call, const struct sns_topic_record *topic, struct str_map *ret)
{
        struct telling telling = {call, ret};
        struct sns_tally_record tally;
        struct str policy, delivery;

        *ret = (struct str_map){.items = arena_new_array(&call->arena, struct str_pair, TOLD_MAX),
                                .is_set = true};
        if (!ret->items)
                return -ENOMEM;
        TRY(sns_get_tally(call, topic->number.value, &tally));
        TRY(sns_tell_policy(call, topic, &policy));
        TRY(sns_effective_topic_policy(call, topic, &delivery));
        tell(&telling, STR("TopicArn"), sns_topic_arn(call, topic));
        tell(&telling, STR("Owner"), topic->account);
        tell(&telling, STR("Policy"), policy);
        if (!str_is_set(sns_attribute(&topic->attributes, STR("DisplayName"))))
                tell(&telling, STR("DisplayName"), STR(""));
        for (size_t i = 0; i < topic->attributes.count; i++)
                tell(&telling, topic->attributes.items[i].key, topic->attributes.items[i].value);
        tell_fifo(&telling, topic);
        tell(&telling, STR("EffectiveDeliveryPolicy"), delivery);
        tell_count(&telling, STR("SubscriptionsConfirmed"), tally.confirmed);
        tell_count(&telling, STR("SubscriptionsPending"), tally.pending);
        tell_count(&telling, STR("SubscriptionsDeleted"), tally.deleted);
        return 0;
}

int sns_has_topic_attributes(struct call *call, const struct str_map *given,
                             const struct sns_topic_record *topic, bool *ret)
{
        struct str_map told;

        *ret = true;
        TRY(sns_tell_topic_attributes(call, topic, &told));
        for (size_t i = 0; i < given->count && *ret; i++) {
                if (!sns_find_topic_attribute(given->items[i].key))
                        return sns_invalid(call, "Attributes Reason: Unknown attribute %.*s",
                                           STR_ARG(given->items[i].key));
                *ret = str_eq(sns_attribute(&told, given->items[i].key), given->items[i].value) ||
                       (str_eq(given->items[i].key, STR("FifoTopic")) && !sns_is_fifo(topic) &&
                        str_eq(given->items[i].value, STR("false")));
        }
        return 0;
}

/* -- Operations */

int sns_get_topic_attributes(struct call *call, const struct sns_get_topic_attributes_in *in,
                             struct sns_get_topic_attributes_out *out)
{
        struct sns_topic_record topic;

        TRY(sns_need_topic(call, in->topic_arn, &topic));
        return sns_tell_topic_attributes(call, &topic, &out->attributes);
}

int sns_set_topic_attributes(struct call *call, const struct sns_set_topic_attributes_in *in,
                             struct sns_set_topic_attributes_out *out)
{
        struct str value = str_is_set(in->attribute_value) ? in->attribute_value : STR("");
        struct sns_topic_record topic;

        (void)out;
        TRY(sns_need_topic(call, in->topic_arn, &topic));
        TRY(sns_set_topic_attribute(call, in->attribute_name, value, false, &topic));
        return call_put(call, &sns_topic_record_type, &topic);
}
