/* What metrics say, as alarms need it: statistics of metrics, and metric math over them, by periods. */
#pragma once

#include "services/cloudwatch/cloudwatch.h"

/* Values by periods, in order of time. Periods of which nothing is known are left out. */
struct cloudwatch_series {
        int64_t *times; /* ms: where the periods begin */
        double *values;
        double *sample_counts; /* of a metric: how many samples are behind each value; of an expression: NULL
                                */
        size_t count;
        size_t work; /* that it was to read them: struct cloudwatch_query */
};

/* What is asked, of the call's account and region: periods that begin in [from_ms, to_ms). from_ms is aligned
 * by the caller: its first period begins there. now_ms is that of the call. */
struct cloudwatch_time_range {
        int64_t from_ms, to_ms;
};

/* "Average", "p99.9", "TM(10%:90%)", ...: -EINVAL when it is no statistic. */
must_check int cloudwatch_check_statistic(struct str statistic);

/* A metric's statistic (stat->stat) by stat->period; with stat->unit only what was put with that unit. */
must_check int cloudwatch_read_metric(struct call *call, const struct cloudwatch_metric_stat *stat,
                                      const struct cloudwatch_time_range *range,
                                      struct cloudwatch_series *ret);

/* Whether queries may stand together: ids, statistics, periods, expressions that parse and that name what is
 * there; and whether the one of this id gives a single time series. -ECALL: refused, in AWS's words. */
must_check int cloudwatch_check_queries(struct call *call,
                                        const struct cloudwatch_metric_data_query_list *queries,
                                        struct str id);

/* One of several queries by its id, be it a metric or metric math. *ret_period_s: its period. -ECALL:
 * refused. */
must_check int cloudwatch_read_query(struct call *call,
                                     const struct cloudwatch_metric_data_query_list *queries, struct str id,
                                     const struct cloudwatch_time_range *range,
                                     struct cloudwatch_series *ret);
/* Seconds between its values; 0: it has none (a constant). After cloudwatch_check_queries(). */
must_check int cloudwatch_query_period(struct call *call,
                                       const struct cloudwatch_metric_data_query_list *queries, struct str id,
                                       int64_t *ret_s);
