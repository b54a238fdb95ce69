/* How messages lie. Each is a row of Message, and a row of Turn in one of three lanes: ready, in the order in
 * which they became visible; in flight and delayed, by the hour at which they become so. Whoever receives
 * first brings over what has become visible, so that each call reads just the beginning of each lane. In a
 * FIFO queue it is a group that has its turn: group.c. Level counts; all of it changes in the transaction of
 * the call. */
#pragma once

#include "services/sqs/sqs.h"

enum sqs_lane { SQS_READY, SQS_IN_FLIGHT, SQS_DELAYED, SQS_LANES, SQS_NOWHERE = SQS_LANES };

/* A new, empty space for a queue whose messages go on counting from `last`. */
must_check int sqs_new_space(struct call *call, struct sqs_queue_record *queue, int64_t last);
must_check int sqs_get_level(struct call *call, const struct sqs_queue_record *queue,
                             struct sqs_level_record *ret);
must_check int sqs_put_level(struct call *call, const struct sqs_level_record *level);
/* As of now, also what nobody has brought over yet. */
must_check int sqs_count(struct call *call, const struct sqs_queue_record *queue, int64_t ret[SQS_LANES]);

/* Gives the message its number, and stores it: visible from `due_ms` on. */
must_check int sqs_append(struct call *call, const struct sqs_queue_record *queue,
                          struct sqs_level_record *level, struct sqs_message_record *message, int64_t due_ms);
must_check int sqs_get_message(struct call *call, int64_t space, int64_t number,
                               struct sqs_message_record *ret);
/* From its lane to another, or nowhere. The record is the caller's to store. */
must_check int sqs_move(struct call *call, const struct sqs_queue_record *queue,
                        struct sqs_level_record *level, struct sqs_message_record *message, enum sqs_lane to,
                        int64_t due_ms);
/* What is touched whenever a message of the queue gets another place: for call_wait(). */
uint64_t sqs_waited(const struct sqs_queue_record *queue);
/* All of it. */
must_check int sqs_remove(struct call *call, const struct sqs_queue_record *queue,
                          struct sqs_level_record *level, struct sqs_message_record *message);

/* Is there anything to receive? Reads no more than the first row of each lane. */
must_check int sqs_has_ready(struct call *call, const struct sqs_queue_record *queue, bool *ret);
/* Brings over what has become visible. */
must_check int sqs_bring_over(struct call *call, const struct sqs_queue_record *queue,
                              struct sqs_level_record *level);
/* The hour at which the first message that is not visible becomes so; INT64_MAX: none does. */
must_check int sqs_next_due(struct call *call, const struct sqs_queue_record *queue, int64_t *ret_ms);
/* Numbers of those that come next, at most `most`. */
must_check int sqs_next_ready(struct call *call, const struct sqs_queue_record *queue, size_t most,
                              int64_t *ret, size_t *ret_count);

bool sqs_is_expired(const struct call *call, const struct sqs_queue_record *queue,
                    const struct sqs_message_record *message);
/* Its retention has become shorter. */
must_check int sqs_expire_soon(struct call *call, const struct sqs_queue_record *queue);

/* -- FIFO queues: group.c. What a message of a group becomes changes whose turn it is. */

must_check int sqs_group_add(struct call *call, const struct sqs_message_record *message);
must_check int sqs_group_drop(struct call *call, const struct sqs_message_record *message);
/* in_flight, delayed: by how much there are more of them. */
must_check int sqs_group_settle(struct call *call, const struct sqs_message_record *message,
                                int64_t in_flight, int64_t delayed);
/* When a message that is sent now is visible: never before one that was sent earlier, and *ret_waits while
 * such a one has not been brought over. */
must_check int sqs_group_due(struct call *call, const struct sqs_message_record *message, int64_t *due_ms,
                             bool *ret_waits);
must_check int sqs_group_next(struct call *call, int64_t space, int64_t head, size_t most, int64_t *ret,
                              size_t *ret_count);
