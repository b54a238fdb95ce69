/* What a message says: its body and its attributes, as they are sealed, and as their MD5 is made.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html */
#pragma once

#include "services/sqs/sqs.h"

struct sqs_content {
        struct str body;
        struct str attributes; /* in the form of which the MD5 is made; empty: none */
};

/* -ECALL: it may not be sent, in SQS's words. */
must_check int sqs_check_body(struct call *call, struct str body);
must_check int sqs_check_attributes(struct call *call, const struct sqs_message_attribute_value_map *given);
must_check int sqs_check_system_attributes(struct call *call,
                                           const struct sqs_message_system_attribute_value_map *given,
                                           struct str *ret_trace_header);
size_t sqs_size_of(struct str body, const struct sqs_message_attribute_value_map *attributes);

/* Sorted by name: each name, type and value behind its length, values behind a byte for their kind. */
must_check int sqs_write_attributes(struct call *call, const struct sqs_message_attribute_value_map *given,
                                    struct str *ret);
must_check int sqs_read_attributes(struct call *call, struct str written,
                                   struct sqs_message_attribute_value_map *ret);
struct str sqs_md5(struct call *call, struct str bytes); /* in hexadecimal */

must_check int sqs_pack(struct call *call, const struct sqs_content *content, struct str *ret);
must_check int sqs_unpack(struct str packed, struct sqs_content *ret);
