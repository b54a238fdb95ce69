/* What the points of an alarm's evaluation range make of its state: no I/O.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html */
#pragma once

#include "base/str.h"

enum cloudwatch_outcome {
        CLOUDWATCH_KEEP, /* "Retain current state" */
        CLOUDWATCH_OK,
        CLOUDWATCH_ALARM,
        CLOUDWATCH_UNKNOWN, /* INSUFFICIENT_DATA */
};

enum cloudwatch_treatment {
        CLOUDWATCH_MISSING,
        CLOUDWATCH_IGNORE,
        CLOUDWATCH_BREACHING,
        CLOUDWATCH_NOT_BREACHING,
};

/* One period. */
struct cloudwatch_point {
        int64_t time_ms; /* where it begins */
        double value;
        double samples; /* behind the value; negative: nobody knows */
        bool is_there;
        bool is_breaching;
};

struct cloudwatch_window {
        const struct cloudwatch_point *points; /* of the evaluation range, the oldest first */
        size_t count;                          /* at least `periods` */
        size_t periods;                        /* N: EvaluationPeriods */
        size_t to_alarm;                       /* M: DatapointsToAlarm */
        enum cloudwatch_treatment treatment;
};

struct cloudwatch_verdict {
        enum cloudwatch_outcome outcome;
        struct cloudwatch_point *judged; /* N of them, the newest first: real ones, and missing ones */
        size_t breaching, fine;          /* of the real ones among them */
        size_t filled;
};

/* False: it is no such operator of a static threshold. */
bool cloudwatch_compare(struct str operator, double value, double threshold, bool *ret_breaching);
/* Room for N points is the caller's, in ret->judged. */
void cloudwatch_judge(const struct cloudwatch_window *window, struct cloudwatch_verdict *ret);
