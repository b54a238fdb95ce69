/* Metrics by what they are called. They are known by a digest of all of it: names and dimensions are longer
 * than a key may be. */
#pragma once

#include "services/cloudwatch/cloudwatch.h"

struct cloudwatch_metric_name {
        struct str account, region;
        struct str namespace, name;
        struct cloudwatch_dimension_list dimensions; /* in any order */
};

/* "Valid ASCII characters", of which "at least one non-whitespace character". */
bool cloudwatch_is_printable(struct str text);

/* -ENOMEM */
must_check int cloudwatch_metric_id(struct call *call, const struct cloudwatch_metric_name *name,
                                    struct str *ret);

/* -- Units: by numbers, which are stored */

#define CLOUDWATCH_ANY_UNIT (-1)
int64_t cloudwatch_unit_number(struct str name); /* absent, or none of AWS's: that of None */
struct str cloudwatch_unit_name(int64_t number);
