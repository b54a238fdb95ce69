/* What is wrong with data that are put. */
#pragma once

#include "services/cloudwatch/cloudwatch.h"

#define CLOUDWATCH_FAULTS_TOLD 10

struct cloudwatch_checking {
        struct call *call;
        struct str at;                 /* "MetricData.member.1" */
        const struct api_error *error; /* of the first; NULL: nothing is wrong */
        struct str told;
        size_t faults;
};
