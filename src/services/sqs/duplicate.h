/* Exactly-once processing: a FIFO queue takes a message of one deduplication id once in five minutes.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-exactly-once-processing.html
 */
#pragma once

#include "services/sqs/sqs.h"

/* Settles dedup_id and sequence of a message that is about to be sent. *ret_is_duplicate: it was sent before;
 * then its id is that of the one which was. */
must_check int sqs_settle_duplicate(struct call *call, const struct sqs_queue_record *queue,
                                    const struct sqs_level_record *level, struct str body,
                                    struct sqs_message_record *message, bool *ret_is_duplicate);
