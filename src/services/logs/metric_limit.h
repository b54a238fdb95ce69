/* Data points on their way to CloudWatch, and what keeps a filter from making a metric of each request. */
#pragma once

#include "services/cloudwatch/directory.h"
#include "services/logs/logs.h"

struct logs_found_sample {
        struct cloudwatch_sample sample;
        struct str filter; /* its name */
};

/* Those of filters that were deleted or disabled meanwhile are none any more. */
must_check int logs_record_samples(struct call *call, int64_t group, const struct logs_found_sample *samples,
                                   size_t count);
