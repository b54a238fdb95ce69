/* Where data points lie: a row for each second, minute, five minutes or hour that has any, of one unit. A
 * sample is in one row alone. With time, rows become those of longer spans, and in the end they go.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#metrics-retention
 */
#pragma once

#include "base/map.h"
#include "services/cloudwatch/metric.h"
#include "services/cloudwatch/sum.h"

#define CLOUDWATCH_PAST_MS   (14 * MS_PER_DAY)      /* how old a sample may be that comes */
#define CLOUDWATCH_FUTURE_MS (2 * INT64_C(3600000)) /* and how far ahead */
#define CLOUDWATCH_KEPT_MS   (455 * MS_PER_DAY)
#define CLOUDWATCH_VALUE_MAX 0x1p360 /* "in the range of -2^360 to 2^360" */

/* The seconds of a row's span: 1, 60, 300 or 3600. At least what samples of that age are kept by. 0: they are
 * not kept. */
int64_t cloudwatch_span_s(int64_t start_ms, int64_t now_ms);
/* How long rows of this span stay so, behind their beginnings. */
int64_t cloudwatch_span_kept_ms(int64_t span_s);

/* Where the period of so many seconds begins that a time is in. */
int64_t cloudwatch_floor_ms(int64_t time_ms, int64_t period_s);

/* Adds samples, of a metric that may be new; resolution_s: 1 or 60. */
struct cloudwatch_put {
        const struct cloudwatch_metric_name *metric;
        int64_t unit;
        int64_t time_ms;
        int64_t resolution_s;
        const struct cloudwatch_sum *sum;
        struct map *fed; /* gets the metric's id: cloudwatch_wake_alarms() */
};
must_check int cloudwatch_put_point(struct call *call, const struct cloudwatch_put *put);
/* Into a row. */
must_check int cloudwatch_add_point(struct call *call, const struct cloudwatch_point_record *row,
                                    const struct cloudwatch_sum *sum);

/* -- Reading */

/* Periods from from_ms on, each of period_s, as many as begin before to_ms. */
struct cloudwatch_query {
        struct str metric; /* its id */
        int64_t unit;      /* or CLOUDWATCH_ANY_UNIT */
        int64_t from_ms, to_ms, period_s;
        bool is_distributed; /* the statistic needs values */
        size_t *work;        /* what it has cost is added here, in about microseconds; NULL: nobody asks */
};

/* The rows that count for this query, of each span in order of time: start_ms is where the row's span begins,
 * as samples of its age are kept by now. < 0 ends it. */
typedef int (*cloudwatch_each_row)(void *arg, const struct cloudwatch_point_record *row, int64_t start_ms);
must_check int cloudwatch_each_point(struct call *call, const struct cloudwatch_query *query,
                                     cloudwatch_each_row each, void *arg);

/* Sums by periods: the one of number i begins at from_ms + i * period_s. Those without samples have the count
 * 0. */
struct cloudwatch_sums {
        struct cloudwatch_sum *items; /* owned */
        size_t count;
        int64_t from_ms;
};
/* No more periods than may have samples, and all of them whole. */
void cloudwatch_narrow(const struct call *call, struct cloudwatch_query *query);
void cloudwatch_sums_done(struct cloudwatch_sums *sums);
must_check int cloudwatch_read_sums(struct call *call, const struct cloudwatch_query *query,
                                    struct cloudwatch_sums *ret);
