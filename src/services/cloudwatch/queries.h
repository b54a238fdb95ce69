/* Queries that stand together: metrics, and expressions over them by their ids. */
#pragma once

#include "services/cloudwatch/math.h"
#include "services/cloudwatch/metrics.h"

#define CLOUDWATCH_QUERIES_MAX 500

struct cloudwatch_entry {
        struct math_node *node; /* of an expression */
        struct math_value value;
        bool is_known;  /* the value */
        bool is_walked; /* its names, when they are checked */
};

struct cloudwatch_queries {
        struct call *call;
        const struct cloudwatch_metric_data_query_list *list;
        struct cloudwatch_time_range range;
        bool is_rounded;    /* each metric begins where its period lets it */
        struct arena arena; /* of what is worked out: bounded, apart from the call's */
        struct cloudwatch_entry *entries;
        struct math_fault fault;
        size_t depth;
        size_t work; /* done so far: struct cloudwatch_query */
};

/* Checks them: -ECALL. To be ended also after that. */
must_check int cloudwatch_queries_begin(struct cloudwatch_queries *queries, struct call *call,
                                        const struct cloudwatch_metric_data_query_list *list);
void cloudwatch_queries_end(struct cloudwatch_queries *queries);
/* Of one: a series or an array. It lives as long as the queries. -ECALL */
must_check int cloudwatch_queries_evaluate(struct cloudwatch_queries *queries, size_t index,
                                           const struct math_value **ret);
int64_t cloudwatch_queries_period_s(const struct cloudwatch_queries *queries, size_t index);

/* metrics.c: the memory is the arena's. */
must_check int cloudwatch_read_series(struct call *call, struct arena *arena,
                                      const struct cloudwatch_metric_stat *stat,
                                      const struct cloudwatch_time_range *range,
                                      struct cloudwatch_series *ret);
