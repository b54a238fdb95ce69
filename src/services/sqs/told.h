/* What a receive tells of a message: the attributes that are asked for, and their MD5. */
#pragma once

#include "services/sqs/content.h"

/* InvalidAttributeName. */
must_check int sqs_check_asked(struct call *call, const struct sqs_receive_message_in *in);
must_check int sqs_tell_message(struct call *call, const struct sqs_receive_message_in *in,
                                const struct sqs_queue_record *queue,
                                const struct sqs_message_record *message, const struct sqs_content *content,
                                struct sqs_message *ret);
