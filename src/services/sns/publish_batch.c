/* https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html */
#include "services/label.h"
#include "services/sns/notice.h"

#define ENTRIES_MAX 10

static int check_ids(struct call *call, const struct sns_publish_batch_request_entry_list *entries)
{
        for (size_t i = 0; i < entries->count; i++) {
                struct str id = entries->items[i].id;

                if (!label_is_valid(id))
                        return fail(call, &sns_invalid_batch_entry_id_exception,
                                    "The Id of a batch entry in a batch request doesn't abide by the "
                                    "specification.");
                for (size_t k = 0; k < i; k++)
                        if (str_eq(id, entries->items[k].id))
                                return fail(call, &sns_batch_entry_ids_not_distinct_exception,
                                            "Two or more batch entries in the request have the same Id.");
        }
        return 0;
}

static struct sns_message message_of(const struct sns_publish_batch_request_entry *entry)
{
        return (struct sns_message){
                .subject = entry->subject,
                .text = entry->message,
                .attributes = &entry->message_attributes,
                .group = entry->message_group_id,
                .dedup_id = entry->message_deduplication_id,
        };
}

/* "the maximum allowed individual message size and the maximum total payload size (the sum of the individual
 * lengths of all of the batched messages)" are the same. */
static int check_batch(struct call *call, const struct sns_topic_record *topic,
                       const struct sns_publish_batch_request_entry_list *entries)
{
        size_t size = 0;

        if (entries->count == 0)
                return fail(call, &sns_empty_batch_request_exception,
                            "The batch request doesn't contain any entries.");
        if (entries->count > ENTRIES_MAX)
                return fail(call, &sns_too_many_entries_in_batch_request_exception,
                            "The batch request contains more entries than permissible.");
        TRY(check_ids(call, entries));
        for (size_t i = 0; i < entries->count; i++) {
                const struct sns_message message = message_of(&entries->items[i]);

                size += sns_size_of(&message);
        }
        if (size <= sns_size_limit(topic))
                return 0;
        return fail(call, &sns_batch_request_too_long_exception,
                    "The length of all the batch messages put together is more than the limit.");
}

static int publish_entry(struct call *call, const struct sns_topic_record *topic,
                         const struct sns_publish_batch_request_entry *entry,
                         struct sns_publish_batch_result_entry *ret)
{
        struct sns_message message = message_of(entry);
        struct sns_sent sent;

        TRY(sns_read_structure(call, entry->message_structure, &message.is_json));
        TRY(sns_publish_message(call, topic, &message, &sent));
        *ret = (struct sns_publish_batch_result_entry){
                .id = entry->id, .message_id = sent.message_id, .sequence_number = sent.sequence};
        return 0;
}

static struct sns_batch_result_error_entry failure_of(const struct call *call, struct str id)
{
        return (struct sns_batch_result_error_entry){
                .id = id,
                .code = call->error->code,
                .message = call->error_message,
                .sender_fault = OPT_BOOL(call->error->is_sender),
        };
}

static int begin(struct call *call, size_t count, struct sns_publish_batch_out *out)
{
        out->successful = (struct sns_publish_batch_result_entry_list){
                .items = arena_new_array(&call->arena, struct sns_publish_batch_result_entry, count),
                .is_set = true};
        out->failed = (struct sns_batch_result_error_entry_list){
                .items = arena_new_array(&call->arena, struct sns_batch_result_error_entry, count),
                .is_set = true};
        return out->successful.items && out->failed.items ? 0 : -ENOMEM;
}

/* A refused entry has changed nothing: its checks come first. */
int sns_publish_batch(struct call *call, const struct sns_publish_batch_in *in,
                      struct sns_publish_batch_out *out)
{
        const struct sns_publish_batch_request_entry_list *entries = &in->publish_batch_request_entries;
        struct sns_topic_record topic;

        TRY(sns_need_topic(call, in->topic_arn, &topic));
        TRY(check_batch(call, &topic, entries));
        TRY(begin(call, entries->count, out));
        for (size_t i = 0; i < entries->count; i++) {
                int r = publish_entry(call, &topic, &entries->items[i],
                                      &out->successful.items[out->successful.count]);

                if (r == 0)
                        out->successful.count++;
                else if (r == -ECALL)
                        out->failed.items[out->failed.count++] = failure_of(call, entries->items[i].id);
                else
                        return r;
                call_forgive(call);
        }
        return 0;
}
