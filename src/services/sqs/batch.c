#include "services/sqs/batch.h"

#include "services/label.h"

static struct str id_at(const struct sqs_batch *batch, size_t i)
{
        return *(const struct str *)(const void *)((const char *)batch->ids + i * batch->stride);
}

static int check_ids(struct call *call, const struct sqs_batch *batch)
{
        for (size_t i = 0; i < batch->count; i++) {
                struct str id = id_at(batch, i);

                if (!label_is_valid(id))
                        return fail(call, &sqs_invalid_batch_entry_id,
                                    "A batch entry id can only contain alphanumeric characters, hyphens and "
                                    "underscores. It can be at most 80 letters long.");
                for (size_t k = 0; k < i; k++)
                        if (str_eq(id, id_at(batch, k)))
                                return fail(call, &sqs_batch_entry_ids_not_distinct, "Id %.*s repeated.",
                                            STR_ARG(id));
        }
        return 0;
}

int sqs_check_batch(struct call *call, const struct sqs_batch *batch)
{
        if (batch->count == 0)
                return fail(call, &sqs_empty_batch_request, "There should be at least one %s in the request.",
                            batch->entry);
        if (batch->count > SQS_BATCH_MAX)
                return fail(call, &sqs_too_many_entries_in_batch_request,
                            "Maximum number of entries per request are %d. You have sent %zu.", SQS_BATCH_MAX,
                            batch->count);
        return check_ids(call, batch);
}

int sqs_batch_failures(struct call *call, size_t count, struct sqs_batch_result_error_entry_list *ret)
{
        *ret = (struct sqs_batch_result_error_entry_list){
                .items = arena_new_array(&call->arena, struct sqs_batch_result_error_entry, count),
                .is_set = true,
        };
        return ret->items ? 0 : -ENOMEM;
}

/* The codes are those of the query protocol, whichever is spoken. */
int sqs_batch_result(struct call *call, int result, struct str id,
                     struct sqs_batch_result_error_entry_list *failed)
{
        const struct api_error *error = call->error;

        if (result != -ECALL)
                return result;
        failed->items[failed->count++] = (struct sqs_batch_result_error_entry){
                .id = id,
                .sender_fault = OPT_BOOL(error->is_sender),
                .code = str_is_set(error->query_code) ? error->query_code : error->code,
                .message = call->error_message,
        };
        call_forgive(call);
        return 1;
}
