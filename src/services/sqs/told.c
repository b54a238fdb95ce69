#include "services/sqs/told.h"

#include "services/sqs/receipt.h"

static const struct str SYSTEM_NAMES[] = {
        STR_INIT("SenderId"),
        STR_INIT("SentTimestamp"),
        STR_INIT("ApproximateReceiveCount"),
        STR_INIT("ApproximateFirstReceiveTimestamp"),
        STR_INIT("SequenceNumber"),
        STR_INIT("MessageDeduplicationId"),
        STR_INIT("MessageGroupId"),
        STR_INIT("AWSTraceHeader"),
        STR_INIT("DeadLetterQueueSourceArn"),
};

static bool is_named(const struct str_list *names, struct str name)
{
        for (size_t i = 0; i < names->count; i++)
                if (str_eq(names->items[i], name) || str_eq(names->items[i], STR("All")))
                        return true;
        return false;
}

static bool is_known(struct str name)
{
        for (size_t i = 0; i < ARRAY_LEN(SYSTEM_NAMES); i++)
                if (str_eq(SYSTEM_NAMES[i], name))
                        return true;
        return str_eq(name, STR("All"));
}

static int check_names(struct call *call, const struct str_list *names)
{
        for (size_t i = 0; i < names->count; i++)
                if (!is_known(names->items[i]) && !sqs_is_attribute(names->items[i]))
                        return fail(call, &sqs_invalid_attribute_name, "Unknown Attribute %.*s.",
                                    STR_ARG(names->items[i]));
        return 0;
}

int sqs_check_asked(struct call *call, const struct sqs_receive_message_in *in)
{
        TRY(check_names(call, &in->attribute_names));
        return check_names(call, &in->message_system_attribute_names);
}

static struct str in_decimal(struct call *call, int64_t number)
{
        return arena_printf(&call->arena, "%lld", (long long)number);
}

static int tell_attributes(struct call *call, const struct sqs_receive_message_in *in,
                           const struct sqs_message_record *message, struct str_map *ret)
{
        const struct str values[] = {
                message->sender,
                in_decimal(call, message->sent.value),
                in_decimal(call, message->receives.value),
                in_decimal(call, message->first_received.value),
                message->sequence,
                message->dedup_id,
                message->group,
                message->trace_header,
                message->source,
        };

        ret->items = arena_new_array(&call->arena, struct str_pair, ARRAY_LEN(SYSTEM_NAMES));
        if (!ret->items)
                return -ENOMEM;
        for (size_t i = 0; i < ARRAY_LEN(SYSTEM_NAMES); i++)
                if (str_is_set(values[i]) && (is_named(&in->attribute_names, SYSTEM_NAMES[i]) ||
                                              is_named(&in->message_system_attribute_names, SYSTEM_NAMES[i])))
                        ret->items[ret->count++] = (struct str_pair){SYSTEM_NAMES[i], values[i]};
        ret->is_set = ret->count > 0;
        return 0;
}

/* "All or .*"; "bar.*" for all that begin with it. */
static bool is_wanted(const struct str_list *names, struct str name)
{
        for (size_t i = 0; i < names->count; i++) {
                struct str wanted = names->items[i];

                if (str_eq(wanted, STR("All")) || str_eq(wanted, name))
                        return true;
                if (str_ends(wanted, STR(".*")) && str_starts(name, str_part(wanted, 0, wanted.len - 2)))
                        return true;
        }
        return false;
}

static int tell_message_attributes(struct call *call, const struct sqs_receive_message_in *in,
                                   struct str written, struct sqs_message *ret)
{
        struct sqs_message_attribute_value_map all, *wanted = &ret->message_attributes;

        TRY(sqs_read_attributes(call, written, &all));
        *wanted = (struct sqs_message_attribute_value_map){.items = all.items};
        for (size_t i = 0; i < all.count; i++)
                if (is_wanted(&in->message_attribute_names, all.items[i].key))
                        wanted->items[wanted->count++] = all.items[i];
        if (wanted->count == 0)
                return 0;
        wanted->is_set = true;
        TRY(sqs_write_attributes(call, wanted, &written));
        ret->md5_of_message_attributes = sqs_md5(call, written);
        return 0;
}

int sqs_tell_message(struct call *call, const struct sqs_receive_message_in *in,
                     const struct sqs_queue_record *queue, const struct sqs_message_record *message,
                     const struct sqs_content *content, struct sqs_message *ret)
{
        *ret = (struct sqs_message){
                .message_id = message->id,
                .receipt_handle = sqs_write_receipt(call, queue, message),
                .md5_of_body = sqs_md5(call, content->body),
                .body = content->body,
        };
        TRY(tell_attributes(call, in, message, &ret->attributes));
        return tell_message_attributes(call, in, content->attributes, ret);
}
