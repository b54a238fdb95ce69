/* What data say of whose they are. */
#pragma once

#include "services/cloudwatch/cloudwatch.h"

/* "Validation errors in the entity will not associate the metric with the entity", and a header of the answer
 * says so; -ECALL: the call wants them to be errors. */
must_check int cloudwatch_check_entities(struct call *call, const struct cloudwatch_put_metric_data_in *in);
