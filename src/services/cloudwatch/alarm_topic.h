/* Actions that publish to topics of SNS. */
#pragma once

#include "services/cloudwatch/alarm.h"

/* -ECALL: SNS refused it. */
must_check int cloudwatch_notify_topic(struct call *call, const struct cloudwatch_alarm_record *alarm,
                                       struct str topic, struct str message);
