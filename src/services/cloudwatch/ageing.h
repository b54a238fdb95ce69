/* Rows of points that become those of longer spans, and go, by a timer of each metric. What readers see does
 * not depend on when it has run. */
#pragma once

#include "services/cloudwatch/cloudwatch.h"

/* Sees to it that it runs when this row, which is about to be stored, is too old for its span. *use is
 * changed and not stored if *ret_is_changed. */
must_check int cloudwatch_await_ageing(struct call *call, const struct cloudwatch_point_record *row,
                                       struct cloudwatch_metric_use_record *use, bool *ret_is_changed);
