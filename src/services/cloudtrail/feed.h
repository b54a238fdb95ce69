/* Feeds: the events of a trail on their way into its log group of CloudWatch Logs. They wait, stored as they
 * come, and go from there in the transaction that puts them into the group, so that a crash neither loses nor
 * repeats any. A feed outlives its trail, and the trail's wish for it, until all of it is delivered.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/send-cloudtrail-events-to-cloudwatch-logs.html
 */
#pragma once

#include "events/outbox.h"
#include "services/cloudtrail/trail.h"
#include "services/logs/directory.h"

#define FEED_SESSION STR("CLOUDWATCH_LOGS_DELIVERY_SESSION")

/* "111122223333_CloudTrail_us-east-1": the trail's region, wherever the events are from. */
struct str feed_stream(struct call *call, struct str account, struct str home);
/* -ENOENT: it is not the ARN of a group, with ":*" behind it. */
must_check int feed_read_group(struct call *call, struct str arn, struct logs_name *ret);
/* Puts events there in the name of the role. -ECALL: refused. */
must_check int feed_put(struct call *call, const struct principal *role, const struct logs_name *group,
                        const struct logs_input_log_event_list *events);

/* -- When the trail changes */

/* What is given of a group and a role must do: as CloudTrail finds out, by assuming the role and opening the
 * stream. InvalidCloudWatchLogsLogGroupArnException, InvalidCloudWatchLogsRoleArnException. */
must_check int feed_check(struct call *call, const struct cloudtrail_trail_record *trail);
/* It leads where the trail says now; without a group, or when the trail goes, it comes to its end. */
must_check int feed_follow(struct call *call, const struct cloudtrail_trail_record *trail);
must_check int feed_leave(struct call *call, const struct cloudtrail_trail_record *trail);

/* -- When events come */

/* An event that the trail wants. */
must_check int feed_take(const struct host *host, struct txn *txn, struct arena *arena, int64_t trail,
                         const struct event *event);
must_check int feed_wait(struct txn *txn, struct arena *arena, struct cloudtrail_feed_record *feed,
                         int64_t due_ms);
