/* Messages that are published: from the topic to their fan-out. */
#pragma once

#include "services/sns/content.h"

struct sns_sent {
        struct str message_id, sequence;
};

/* All of the message is there when the transaction is: what it says, and that it has to be delivered. */
must_check int sns_publish_message(struct call *call, const struct sns_topic_record *topic,
                                   const struct sns_message *message, struct sns_sent *ret);

/* -- A notice at work: fan_out.c, delivery.c */

must_check int sns_get_notice(struct call *call, int64_t number, struct sns_notice_record *ret);
/* One of those that wait for it has ended; the last takes it away. */
must_check int sns_release_notice(struct call *call, struct sns_notice_record *notice);
must_check int sns_fan_out_at(struct call *call, const struct sns_notice_record *notice, int64_t due_ms);

/* FIFO topics: duplicate.c. Sets dedup_id and sequence; a duplicate has the id and the sequence of the first.
 */
must_check int sns_settle_duplicate(struct call *call, const struct sns_topic_record *topic, struct str text,
                                    struct sns_notice_record *notice, bool *ret_is_duplicate);
/* Of a topic that is gone: so many at the most. */
must_check int sns_drop_duplicates(struct call *call, int64_t topic, size_t most, size_t *ret_count);
