/* Sending. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
#include "base/ids.h"
#include "services/sqs/batch.h"
#include "services/sqs/duplicate.h"
#include "services/sqs/lane.h"
#include "services/sqs/seal.h"

#define ID_MAX 128 /* of groups and deduplication */

/* What SendMessage and an entry of a batch say. */
struct given {
        struct str body;
        struct opt_int delay_s;
        const struct sqs_message_attribute_value_map *attributes;
        const struct sqs_message_system_attribute_value_map *system_attributes;
        struct str dedup_id, group;
};

struct sent {
        struct str id, sequence;
        struct str body_md5, attributes_md5, system_md5;
};

struct sending {
        struct call *call;
        struct sqs_queue_record *queue;
        struct sqs_level_record level;
        struct sqs_sealer sealer;
};

static void sending_done(struct sending *sending)
{
        sqs_sealer_done(&sending->sealer);
}

static int begin(struct call *call, struct str url, struct sqs_queue_record *queue, struct sending *ret)
{
        *ret = (struct sending){.call = call, .queue = queue};
        TRY(sqs_need_queue(call, url, queue));
        TRY(sqs_get_level(call, queue, &ret->level));
        return sqs_sealer_get(call, queue, &ret->sealer);
}

/* -- What may be sent to which kind of queue */

static bool is_id(struct str id)
{
        for (size_t i = 0; i < id.len; i++)
                if (id.ptr[i] <= ' ' || id.ptr[i] > '~')
                        return false;
        return id.len > 0 && id.len <= ID_MAX;
}

static int check_id(struct call *call, struct str id, const char *parameter)
{
        if (!str_is_set(id) || is_id(id))
                return 0;
        return sqs_bad_value(call, id, parameter,
                             "Can only include alphanumeric and punctuation characters. 1 to 128 in length.");
}

static int check_fifo(struct call *call, const struct sqs_queue_record *queue, const struct given *given)
{
        if (!str_is_set(given->group))
                return sqs_missing(call, "MessageGroupId");
        if (given->delay_s.is_set && given->delay_s.value != 0)
                return sqs_bad_value(call,
                                     arena_printf(&call->arena, "%lld", (long long)given->delay_s.value),
                                     "DelaySeconds",
                                     "The request include parameter that is not valid for this queue type.");
        if (!str_is_set(given->dedup_id) && !queue->content_based.value)
                return fail(call, &sqs_invalid_parameter_value_exception,
                            "The queue should either have ContentBasedDeduplication enabled or "
                            "MessageDeduplicationId provided explicitly");
        return 0;
}

static int check_standard(struct call *call, const struct given *given)
{
        if (str_is_set(given->dedup_id))
                return sqs_bad_value(call, given->dedup_id, "MessageDeduplicationId",
                                     "The request include parameter that is not valid for this queue type.");
        if (given->delay_s.is_set && (given->delay_s.value < 0 || given->delay_s.value > SQS_DELAY_MAX_S))
                return sqs_bad_value(call,
                                     arena_printf(&call->arena, "%lld", (long long)given->delay_s.value),
                                     "DelaySeconds", "DelaySeconds must be >= 0 and <= 900.");
        return 0;
}

static int check_size(struct call *call, const struct sqs_queue_record *queue, const struct given *given)
{
        if (sqs_size_of(given->body, given->attributes) <= (size_t)queue->max_size.value)
                return 0;
        return fail(call, &sqs_invalid_parameter_value_exception,
                    "One or more parameters are invalid. Reason: Message must be shorter than %lld bytes.",
                    (long long)queue->max_size.value);
}

static int check(struct call *call, const struct sqs_queue_record *queue, const struct given *given,
                 struct str *ret_trace)
{
        TRY(sqs_check_body(call, given->body));
        TRY(sqs_check_attributes(call, given->attributes));
        TRY(sqs_check_system_attributes(call, given->system_attributes, ret_trace));
        TRY(check_size(call, queue, given));
        TRY(check_id(call, given->group, "MessageGroupId"));
        TRY(check_id(call, given->dedup_id, "MessageDeduplicationId"));
        return sqs_is_fifo(queue) ? check_fifo(call, queue, given) : check_standard(call, given);
}

/* -- One message */

/* "For a user, returns the user ID"; of a role also the session; of who is not signed, where he is. */
static struct str sender_of(const struct call *call)
{
        if (call->principal.kind == AWS_SERVICE)
                return call->principal.name;
        return call->principal.id.len ? call->principal.id : call->request->source_ip;
}

static int64_t due_of(const struct call *call, const struct sqs_queue_record *queue,
                      const struct given *given)
{
        int64_t delay_s =
                given->delay_s.is_set && !sqs_is_fifo(queue) ? given->delay_s.value : queue->delay_s.value;

        return call->now_ms + delay_s * MS_PER_S;
}

static int tell_sums(struct call *call, const struct given *given, struct str attributes, struct str trace,
                     struct sent *ret)
{
        struct sqs_message_attribute_value_entry header = {
                STR("AWSTraceHeader"), {.string_value = trace, .data_type = STR("String")}};
        const struct sqs_message_attribute_value_map system = {.items = &header, .count = 1};
        struct str written;

        ret->body_md5 = sqs_md5(call, given->body);
        if (attributes.len)
                ret->attributes_md5 = sqs_md5(call, attributes);
        if (!str_is_set(trace))
                return 0;
        TRY(sqs_write_attributes(call, &system, &written));
        ret->system_md5 = sqs_md5(call, written);
        return 0;
}

static int append(struct sending *sending, const struct given *given, const struct sqs_content *content,
                  struct sqs_message_record *message)
{
        struct call *call = sending->call;
        struct str clear;

        TRY(sqs_pack(call, content, &clear));
        TRY(sqs_seal(call, &sending->sealer, clear, message));
        return sqs_append(call, sending->queue, &sending->level, message,
                          due_of(call, sending->queue, given));
}

static int send_one(struct sending *sending, const struct given *given, struct sent *ret)
{
        struct call *call = sending->call;
        struct sqs_content content = {.body = given->body};
        struct sqs_message_record message = {
                .id = id_uuid(&call->arena),
                .sent = OPT_INT(call->now_ms),
                .sender = sender_of(call),
                .receives = OPT_INT(0),
                .group = given->group,
                .dedup_id = given->dedup_id,
        };
        bool is_duplicate = false;

        *ret = (struct sent){};
        TRY(check(call, sending->queue, given, &message.trace_header));
        TRY(sqs_write_attributes(call, given->attributes, &content.attributes));
        TRY(tell_sums(call, given, content.attributes, message.trace_header, ret));
        if (sqs_is_fifo(sending->queue))
                TRY(sqs_settle_duplicate(call, sending->queue, &sending->level, given->body, &message,
                                         &is_duplicate));
        ret->id = message.id;
        ret->sequence = message.sequence;
        return is_duplicate ? 0 : append(sending, given, &content, &message);
}

int sqs_send_message(struct call *call, const struct sqs_send_message_in *in,
                     struct sqs_send_message_out *out)
{
        const struct given given = {in->message_body,
                                    in->delay_seconds,
                                    &in->message_attributes,
                                    &in->message_system_attributes,
                                    in->message_deduplication_id,
                                    in->message_group_id};
        _cleanup_(sending_done) struct sending sending = {};
        struct sqs_queue_record queue;
        struct sent sent;

        TRY(begin(call, in->queue_url, &queue, &sending));
        TRY(send_one(&sending, &given, &sent));
        TRY(sqs_put_level(call, &sending.level));
        *out = (struct sqs_send_message_out){
                .md5_of_message_body = sent.body_md5,
                .md5_of_message_attributes = sent.attributes_md5,
                .md5_of_message_system_attributes = sent.system_md5,
                .message_id = sent.id,
                .sequence_number = sent.sequence,
        };
        return 0;
}

/* -- A batch of them */

static int check_length(struct call *call, const struct sqs_send_message_batch_request_entry_list *entries)
{
        size_t size = 0;

        for (size_t i = 0; i < entries->count; i++)
                size += sqs_size_of(entries->items[i].message_body, &entries->items[i].message_attributes);
        if (size <= SQS_SIZE_MAX)
                return 0;
        return fail(call, &sqs_batch_request_too_long,
                    "Batch requests cannot be longer than %d bytes. You have sent %zu bytes.", SQS_SIZE_MAX,
                    size);
}

static int send_entry(struct sending *sending, const struct sqs_send_message_batch_request_entry *entry,
                      struct sqs_send_message_batch_out *out)
{
        const struct given given = {entry->message_body,
                                    entry->delay_seconds,
                                    &entry->message_attributes,
                                    &entry->message_system_attributes,
                                    entry->message_deduplication_id,
                                    entry->message_group_id};
        struct sent sent;
        int r = sqs_batch_result(sending->call, send_one(sending, &given, &sent), entry->id, &out->failed);

        if (r != 0)
                return r < 0 ? r : 0;
        out->successful.items[out->successful.count++] = (struct sqs_send_message_batch_result_entry){
                .id = entry->id,
                .message_id = sent.id,
                .md5_of_message_body = sent.body_md5,
                .md5_of_message_attributes = sent.attributes_md5,
                .md5_of_message_system_attributes = sent.system_md5,
                .sequence_number = sent.sequence,
        };
        return 0;
}

int sqs_send_message_batch(struct call *call, const struct sqs_send_message_batch_in *in,
                           struct sqs_send_message_batch_out *out)
{
        const struct sqs_batch batch = SQS_BATCH(&in->entries, "SendMessageBatchRequestEntry");
        _cleanup_(sending_done) struct sending sending = {};
        struct sqs_queue_record queue;

        TRY(sqs_check_batch(call, &batch));
        TRY(check_length(call, &in->entries));
        TRY(begin(call, in->queue_url, &queue, &sending));
        TRY(sqs_batch_failures(call, in->entries.count, &out->failed));
        out->successful.items =
                arena_new_array(&call->arena, struct sqs_send_message_batch_result_entry, in->entries.count);
        out->successful.is_set = true;
        if (!out->successful.items)
                return -ENOMEM;
        for (size_t i = 0; i < in->entries.count; i++)
                TRY(send_entry(&sending, &in->entries.items[i], out));
        return sqs_put_level(call, &sending.level);
}
