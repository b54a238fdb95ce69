/* Batches: up to ten entries, each with an id of its own, of which each succeeds or fails.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-batch-api-actions.html */
#pragma once

#include "services/sqs/sqs.h"

struct sqs_batch {
        const struct str *ids; /* of the first entry; the id is the first member of each */
        size_t count, stride;
        const char *entry; /* "SendMessageBatchRequestEntry" */
};
#define SQS_BATCH(list, name)                                                                                \
        ((struct sqs_batch){(list)->count ? &(list)->items[0].id : NULL, (list)->count,                      \
                            sizeof(*(list)->items), (name)})

must_check int sqs_check_batch(struct call *call, const struct sqs_batch *batch);
/* What has become of an entry: 0, and 1 when it failed and the failure was added to the list. */
must_check int sqs_batch_result(struct call *call, int result, struct str id,
                                struct sqs_batch_result_error_entry_list *failed);
/* Room for all of them. */
must_check int sqs_batch_failures(struct call *call, size_t count,
                                  struct sqs_batch_result_error_entry_list *ret);
