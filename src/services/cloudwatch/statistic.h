/* The statistics of CloudWatch by their names, and what they are of samples.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html */
#pragma once

#include "services/cloudwatch/sum.h"

enum cloudwatch_statistic_kind {
        STATISTIC_SAMPLE_COUNT,
        STATISTIC_AVERAGE,
        STATISTIC_SUM,
        STATISTIC_MINIMUM,
        STATISTIC_MAXIMUM,
        STATISTIC_PERCENTILE,
        STATISTIC_TRIMMED_MEAN,
        STATISTIC_TRIMMED_COUNT,
        STATISTIC_TRIMMED_SUM,
        STATISTIC_WINSORIZED_MEAN,
        STATISTIC_PERCENTILE_RANK,
};

struct cloudwatch_statistic {
        enum cloudwatch_statistic_kind kind;
        double low, high;   /* bounds; of a percentile: high */
        bool is_percentage; /* the bounds are parts of the samples, else values */
};

/* "Average", "p99.9", "tm90", "TM(10%:90%)", "PR(:300)", "IQM". -EINVAL: none of them. */
must_check int cloudwatch_read_statistic(struct str name, struct cloudwatch_statistic *ret);
/* Such as need samples one by one. */
bool cloudwatch_statistic_needs_values(const struct cloudwatch_statistic *statistic);
/* -ENODATA: it is not known of these samples, or there are none. */
must_check int cloudwatch_compute(const struct cloudwatch_statistic *statistic,
                                  const struct cloudwatch_sum *sum, double *ret);
