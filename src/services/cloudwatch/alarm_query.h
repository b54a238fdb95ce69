/* The series that an alarm watches: of one metric, or of several queries the one that returns data. */
#pragma once

#include "services/cloudwatch/alarm.h"
#include "services/cloudwatch/metrics.h"

/* The query whose values are watched; NULL: none, or several. */
const struct cloudwatch_metric_data_query *cloudwatch_watched_query(
        const struct cloudwatch_metric_data_query_list *queries);
bool cloudwatch_returns_data(const struct cloudwatch_metric_data_query *query);
/* The statistic of a metric; absent: of metric math. */
struct str cloudwatch_alarm_statistic(const struct cloudwatch_metric_alarm *alarm);
must_check int cloudwatch_read_alarm(struct call *call, const struct cloudwatch_metric_alarm *alarm,
                                     const struct cloudwatch_time_range *range,
                                     struct cloudwatch_series *ret);
/* Whether anything that it watches has data in the range. */
must_check int cloudwatch_alarm_has_data(struct call *call, const struct cloudwatch_metric_alarm *alarm,
                                         const struct cloudwatch_time_range *range, bool *ret);
