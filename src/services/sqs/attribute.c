/* Attributes of queues: one table says how each is read, set and told.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
#include "services/sqs/attribute.h"

int sqs_bad_value(struct call *call, struct str value, const char *parameter, const char *reason)
{
        return fail(call, &sqs_invalid_parameter_value_exception,
                    "Value %.*s for parameter %s is invalid. Reason: %s", STR_ARG(value), parameter, reason);
}

int sqs_missing(struct call *call, const char *parameter)
{
        return fail(call, &sqs_missing_required_parameter_exception,
                    "The request must contain the parameter %s.", parameter);
}

int sqs_bad_attribute(struct call *call, struct str name)
{
        return fail(call, &sqs_invalid_attribute_value, "Invalid value for the parameter %.*s.",
                    STR_ARG(name));
}

/* -- The table, in the order in which they are told */

#define NUMBER(attribute_name, member, low, high, default_value)                                             \
        {                                                                                                    \
                .name = STR_INIT(attribute_name), .number = SQS_AT(member), .min = (low), .max = (high),     \
                .usual = (default_value)                                                                     \
        }

const struct sqs_attribute sqs_attributes[] = {
        {.name = STR_INIT("QueueArn"), .tell = sqs_tell_arn},
        {.name = STR_INIT("ApproximateNumberOfMessages"), .tell = sqs_tell_ready},
        {.name = STR_INIT("ApproximateNumberOfMessagesNotVisible"), .tell = sqs_tell_in_flight},
        {.name = STR_INIT("ApproximateNumberOfMessagesDelayed"), .tell = sqs_tell_delayed},
        {.name = STR_INIT("CreatedTimestamp"), .tell = sqs_tell_created},
        {.name = STR_INIT("LastModifiedTimestamp"), .tell = sqs_tell_modified},
        NUMBER("VisibilityTimeout", visibility_s, 0, SQS_VISIBILITY_MAX_S, 30),
        NUMBER("MaximumMessageSize", max_size, 1024, SQS_SIZE_MAX, SQS_SIZE_MAX),
        NUMBER("MessageRetentionPeriod", retention_s, 60, 1209600, 345600),
        NUMBER("DelaySeconds", delay_s, 0, SQS_DELAY_MAX_S, 0),
        NUMBER("ReceiveMessageWaitTimeSeconds", wait_s, 0, SQS_WAIT_MAX_S, 0),
        {.name = STR_INIT("Policy"), .set = sqs_set_policy, .tell = sqs_tell_policy},
        {.name = STR_INIT("RedrivePolicy"), .text = SQS_AT(redrive_policy), .set = sqs_set_redrive_policy},
        {.name = STR_INIT("RedriveAllowPolicy"),
         .text = SQS_AT(redrive_allow_policy),
         .set = sqs_set_redrive_allow_policy},
        {.name = STR_INIT("KmsMasterKeyId"), .text = SQS_AT(kms_key), .set = sqs_set_kms_key},
        {.name = STR_INIT("KmsDataKeyReusePeriodSeconds"),
         .number = SQS_AT(key_reuse_s),
         .min = 60,
         .max = 86400},
        {.name = STR_INIT("SqsManagedSseEnabled"),
         .flag = SQS_AT(is_managed_sse),
         .set = sqs_set_managed_sse},
        {.name = STR_INIT("FifoQueue"), .flag = SQS_AT(is_fifo), .is_made_once = true, .set = sqs_set_fifo},
        {.name = STR_INIT("ContentBasedDeduplication"), .flag = SQS_AT(content_based), .is_fifos = true},
        {.name = STR_INIT("DeduplicationScope"),
         .text = SQS_AT(dedup_scope),
         .is_fifos = true,
         .set = sqs_set_dedup_scope},
        {.name = STR_INIT("FifoThroughputLimit"),
         .text = SQS_AT(throughput_limit),
         .is_fifos = true,
         .set = sqs_set_throughput},
};

const size_t sqs_attribute_count = ARRAY_LEN(sqs_attributes);

const struct sqs_attribute *sqs_find_attribute(struct str name)
{
        for (size_t i = 0; i < sqs_attribute_count; i++)
                if (str_eq(sqs_attributes[i].name, name))
                        return &sqs_attributes[i];
        return NULL;
}

bool sqs_is_attribute(struct str name)
{
        return sqs_find_attribute(name) != NULL;
}

int sqs_unknown_attribute(struct call *call, struct str name)
{
        return fail(call, &sqs_invalid_attribute_name, "Unknown Attribute %.*s.", STR_ARG(name));
}
