#include "services/cloudwatch/point.h"

#include "services/cloudwatch/ageing.h"

#define HOUR_MS   INT64_C(3600000)
#define ACTIVE_MS INT64_C(60000) /* how exactly it is known when a metric was last put */

#define ROW_MEMORY     ((size_t)64 * 1024)
#define BYTES_FOR_WORK 64 /* of a row's values, which are sorted in */

static const struct {
        int64_t span_s, kept_ms;
} SPANS[] = {
        {1, 3 * HOUR_MS},
        {60, 15 * MS_PER_DAY},
        {300, 63 * MS_PER_DAY},
        {3600, CLOUDWATCH_KEPT_MS},
};

int64_t cloudwatch_span_s(int64_t start_ms, int64_t now_ms)
{
        for (size_t i = 0; i < ARRAY_LEN(SPANS); i++)
                if (now_ms - start_ms < SPANS[i].kept_ms)
                        return SPANS[i].span_s;
        return 0;
}

int64_t cloudwatch_span_kept_ms(int64_t span_s)
{
        for (size_t i = 0; i < ARRAY_LEN(SPANS); i++)
                if (SPANS[i].span_s == span_s)
                        return SPANS[i].kept_ms;
        return 0;
}

int64_t cloudwatch_floor_ms(int64_t time_ms, int64_t period_s)
{
        int64_t period_ms = period_s * MS_PER_S, rest = time_ms % period_ms;

        return time_ms - (rest < 0 ? rest + period_ms : rest);
}

/* -- Putting */

int cloudwatch_add_point(struct call *call, const struct cloudwatch_point_record *row,
                         const struct cloudwatch_sum *sum)
{
        _cleanup_(cloudwatch_sum_done) struct cloudwatch_sum total = {};
        _cleanup_(buf_done) struct buf body = {};
        struct cloudwatch_point_record stored = *row;
        int r = call_get(call, &cloudwatch_point_record_type, &stored);

        if (r == 0)
                TRY(cloudwatch_sum_merge_stored(&total, stored.body, true));
        else if (r != -ENOENT)
                return r;
        TRY(cloudwatch_sum_merge(&total, sum));
        cloudwatch_sum_limit(&total, CLOUDWATCH_VALUES_STORED);
        buf_init(&body, (2 * CLOUDWATCH_VALUES_STORED + 4) * sizeof(double));
        cloudwatch_sum_write(&total, &body);
        TRY(buf_check(&body));
        stored.body = buf_str(&body);
        return call_put(call, &cloudwatch_point_record_type, &stored);
}

static int insert_metric(struct call *call, const struct cloudwatch_metric_name *name, struct str id)
{
        const struct cloudwatch_metric_record metric = {
                .id = id,
                .account = name->account,
                .region = name->region,
                .namespace = name->namespace,
                .name = name->name,
                .dimensions = name->dimensions,
        };

        return call_insert(call, &cloudwatch_metric_record_type, &metric);
}

/* That it has come is noted once a minute, and when its rows have to change earlier than was known. */
static int note_use(struct call *call, const struct cloudwatch_metric_name *name,
                    const struct cloudwatch_point_record *row)
{
        struct cloudwatch_metric_use_record use = {.metric = row->metric};
        int r = call_get(call, &cloudwatch_metric_use_record_type, &use);
        bool is_early;

        if (r == -ENOENT)
                r = insert_metric(call, name, row->metric);
        TRY(r);
        TRY(cloudwatch_await_ageing(call, row, &use, &is_early));
        if (!is_early && use.active.is_set && call->now_ms - use.active.value < ACTIVE_MS)
                return 0;
        use.active = OPT_INT(call->now_ms);
        return call_put(call, &cloudwatch_metric_use_record_type, &use);
}

int cloudwatch_put_point(struct call *call, const struct cloudwatch_put *put)
{
        int64_t span_s = cloudwatch_span_s(put->time_ms, call->now_ms);
        struct cloudwatch_point_record row = {};

        if (span_s < put->resolution_s)
                span_s = put->resolution_s;
        TRY(cloudwatch_metric_id(call, put->metric, &row.metric));
        row.span = OPT_INT(span_s);
        row.start = OPT_INT(cloudwatch_floor_ms(put->time_ms, span_s));
        row.unit = OPT_INT(put->unit);
        TRY(note_use(call, put->metric, &row));
        TRY(cloudwatch_add_point(call, &row, put->sum));
        return map_put(put->fed, row.metric, put->fed);
}

/* -- Reading */

struct reading {
        struct call *call;
        const struct cloudwatch_query *query;
        cloudwatch_each_row each;
        void *arg;
};

/* Samples whose age has made of them something longer than the period are not in it. */
static int look_at(struct reading *reading, const struct cloudwatch_point_record *row)
{
        const struct cloudwatch_query *query = reading->query;
        int64_t span_s = cloudwatch_span_s(row->start.value, reading->call->now_ms), start_ms;

        if (span_s == 0 || (query->unit != CLOUDWATCH_ANY_UNIT && query->unit != row->unit.value))
                return 0;
        if (span_s < row->span.value)
                span_s = row->span.value;
        start_ms = cloudwatch_floor_ms(row->start.value, span_s);
        if (query->period_s % span_s != 0 || start_ms < query->from_ms)
                return 0;
        return reading->each(reading->arg, row, start_ms);
}

static void count_work(const struct cloudwatch_query *query, const struct cloudwatch_point_record *row)
{
        if (query->work)
                *query->work += 1 + (query->is_distributed ? row->body.len / BYTES_FOR_WORK : 0);
}

/* One at a time: in a write transaction rows are copied, and all of them would not fit into a call. */
static int read_rows(struct reading *reading, struct record_scan *scan)
{
        for (;;) {
                struct cloudwatch_point_record row = {};
                int r = record_scan_next(scan, &row);

                if (r < 0)
                        return r == -ENOENT ? 0 : r;
                if (row.start.value >= reading->query->to_ms)
                        return 0;
                count_work(reading->query, &row);
                TRY(look_at(reading, &row));
                arena_reset(scan->arena);
        }
}

static int read_span(struct reading *reading, int64_t span_s)
{
        const struct cloudwatch_query *query = reading->query;
        struct call *call = reading->call;
        const struct cloudwatch_point_record like = {.metric = query->metric,
                                                     .span = OPT_INT(span_s),
                                                     .start = OPT_INT(query->from_ms),
                                                     .unit = OPT_INT(0)};
        _cleanup_(arena_done) struct arena rows = {};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct str after;

        arena_init(&rows, ROW_MEMORY);
        TRY(record_scan_token_at(&call->arena, &cloudwatch_point_record_type, &like, 2, 3, &after));
        TRY(record_scan_begin(&scan, call->txn, &rows, &cloudwatch_point_record_type, NULL, &like, 2, after));
        return read_rows(reading, &scan);
}

int cloudwatch_each_point(struct call *call, const struct cloudwatch_query *query, cloudwatch_each_row each,
                          void *arg)
{
        struct reading reading = {call, query, each, arg};

        for (size_t i = 0; i < ARRAY_LEN(SPANS); i++)
                if (query->period_s % SPANS[i].span_s == 0)
                        TRY(read_span(&reading, SPANS[i].span_s));
        return 0;
}
