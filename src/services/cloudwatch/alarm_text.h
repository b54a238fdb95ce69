/* Numbers, times and sentences as alarms tell them. */
#pragma once

#include "base/arena.h"
#include "base/json_out.h"
#include "services/cloudwatch/alarm_window.h"

/* 1.0, 0.0666851903306472, 1.0E10: the shortest that says this number. */
struct str cloudwatch_number(struct arena *arena, double value);
void cloudwatch_json_number(struct json_out *out, struct arena *arena, double value);
/* 2019-10-02T17:04:40.985+0000 */
struct str cloudwatch_time(struct arena *arena, int64_t ms);
/* Friday 22 July, 2022 15:57:45 UTC */
struct str cloudwatch_long_time(struct arena *arena, int64_t ms);

/* What was asked, besides the points. */
struct cloudwatch_question {
        struct str operator;
        double threshold;
        size_t periods, to_alarm;
        bool has_to_alarm; /* it was said: M out of N */
        enum cloudwatch_treatment treatment;
        struct str statistic, unit; /* absent: of metric math; none */
        int64_t period_s;
        int64_t asked_ms;
};

/* StateReason and StateReasonData of a verdict that is no CLOUDWATCH_KEEP. */
struct str cloudwatch_reason(struct arena *arena, const struct cloudwatch_question *question,
                             const struct cloudwatch_verdict *verdict);
must_check int cloudwatch_reason_data(struct arena *arena, const struct cloudwatch_question *question,
                                      const struct cloudwatch_verdict *verdict, struct str *ret);
