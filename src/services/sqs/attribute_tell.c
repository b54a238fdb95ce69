#include "services/sqs/attribute.h"
#include "services/sqs/lane.h"

int sqs_tell_arn(struct call *call, const struct sqs_queue_record *queue, struct str *ret)
{
        *ret = sqs_queue_arn(call, queue);
        return 0;
}

static int tell_seconds(struct call *call, int64_t ms, struct str *ret)
{
        *ret = arena_printf(&call->arena, "%lld", (long long)(ms / MS_PER_S));
        return 0;
}

int sqs_tell_created(struct call *call, const struct sqs_queue_record *queue, struct str *ret)
{
        return tell_seconds(call, queue->created.value, ret);
}

int sqs_tell_modified(struct call *call, const struct sqs_queue_record *queue, struct str *ret)
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

int sqs_tell_ready(struct call *call, const struct sqs_queue_record *queue, struct str *ret)
{
        return tell_count(call, queue, SQS_READY, ret);
}

int sqs_tell_in_flight(struct call *call, const struct sqs_queue_record *queue, struct str *ret)
{
        return tell_count(call, queue, SQS_IN_FLIGHT, ret);
}

int sqs_tell_delayed(struct call *call, const struct sqs_queue_record *queue, struct str *ret)
{
        return tell_count(call, queue, SQS_DELAYED, ret);
}

/* -- Telling */

static const void *at(const struct sqs_queue_record *queue, size_t offset)
{
        return (const char *)queue + offset;
}

/* Absent: the queue does not have it. */
static int tell(struct call *call, const struct sqs_attribute *attribute,
                const struct sqs_queue_record *queue, struct str *ret)
{
        const struct opt_int *number = at(queue, attribute->number);
        const struct opt_bool *flag = at(queue, attribute->flag);

        *ret = STR_NONE;
        if (attribute->tell)
                return attribute->tell(call, queue, ret);
        if (attribute->number && number->is_set)
                *ret = arena_printf(&call->arena, "%lld", (long long)number->value);
        else if (attribute->flag && flag->is_set)
                *ret = flag->value ? STR("true") : STR("false");
        else if (attribute->text)
                *ret = *(const struct str *)at(queue, attribute->text);
        return 0;
}

static int add(struct call *call, const struct sqs_attribute *attribute, const struct sqs_queue_record *queue,
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
        const struct sqs_attribute *attribute = sqs_find_attribute(name);

        if (attribute)
                return add(call, attribute, queue, ret);
        if (!str_eq(name, STR("All")))
                return sqs_unknown_attribute(call, name);
        for (size_t i = 0; i < sqs_attribute_count; i++)
                TRY(add(call, &sqs_attributes[i], queue, ret));
        return 0;
}

int sqs_get_queue_attributes(struct call *call, const struct sqs_get_queue_attributes_in *in,
                             struct sqs_get_queue_attributes_out *out)
{
        struct sqs_queue_record queue;

        TRY(sqs_need_queue(call, in->queue_url, &queue));
        out->attributes.items = arena_new_array(&call->arena, struct str_pair, sqs_attribute_count);
        if (!out->attributes.items)
                return -ENOMEM;
        for (size_t i = 0; i < in->attribute_names.count; i++)
                TRY(add_named(call, in->attribute_names.items[i], &queue, &out->attributes));
        out->attributes.is_set = out->attributes.count > 0;
        return 0;
}

int sqs_find_difference(struct call *call, const struct str_map *given, const struct sqs_queue_record *queue,
                        struct str *ret)
{
        *ret = STR_NONE;
        for (size_t i = 0; i < given->count && !str_is_set(*ret); i++) {
                const struct sqs_attribute *attribute = sqs_find_attribute(given->items[i].key);
                struct str value;

                if (!attribute)
                        return sqs_unknown_attribute(call, given->items[i].key);
                TRY(tell(call, attribute, queue, &value));
                if (!str_eq(value, given->items[i].value))
                        *ret = attribute->name;
        }
        return 0;
}
