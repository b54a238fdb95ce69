/* What other services need of CloudWatch. */
#pragma once

#include "api/cloudwatch.h"
#include "services/call.h"

/* A value that AWS's own services measure, or that a metric filter finds in logs. */
struct cloudwatch_sample {
        struct str account, region;
        struct str namespace, name; /* AWS's own namespaces too */
        struct cloudwatch_dimension_list dimensions;
        double value;
        struct str unit; /* "Count"; absent: None */
        int64_t time_ms;
};

/* Puts them; nobody's permission is asked, and nothing is recorded. In a transaction. What PutMetricData
 * would refuse of a value or a time (no number, too large, older than two weeks) is passed over. */
must_check int cloudwatch_record(struct call *call, const struct cloudwatch_sample *samples, size_t count);
