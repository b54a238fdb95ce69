#include "services/cloudwatch/ageing.h"

#include "events/timers.h"
#include "services/cloudwatch/point.h"

#define AT_ONCE       1000 /* rows */
#define LEAST_WAIT_MS (3 * INT64_C(3600000))

static const int64_t SPANS_S[] = {1, 60, 300, 3600};

struct ageing {
        struct call *call;
        struct cloudwatch_metric_use_record *use;
        struct cloudwatch_point_record gone[AT_ONCE]; /* too old for their spans */
        size_t count;
        int64_t next_ms; /* when the first of those that stay will be; INT64_MAX: there are none */
};

/* -- The timer */

static int set_due(struct call *call, struct cloudwatch_metric_use_record *use, int64_t due_ms)
{
        const struct timer timer = {
                .due_ms = due_ms, .name = STR("cloudwatch.AgeMetric"), .subject = use->metric};

        use->due = OPT_INT(due_ms);
        return timer_set(call->txn, &timer);
}

static int take_back(struct call *call, const struct cloudwatch_metric_use_record *use)
{
        const struct timer timer = {
                .due_ms = use->due.value, .name = STR("cloudwatch.AgeMetric"), .subject = use->metric};

        return use->due.is_set ? timer_take_back(call->txn, &timer) : 0;
}

static int64_t old_ms(const struct cloudwatch_point_record *row)
{
        return row->start.value + cloudwatch_span_kept_ms(row->span.value);
}

int cloudwatch_await_ageing(struct call *call, const struct cloudwatch_point_record *row,
                            struct cloudwatch_metric_use_record *use, bool *ret_is_changed)
{
        int64_t due_ms = old_ms(row);

        if (due_ms < call->now_ms + LEAST_WAIT_MS)
                due_ms = call->now_ms + LEAST_WAIT_MS;
        *ret_is_changed = !use->due.is_set || due_ms < use->due.value;
        if (!*ret_is_changed)
                return 0;
        TRY(take_back(call, use));
        return set_due(call, use, due_ms);
}

/* -- Its work */

static int gather(struct ageing *ageing, int64_t span_s)
{
        struct call *call = ageing->call;
        struct cloudwatch_point_record row = {.metric = ageing->use->metric, .span = OPT_INT(span_s)};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        int r;

        TRY(record_scan_begin(&scan, call->txn, &call->arena, &cloudwatch_point_record_type, NULL, &row, 2,
                              STR_NONE));
        while ((r = record_scan_next(&scan, &row)) == 0) {
                if (ageing->count == AT_ONCE || old_ms(&row) > call->now_ms) {
                        if (old_ms(&row) < ageing->next_ms)
                                ageing->next_ms = old_ms(&row);
                        return 0;
                }
                ageing->gone[ageing->count++] = row;
                row = (struct cloudwatch_point_record){};
        }
        return r == -ENOENT ? 0 : r;
}

/* The span that is neither too short for the samples nor, at once, for the row that it makes: what has been
 * gathered is not added to behind our back. 0: they are not kept. */
static int64_t next_span_s(const struct cloudwatch_point_record *row, int64_t now_ms)
{
        int64_t span_s, longer_s = cloudwatch_span_s(row->start.value, now_ms);

        do {
                span_s = longer_s;
                if (span_s == 0)
                        return 0;
                longer_s = cloudwatch_span_s(cloudwatch_floor_ms(row->start.value, span_s), now_ms);
        } while (longer_s > span_s);
        return span_s;
}

static int move(struct ageing *ageing, const struct cloudwatch_point_record *row)
{
        _cleanup_(cloudwatch_sum_done) struct cloudwatch_sum sum = {};
        struct call *call = ageing->call;
        struct cloudwatch_point_record longer = *row;
        int64_t span_s = next_span_s(row, call->now_ms);

        TRY(call_delete(call, &cloudwatch_point_record_type, row));
        if (span_s == 0)
                return 0;
        longer.span = OPT_INT(span_s);
        longer.start = OPT_INT(cloudwatch_floor_ms(row->start.value, span_s));
        longer.body = STR_NONE;
        if (old_ms(&longer) < ageing->next_ms)
                ageing->next_ms = old_ms(&longer);
        TRY(cloudwatch_sum_merge_stored(&sum, row->body, true));
        return cloudwatch_add_point(call, &longer, &sum);
}

/* "Metrics cannot be deleted, but they automatically expire after 15 months if no new data is published to
 * them." */
static int forget(struct call *call, const struct cloudwatch_metric_use_record *use)
{
        const struct cloudwatch_metric_record metric = {.id = use->metric};

        TRY(call_delete(call, &cloudwatch_metric_use_record_type, use));
        return call_delete(call, &cloudwatch_metric_record_type, &metric);
}

static int age(struct ageing *ageing)
{
        struct call *call = ageing->call;
        int64_t due_ms = call->now_ms + LEAST_WAIT_MS;

        for (size_t i = 0; i < ARRAY_LEN(SPANS_S); i++)
                TRY(gather(ageing, SPANS_S[i]));
        for (size_t i = 0; i < ageing->count; i++)
                TRY(move(ageing, &ageing->gone[i]));
        if (ageing->next_ms == INT64_MAX)
                return forget(call, ageing->use);
        if (ageing->next_ms <= call->now_ms)
                due_ms = call->now_ms;
        else if (ageing->next_ms > due_ms)
                due_ms = ageing->next_ms;
        TRY(set_due(call, ageing->use, due_ms));
        return call_put(call, &cloudwatch_metric_use_record_type, ageing->use);
}

int cloudwatch_age_metric_due(struct call *call, struct str subject)
{
        struct cloudwatch_metric_use_record use = {.metric = subject};
        struct ageing *ageing = arena_new(&call->arena, struct ageing);
        int r;

        if (!ageing)
                return -ENOMEM;
        r = call_get(call, &cloudwatch_metric_use_record_type, &use);
        if (r == -ENOENT)
                return 1;
        TRY(r);
        *ageing = (struct ageing){.call = call, .use = &use, .next_ms = INT64_MAX};
        TRY(age(ageing));
        return 1; /* nothing that anybody did */
}
