/* The topic's policy must let cloudwatch.amazonaws.com publish, with the alarm's ARN as aws:SourceArn.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html */
#include "services/cloudwatch/alarm_topic.h"

#include "services/sns/directory.h"

int cloudwatch_notify_topic(struct call *call, const struct cloudwatch_alarm_record *alarm, struct str topic,
                            struct str message)
{
        const struct sns_notice notice = {
                .service = STR("cloudwatch.amazonaws.com"),
                .source_arn = cloudwatch_alarm_arn(call, alarm),
                .source_account = alarm->account,
                .topic = topic,
                .subject = cloudwatch_notice_subject(call, alarm),
                .message = message,
        };

        return sns_notify(call, &notice);
}
