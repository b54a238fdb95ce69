/* Message move tasks: out of a dead-letter queue, to where the messages came from or to one queue.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
 */
#pragma once

#include "services/sqs/lane.h"

/* -EINVAL: it is none. What is given lives in the call's arena. */
must_check int sqs_read_task_handle(struct call *call, struct str handle, struct str *ret_source,
                                    struct str *ret_id);
must_check int sqs_write_task_handle(struct call *call, const struct sqs_move_task_record *task,
                                     struct str *ret);

#define SQS_MOVE_RATE_MAX 500 /* messages a second; also of a task that names no rate */

#define SQS_TASK_RUNNING   STR("RUNNING")
#define SQS_TASK_COMPLETED STR("COMPLETED")
#define SQS_TASK_CANCELLED STR("CANCELLED")
#define SQS_TASK_FAILED    STR("FAILED")
