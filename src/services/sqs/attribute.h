/* Attributes of queues: one table says how each is set and told. */
#pragma once

#include "services/sqs/sqs.h"

struct sqs_attribute {
        struct str name;
        /* Of a number: its place, limits and default. */
        size_t number;
        int64_t min, max, usual;
        /* Of a text, or of a boolean. */
        size_t text, flag;
        bool is_fifos;     /* refused elsewhere */
        bool is_made_once; /* CreateQueue alone sets it */
        int (*set)(struct call *call, struct str value, struct sqs_queue_record *queue);
        int (*tell)(struct call *call, const struct sqs_queue_record *queue, struct str *ret);
};

#define SQS_AT(member) offsetof(struct sqs_queue_record, member)

extern const struct sqs_attribute sqs_attributes[];
extern const size_t sqs_attribute_count;

/* NULL: there is none of this name. */
const struct sqs_attribute *sqs_find_attribute(struct str name);
must_check int sqs_unknown_attribute(struct call *call, struct str name);
must_check int sqs_bad_attribute(struct call *call, struct str name);

/* Those that are more than a value: attribute_set.c, attribute_tell.c */
#define SQS_SETTER(name) int name(struct call *call, struct str value, struct sqs_queue_record *queue)
must_check SQS_SETTER(sqs_set_dedup_scope);
must_check SQS_SETTER(sqs_set_throughput);
must_check SQS_SETTER(sqs_set_fifo);
must_check SQS_SETTER(sqs_set_kms_key);
must_check SQS_SETTER(sqs_set_managed_sse);
#define SQS_TELLER(name) int name(struct call *call, const struct sqs_queue_record *queue, struct str *ret)
must_check SQS_TELLER(sqs_tell_arn);
must_check SQS_TELLER(sqs_tell_created);
must_check SQS_TELLER(sqs_tell_modified);
must_check SQS_TELLER(sqs_tell_ready);
must_check SQS_TELLER(sqs_tell_in_flight);
must_check SQS_TELLER(sqs_tell_delayed);
