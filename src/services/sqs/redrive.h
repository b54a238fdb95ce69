/* Messages that go to a dead-letter queue. */
#pragma once

#include "services/sqs/lane.h"

/* Has it been received as often as the queue lets it be? */
bool sqs_is_dead(const struct sqs_queue_record *queue, const struct sqs_message_record *message);
/* The queue where its dead letters go. -ENOENT: there is none (any more), or it does not want them. */
must_check int sqs_find_dead_letter(struct call *call, const struct sqs_queue_record *queue,
                                    struct sqs_queue_record *ret);
/* Moves a message that is in no lane any more; it stays sealed as it is. */
must_check int sqs_give_up(struct call *call, const struct sqs_queue_record *queue,
                           struct sqs_message_record *message, const struct sqs_queue_record *to);
