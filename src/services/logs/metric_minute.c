/* "If logs are ingested during a one-minute time period but no matches are found, the value specified for
 * Default Value (if any) is reported. However, if no log events are ingested during a one-minute period, then
 * no value is reported."
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html */
#include "services/cloudwatch/directory.h"
#include "services/logs/metric_filter.h"

#define MINUTE_MS INT64_C(60000)
#define GRACE_MS  INT64_C(2000)   /* for what came at its end */
#define AGAIN_MS  (5 * MINUTE_MS) /* at the longest: as often as KMS is asked again that has refused */
#define AT_ONCE   20              /* minutes */

static bool has_name(const struct str_list *names, struct str name)
{
        for (size_t i = 0; i < names->count; i++)
                if (str_eq(names->items[i], name))
                        return true;
        return false;
}

static int add_names(struct call *call, const struct str_list *more, struct str_list *names)
{
        struct str *items = arena_new_array(&call->arena, struct str, names->count + more->count + 1);
        size_t count = names->count;

        if (!items)
                return -ENOMEM;
        if (count)
                memcpy(items, names->items, count * sizeof(*items));
        for (size_t i = 0; i < more->count; i++)
                if (!has_name(names, more->items[i]))
                        items[count++] = more->items[i];
        *names = (struct str_list){.items = items, .count = count, .is_set = true};
        return 0;
}

int logs_note_minute(struct call *call, int64_t group, const struct logs_minute *minute)
{
        struct logs_metric_minute_record row = {.group = OPT_INT(group), .minute = OPT_INT(minute->ms)};
        int64_t due_ms = minute->ms + MINUTE_MS + GRACE_MS;
        int r = call_get(call, &logs_metric_minute_record_type, &row);

        if (r < 0 && r != -ENOENT)
                return r;
        if (r == -ENOENT)
                TRY(logs_set_timer(call, STR("FillMetrics"), due_ms > call->now_ms ? due_ms : call->now_ms,
                                   group));
        TRY(add_names(call, &minute->matched, &row.matched));
        return call_put(call, &logs_metric_minute_record_type, &row);
}

/* -- When it is over */

static int fill_filter(struct call *call, const struct logs_metric_filter_record *filter,
                       const struct logs_metric_minute_record *row)
{
        const struct cloudwatch_sample sample = {
                .account = filter->account,
                .region = filter->region,
                .namespace = filter->metric_namespace,
                .name = filter->metric_name,
                .value = filter->default_.value,
                .unit = filter->unit,
                .time_ms = row->minute.value,
        };

        if (!filter->default_.is_set || filter->created.value >= row->minute.value + MINUTE_MS ||
            has_name(&row->matched, filter->name))
                return 0;
        return cloudwatch_record(call, &sample, 1);
}

struct filters {
        struct logs_metric_filter_record items[100];
        size_t count;
};

static int load_filters(struct call *call, int64_t group, struct filters *ret)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        const struct logs_metric_filter_record like = {.group = OPT_INT(group)};
        int r = 0;

        TRY(record_scan_begin(&scan, call->txn, &call->arena, &logs_metric_filter_record_type, NULL, &like, 1,
                              STR_NONE));
        while (ret->count < ARRAY_LEN(ret->items) &&
               (r = record_scan_next(&scan, &ret->items[ret->count])) == 0)
                ret->count++;
        return r == -ENOENT ? 0 : r;
}

static int64_t due_of(const struct logs_metric_minute_record *row)
{
        return row->minute.value + MINUTE_MS + GRACE_MS;
}

/* -ENOENT: there is none that is over. */
static int first_minute(struct call *call, int64_t group, struct logs_metric_minute_record *ret)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};

        *ret = (struct logs_metric_minute_record){.group = OPT_INT(group)};
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &logs_metric_minute_record_type, NULL, ret, 1,
                              STR_NONE));
        TRY(record_scan_next(&scan, ret));
        return due_of(ret) > call->now_ms ? -ENOENT : 0;
}

static int fill_minutes(struct call *call, int64_t group, struct filters *filters)
{
        struct logs_metric_minute_record row;
        int r = 0;

        for (size_t i = 0; i < AT_ONCE; i++) {
                r = first_minute(call, group, &row);
                if (r < 0)
                        return r == -ENOENT ? 0 : r;
                for (size_t k = 0; k < filters->count; k++)
                        TRY(fill_filter(call, &filters->items[k], &row));
                TRY(call_delete(call, &logs_metric_minute_record_type, &row));
        }
        return logs_set_timer(call, STR("FillMetrics"), call->now_ms, group);
}

/* What came in the minute may not have been looked at: then it is too early. The longer that has taken, the
 * longer it will, as while KMS refuses. */
static int look_later(struct call *call, int64_t group)
{
        struct logs_metric_minute_record row;
        int64_t pause_ms = GRACE_MS, due_ms;
        int r = first_minute(call, group, &row);

        if (r < 0)
                return r == -ENOENT ? 0 : r; /* a later minute has a timer of its own */
        if (call->now_ms - due_of(&row) > pause_ms)
                pause_ms = call->now_ms - due_of(&row);
        due_ms = call->now_ms + (pause_ms < AGAIN_MS ? pause_ms : AGAIN_MS);
        if (pause_ms >= MINUTE_MS) /* timers of several minutes become one */
                due_ms = (due_ms / MINUTE_MS + 1) * MINUTE_MS;
        return logs_set_timer(call, STR("FillMetrics"), due_ms, group);
}

int logs_fill_metrics_due(struct call *call, struct str subject)
{
        struct filters *filters = arena_new(&call->arena, struct filters);
        struct logs_tally_record tally;
        int64_t group;

        if (!filters)
                return -ENOMEM;
        TRY(str_to_i64(subject, &group));
        TRY(logs_get_tally(call, group, &tally));
        if (tally.is_counting.value) {
                TRY(look_later(call, group));
                return 1;
        }
        TRY(load_filters(call, group, filters));
        TRY(fill_minutes(call, group, filters));
        return 1; /* AWS records nothing of it */
}
