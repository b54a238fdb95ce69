/* StateReason and StateReasonData of a verdict: no I/O. */
#pragma once

#include "services/cloudwatch/alarm_text.h"
#include "services/cloudwatch/alarm_window.h"

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
