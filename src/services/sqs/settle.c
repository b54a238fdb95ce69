/* What becomes of a message that was received: deleted, or visible at another hour.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html */
#include "services/sqs/batch.h"
#include "services/sqs/lane.h"
#include "services/sqs/receipt.h"

struct settling {
        struct call *call;
        struct sqs_queue_record queue;
        struct sqs_level_record level;
};

static int begin(struct call *call, struct str url, struct settling *ret)
{
        *ret = (struct settling){.call = call};
        TRY(sqs_need_queue(call, url, &ret->queue));
        return sqs_get_level(call, &ret->queue, &ret->level);
}

/* -ENOENT: it is deleted. */
static int find(struct settling *settling, struct str handle, struct sqs_receipt *ret_receipt,
                struct sqs_message_record *ret)
{
        TRY(sqs_read_receipt(settling->call, &settling->queue, handle, ret_receipt));
        if (ret_receipt->space != settling->level.space.value)
                return -ENOENT; /* the queue was purged */
        return sqs_get_message(settling->call, ret_receipt->space, ret_receipt->number, ret);
}

static bool is_in_flight(const struct settling *settling, const struct sqs_message_record *message)
{
        return message->lane.value == SQS_IN_FLIGHT && message->due.value > settling->call->now_ms;
}

/* -- Deleting */

/* Of a standard queue, "if you don't provide the most recent receipt handle for the message, the request
 * succeeds, but the message might not be deleted". */
static int delete_one(struct settling *settling, struct str handle)
{
        struct sqs_message_record message;
        struct sqs_receipt receipt;
        int r = find(settling, handle, &receipt, &message);
        bool is_last;

        if (r < 0)
                return r == -ENOENT ? 0 : r;
        is_last = receipt.receives == message.receives.value;
        if (sqs_is_fifo(&settling->queue) && (!is_last || !is_in_flight(settling, &message)))
                return sqs_bad_value(settling->call, handle, "ReceiptHandle",
                                     "The receipt handle has expired.");
        if (!is_last)
                return 0;
        return sqs_remove(settling->call, &settling->queue, &settling->level, &message);
}

int sqs_delete_message(struct call *call, const struct sqs_delete_message_in *in,
                       struct sqs_delete_message_out *out)
{
        struct settling settling;

        (void)out;
        TRY(begin(call, in->queue_url, &settling));
        TRY(delete_one(&settling, in->receipt_handle));
        return sqs_put_level(call, &settling.level);
}

int sqs_delete_message_batch(struct call *call, const struct sqs_delete_message_batch_in *in,
                             struct sqs_delete_message_batch_out *out)
{
        const struct sqs_batch batch = SQS_BATCH(&in->entries, "DeleteMessageBatchRequestEntry");
        struct settling settling;

        TRY(sqs_check_batch(call, &batch));
        TRY(begin(call, in->queue_url, &settling));
        TRY(sqs_batch_failures(call, batch.count, &out->failed));
        out->successful.items =
                arena_new_array(&call->arena, struct sqs_delete_message_batch_result_entry, batch.count);
        out->successful.is_set = true;
        if (!out->successful.items)
                return -ENOMEM;
        for (size_t i = 0; i < batch.count; i++) {
                const struct sqs_delete_message_batch_request_entry *entry = &in->entries.items[i];
                int r = sqs_batch_result(call, delete_one(&settling, entry->receipt_handle), entry->id,
                                         &out->failed);

                if (r < 0)
                        return r;
                if (r == 0)
                        out->successful.items[out->successful.count++].id = entry->id;
        }
        return sqs_put_level(call, &settling.level);
}

/* -- Visible at another hour */

static int bad_timeout(struct call *call, struct opt_int timeout, const char *reason)
{
        return sqs_bad_value(call, arena_printf(&call->arena, "%lld", (long long)timeout.value),
                             "VisibilityTimeout", reason);
}

static int check_timeout(struct settling *settling, const struct sqs_message_record *message,
                         struct opt_int timeout, int64_t due_ms)
{
        if (due_ms <= message->received.value + SQS_VISIBILITY_MAX_S * MS_PER_S)
                return 0;
        return bad_timeout(settling->call, timeout,
                           "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]");
}

static int check_in_flight(struct settling *settling, struct str handle, const struct sqs_receipt *receipt,
                           const struct sqs_message_record *message)
{
        if (is_in_flight(settling, message) && receipt->receives == message->receives.value)
                return 0;
        return fail(settling->call, &sqs_message_not_inflight,
                    "Value %.*s for parameter ReceiptHandle is invalid. Reason: Message does not exist or is "
                    "not available for visibility timeout change.",
                    STR_ARG(handle));
}

static int change_one(struct settling *settling, struct str handle, struct opt_int timeout)
{
        struct call *call = settling->call;
        int64_t due_ms = call->now_ms + timeout.value * MS_PER_S;
        struct sqs_message_record message;
        struct sqs_receipt receipt;
        int r;

        if (timeout.value < 0 || timeout.value > SQS_VISIBILITY_MAX_S)
                return bad_timeout(call, timeout,
                                   "VisibilityTimeout must be an integer between 0 and 43200.");
        r = find(settling, handle, &receipt, &message);
        if (r == -ENOENT)
                return sqs_bad_value(call, handle, "ReceiptHandle",
                                     "Message does not exist or is not available for visibility timeout "
                                     "change.");
        TRY(r);
        TRY(check_in_flight(settling, handle, &receipt, &message));
        TRY(check_timeout(settling, &message, timeout, due_ms));
        TRY(sqs_move(call, &settling->queue, &settling->level, &message,
                     timeout.value ? SQS_IN_FLIGHT : SQS_READY, due_ms));
        return call_put(call, &sqs_message_record_type, &message);
}

int sqs_change_message_visibility(struct call *call, const struct sqs_change_message_visibility_in *in,
                                  struct sqs_change_message_visibility_out *out)
{
        struct settling settling;

        (void)out;
        TRY(begin(call, in->queue_url, &settling));
        TRY(change_one(&settling, in->receipt_handle, in->visibility_timeout));
        return sqs_put_level(call, &settling.level);
}

int sqs_change_message_visibility_batch(struct call *call,
                                        const struct sqs_change_message_visibility_batch_in *in,
                                        struct sqs_change_message_visibility_batch_out *out)
{
        const struct sqs_batch batch = SQS_BATCH(&in->entries, "ChangeMessageVisibilityBatchRequestEntry");
        struct settling settling;

        TRY(sqs_check_batch(call, &batch));
        TRY(begin(call, in->queue_url, &settling));
        TRY(sqs_batch_failures(call, batch.count, &out->failed));
        out->successful.items = arena_new_array(
                &call->arena, struct sqs_change_message_visibility_batch_result_entry, batch.count);
        out->successful.is_set = true;
        if (!out->successful.items)
                return -ENOMEM;
        for (size_t i = 0; i < batch.count; i++) {
                const struct sqs_change_message_visibility_batch_request_entry *entry = &in->entries.items[i];
                int r = sqs_batch_result(
                        call, change_one(&settling, entry->receipt_handle, entry->visibility_timeout),
                        entry->id, &out->failed);

                if (r < 0)
                        return r;
                if (r == 0)
                        out->successful.items[out->successful.count++].id = entry->id;
        }
        return sqs_put_level(call, &settling.level);
}
