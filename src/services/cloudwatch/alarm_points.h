/* An alarm at its turn: the evaluation range, and what is known of each of its periods.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html */
#pragma once

#include "services/cloudwatch/alarm.h"

struct cloudwatch_turn {
        struct call *call;
        struct cloudwatch_alarm_record alarm;
        int64_t period_s, step_s;
        size_t periods, range;
        int64_t end_ms;
        struct cloudwatch_point *points;
        bool has_data;    /* something in the range or behind it: it may change with time */
        struct str fault; /* why it cannot be evaluated; absent: it can */
};

/* Of its call and its alarm, up to now. */
must_check int cloudwatch_read_points(struct cloudwatch_turn *turn);
/* Also what has come since then: has_data. */
must_check int cloudwatch_look_for_data(struct cloudwatch_turn *turn);
