/* What the files of this folder share. */
#pragma once

#include "api/sqs.h"
#include "services/call.h"

/* Quotas. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
#define SQS_SIZE_MAX         1048576 /* bytes of a message, and of a batch */
#define SQS_NAME_MAX         80
#define SQS_BATCH_MAX        10
#define SQS_IN_FLIGHT_MAX    120000
#define SQS_TAGS_MAX         50
#define SQS_VISIBILITY_MAX_S 43200
#define SQS_DELAY_MAX_S      900
#define SQS_WAIT_MAX_S       20
#define SQS_RECENT_MS        (60 * MS_PER_S) /* of deletions and purges */

/* -- Names: name.c */

struct sqs_name {
        struct str account, region, name;
};

struct str sqs_arn(struct call *call, const struct sqs_name *name);
struct str sqs_queue_arn(struct call *call, const struct sqs_queue_record *queue);
/* On the endpoint that the client used: "http://localhost:4566/111122223333/name". */
struct str sqs_url(struct call *call, struct str account, struct str name);
/* From a URL, or the path of one; -EINVAL: it is none. */
must_check int sqs_read_url(struct call *call, struct str url, struct sqs_name *ret);
/* A queue has one ARN and no other. */
must_check int sqs_read_arn(struct call *call, struct str arn, struct sqs_name *ret);
bool sqs_name_is_valid(struct str name);
bool sqs_name_is_fifo(struct str name);

/* -- Queues: queue.c */

must_check int sqs_get_queue(struct call *call, const struct sqs_name *name, struct sqs_queue_record *ret);
/* By its URL; QueueDoesNotExist. */
must_check int sqs_need_queue(struct call *call, struct str url, struct sqs_queue_record *ret);
must_check int sqs_no_queue(struct call *call);
must_check int sqs_next_number(struct call *call, struct str of, int64_t *ret);

/* For permissions: resources.c. The queue need not be there. */
must_check int sqs_resource_of(struct call *call, const struct sqs_name *name, struct resource *ret);

/* -- Attributes: attribute.c */

/* Sets those that are given; `is_new`: of a queue that is being made. */
must_check int sqs_set_attributes(struct call *call, const struct str_map *given, bool is_new,
                                  struct sqs_queue_record *queue);
/* The first attribute of which the queue has another value; absent: it has all of these. */
must_check int sqs_find_difference(struct call *call, const struct str_map *given,
                                   const struct sqs_queue_record *queue, struct str *ret);

bool sqs_is_attribute(struct str name);

/* -- Policies: policy.c */

must_check int sqs_set_policy(struct call *call, struct str document, struct sqs_queue_record *queue);
must_check int sqs_tell_policy(struct call *call, const struct sqs_queue_record *queue, struct str *ret);

/* -- Redrive: redrive.c */

must_check int sqs_set_redrive_policy(struct call *call, struct str document, struct sqs_queue_record *queue);
must_check int sqs_set_redrive_allow_policy(struct call *call, struct str document,
                                            struct sqs_queue_record *queue);

/* -- Faults that are said of a parameter */

must_check int sqs_bad_value(struct call *call, struct str value, const char *parameter, const char *reason);
must_check int sqs_missing(struct call *call, const char *parameter);
must_check int sqs_check_tags(struct call *call, const struct str_map *tags);

static inline struct str sqs_body_id(const struct sqs_message_record *message)
{
        return str_is_set(message->body_id) ? message->body_id : message->id;
}

static inline bool sqs_is_fifo(const struct sqs_queue_record *queue)
{
        return queue->is_fifo.value;
}
