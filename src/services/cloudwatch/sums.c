/* Samples put together by periods. */
#include "services/cloudwatch/point.h"

#include <stdlib.h>

struct gathering {
        const struct cloudwatch_query *query;
        struct cloudwatch_sums *sums;
};

void cloudwatch_sums_done(struct cloudwatch_sums *sums)
{
        for (size_t i = 0; i < sums->count; i++)
                cloudwatch_sum_done(&sums->items[i]);
        free(sums->items);
        *sums = (struct cloudwatch_sums){};
}

/* How far back a period of this length sees. */
static int64_t sight_ms(int64_t period_s)
{
        if (period_s % 3600 == 0)
                return cloudwatch_span_kept_ms(3600);
        if (period_s % 300 == 0)
                return cloudwatch_span_kept_ms(300);
        return cloudwatch_span_kept_ms(period_s % 60 == 0 ? 60 : 1);
}

void cloudwatch_narrow(const struct call *call, struct cloudwatch_query *query)
{
        int64_t period_ms = query->period_s * MS_PER_S;
        int64_t first_ms = call->now_ms - sight_ms(query->period_s);
        int64_t last_ms = call->now_ms + CLOUDWATCH_FUTURE_MS + MS_PER_S;

        if (query->to_ms > last_ms)
                query->to_ms = last_ms;
        if (query->from_ms < first_ms)
                query->from_ms += (first_ms - query->from_ms) / period_ms * period_ms;
        if (query->to_ms > query->from_ms)
                query->to_ms = query->from_ms +
                               (query->to_ms - query->from_ms + period_ms - 1) / period_ms * period_ms;
        else
                query->to_ms = query->from_ms;
}

static int gather(void *arg, const struct cloudwatch_point_record *row, int64_t start_ms)
{
        struct gathering *gathering = arg;
        const struct cloudwatch_query *query = gathering->query;
        int64_t number = (start_ms - query->from_ms) / (query->period_s * MS_PER_S);
        struct cloudwatch_sum *sum = &gathering->sums->items[number];

        TRY(cloudwatch_sum_merge_stored(sum, row->body, query->is_distributed));
        cloudwatch_sum_limit(sum, CLOUDWATCH_VALUES_READ);
        return 0;
}

int cloudwatch_read_sums(struct call *call, const struct cloudwatch_query *query, struct cloudwatch_sums *ret)
{
        struct cloudwatch_query narrowed = *query;
        struct gathering gathering = {&narrowed, ret};

        cloudwatch_narrow(call, &narrowed);
        *ret = (struct cloudwatch_sums){.from_ms = narrowed.from_ms};
        ret->count = (size_t)((narrowed.to_ms - narrowed.from_ms) / (query->period_s * MS_PER_S));
        if (ret->count == 0)
                return 0;
        ret->items = calloc(ret->count, sizeof(*ret->items));
        if (!ret->items) {
                ret->count = 0;
                return -ENOMEM;
        }
        return cloudwatch_each_point(call, &narrowed, gather, &gathering);
}
