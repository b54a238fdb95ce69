/* What one of AWS's services publishes to a topic of a customer: alarms, notifications of S3, targets of
 * rules. It is a Publish in the name of the service, on behalf of what it tells of, and goes the way of every
 * other: under the topic's policy and the key that it is encrypted with; it is recorded. */
#pragma once

#include "api/sns.h"
#include "services/call.h"

struct sns_notice {
        struct str service;                    /* "cloudwatch.amazonaws.com" */
        struct str source_arn, source_account; /* on whose behalf: aws:SourceArn, aws:SourceAccount */
        struct str topic;                      /* its ARN, of the call's region */
        struct str subject;                    /* absent: none */
        struct str message;
        struct str group, dedup_id; /* of FIFO topics; absent: none */
};

/* In a transaction. -ECALL: refused, with SNS's error (the topic is not there, or does not let the service);
 * nothing of it is there then, but the refusal is on record. */
must_check int sns_notify(struct call *call, const struct sns_notice *notice);
