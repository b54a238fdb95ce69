/* Receipt handles: which receive of which message, with a code that only this server can make.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html
 */
#pragma once

#include "services/sqs/sqs.h"

struct sqs_receipt {
        int64_t space, number, receives;
};

struct str sqs_write_receipt(struct call *call, const struct sqs_queue_record *queue,
                             const struct sqs_message_record *message);
/* ReceiptHandleIsInvalid: it was not given for a message of this queue. */
must_check int sqs_read_receipt(struct call *call, const struct sqs_queue_record *queue, struct str handle,
                                struct sqs_receipt *ret);
