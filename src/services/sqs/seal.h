/* What messages are sealed under.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html
 *
 * A queue has a data key, under SQS's own key; one that names a key of KMS has one for each of its senders,
 * for the reuse period. A message keeps the number of its data key wherever it is moved to. */
#pragma once

#include "crypto/keyring.h"
#include "services/sqs/content.h"

/* To send with; made or fetched once a call. Zero before; sqs_sealer_done(). */
struct sqs_sealer {
        struct secret key;
        int64_t number;
};
/* May store the queue's record. -ECALL: KMS does not let the caller, in SQS's words. */
must_check int sqs_sealer_get(struct call *call, struct sqs_queue_record *queue, struct sqs_sealer *ret);
void sqs_sealer_done(struct sqs_sealer *sealer);
/* For a message that counts as sent now. */
must_check int sqs_keep_key(struct call *call, const struct sqs_message_record *message);

/* Sets key and sealed of the message, whose id is settled; a large one is stored beside. */
must_check int sqs_seal(struct call *call, const struct sqs_sealer *sealer, struct str clear,
                        struct sqs_message_record *message);

/* To receive with: keeps the key of the message before. */
struct sqs_opener {
        struct secret key;
        int64_t number;
};
must_check int sqs_open(struct call *call, const struct sqs_queue_record *queue, struct sqs_opener *opener,
                        const struct sqs_message_record *message, struct sqs_content *ret);
void sqs_opener_done(struct sqs_opener *opener);
