/* What a message says: checked, sealed, told for a protocol.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html */
#pragma once

#include "services/sns/sns.h"

/* What Publish and an entry of a batch say. */
struct sns_message {
        struct str subject, text;
        bool is_json; /* text has one for each protocol */
        const struct sns_message_attribute_value_map *attributes;
        struct str group, dedup_id;
};

/* -ECALL: it may not be published to this topic. */
must_check int sns_check_message(struct call *call, const struct sns_topic_record *topic,
                                 const struct sns_message *message);
/* MessageStructure. */
must_check int sns_read_structure(struct call *call, struct str structure, bool *ret_is_json);
size_t sns_size_limit(const struct sns_topic_record *topic);
size_t sns_size_of(const struct sns_message *message);
/* The text for a protocol. */
must_check int sns_text_for(struct call *call, const struct sns_content_record *content, struct str protocol,
                            struct str *ret);

/* -- Sealed: seal.c */

/* Sets sealed and data_key of the notice, whose number is settled. Asks the topic's key of KMS in the name of
 * the caller. */
must_check int sns_seal(struct call *call, const struct sns_topic_record *topic,
                        const struct sns_content_record *content, struct sns_notice_record *notice);
must_check int sns_open(struct call *call, const struct sns_notice_record *notice,
                        struct sns_content_record *ret);
