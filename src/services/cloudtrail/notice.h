/* Notices to a trail's topic of SNS. */
#pragma once

#include "services/cloudtrail/trail_target.h"

/* Whether the topic takes them: it gets one. InvalidSnsTopicNameException,
 * InsufficientSnsTopicPolicyException. */
must_check int notice_check(struct call *call, const struct cloudtrail_trail_record *trail);

/* In the transaction of its file, which is there even if nobody can be told: why not is in the stream, which
 * is not stored. */
must_check int notice_of_file(struct call *call, const struct trail_target *target, struct str key,
                              struct cloudtrail_stream_record *stream);
