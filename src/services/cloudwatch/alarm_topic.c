#include "services/cloudwatch/alarm_topic.h"

int cloudwatch_notify_topic(struct call *call, const struct cloudwatch_alarm_record *alarm, struct str topic,
                            struct str message)
{
        (void)alarm;
        (void)topic;
        (void)message;
        return fail(call, &cloudwatch_resource_not_found_exception, "This server has no Amazon SNS.");
}
