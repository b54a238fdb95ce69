/* Receives of FIFO queues that are tried again: for five minutes they get the same messages and receipt
 * handles, as long as nothing has become of them.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-receiverequestattemptid-request-parameter.html
 */
#pragma once

#include "services/sqs/lane.h"

struct sqs_attempt {
        struct sqs_message_record messages[SQS_BATCH_MAX]; /* in flight still */
        size_t count;
};

/* -ENOENT: there was none, it is too long ago, or a message has been changed since. */
must_check int sqs_find_attempt(struct call *call, const struct sqs_queue_record *queue, struct str id,
                                struct sqs_attempt *ret);
must_check int sqs_remember_attempt(struct call *call, const struct sqs_queue_record *queue, struct str id,
                                    const struct sqs_attempt *attempt);
