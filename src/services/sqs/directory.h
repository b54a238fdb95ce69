/* What one of AWS's services sends to a queue of a customer: notifications of S3, messages of topics, targets
 * of rules. It is a SendMessage in the name of the service, on behalf of what it tells of, and goes the way
 * of every other: under the queue's policy and the key that it is sealed with; it is recorded. */
#pragma once

#include "api/sqs.h"
#include "services/call.h"

struct sqs_delivery {
        struct str service;                    /* "s3.amazonaws.com" */
        struct str source_arn, source_account; /* on whose behalf: aws:SourceArn, aws:SourceAccount */
        struct str queue;                      /* its ARN, of the call's region */
        struct str body;
        struct sqs_message_attribute_value_map attributes; /* empty: none */
        struct str group, dedup_id;                        /* of FIFO queues; absent: none */
};

/* In a transaction. -ECALL: refused, with SQS's error (the queue is not there, or does not let the service);
 * nothing of it is there then, but the refusal is on record. */
must_check int sqs_send(struct call *call, const struct sqs_delivery *delivery);
