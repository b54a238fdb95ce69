/* DescribeMetricFilters: "ASCII-sorted by filter name".
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeMetricFilters.html */
#include "services/logs/logs.h"
#include "services/marker.h"

#define PAGE 50

static int show(struct call *call, const struct logs_metric_filter_record *filter,
                struct logs_metric_filter *ret)
{
        struct logs_metric_transformation *transformation =
                arena_new(&call->arena, struct logs_metric_transformation);

        if (!transformation)
                return -ENOMEM;
        *transformation = (struct logs_metric_transformation){
                .metric_name = filter->metric_name,
                .metric_namespace = filter->metric_namespace,
                .metric_value = filter->value,
                .default_value = filter->default_,
                .dimensions = filter->dimensions,
                .unit = filter->unit,
        };
        *ret = (struct logs_metric_filter){
                .filter_name = filter->name,
                .filter_pattern = filter->pattern,
                .metric_transformations = {.items = transformation, .count = 1, .is_set = true},
                .creation_time = filter->created,
                .log_group_name = filter->group_name,
                .apply_on_transformed_logs = OPT_BOOL(false),
                .emit_system_field_dimensions = filter->emit,
        };
        return 0;
}

/* Which rows, in which order. */
struct wanted {
        struct logs_metric_filter_record like;
        const struct record_index *index; /* NULL: of one group */
        size_t members;
        struct str prefix, subject;
};

static int find_wanted(struct call *call, const struct logs_describe_metric_filters_in *in,
                       struct wanted *ret)
{
        struct logs_log_group_record group;

        *ret = (struct wanted){.like = {.account = call->account, .region = call->region},
                               .index = logs_metric_filter_by_metric_filter,
                               .members = 2,
                               .subject = STR("metric filters")};
        if (str_is_set(in->log_group_name)) {
                TRY(logs_need_group(call, in->log_group_name, &group));
                if (!str_eq(group.class, LOGS_STANDARD))
                        return call_invalid(call,
                                            "This operation is only supported on the Standard log class.");
                ret->like.group = group.number;
                ret->index = NULL;
                ret->members = 1;
                ret->prefix = in->filter_name_prefix;
                ret->subject =
                        arena_printf(&call->arena, "metric filters %lld", (long long)group.number.value);
        } else if (str_is_set(in->metric_name)) {
                ret->like.metric_namespace = in->metric_namespace;
                ret->like.metric_name = in->metric_name;
                ret->index = logs_metric_filter_by_metric;
                ret->members = 4;
                ret->subject = STR("metric filters of a metric");
        }
        return 0;
}

static bool is_wanted(const struct logs_describe_metric_filters_in *in, const struct wanted *wanted,
                      const struct logs_metric_filter_record *filter)
{
        if (str_is_set(in->metric_name) && (!str_eq(in->metric_name, filter->metric_name) ||
                                            !str_eq(in->metric_namespace, filter->metric_namespace)))
                return false;
        return !str_is_set(wanted->prefix) || str_starts(filter->name, wanted->prefix);
}

static int list(struct call *call, const struct logs_describe_metric_filters_in *in,
                const struct wanted *wanted, struct logs_describe_metric_filters_out *out)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        size_t limit = in->limit.is_set ? (size_t)in->limit.value : PAGE;
        struct logs_metric_filter_record filter = {};
        struct str after, place = STR_NONE;
        int r;

        TRY(logs_read_token(call, wanted->subject, in->next_token, &after));
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &logs_metric_filter_record_type, wanted->index,
                              &wanted->like, wanted->members, after));
        while ((r = record_scan_next(&scan, &filter)) == 0) {
                if (is_wanted(in, wanted, &filter)) {
                        if (out->metric_filters.count == limit)
                                return marker_make(call, wanted->subject, place, &out->next_token);
                        TRY(show(call, &filter, &out->metric_filters.items[out->metric_filters.count++]));
                }
                place = record_scan_token(&scan, &call->arena);
                filter = (struct logs_metric_filter_record){};
        }
        return r == -ENOENT ? 0 : r;
}

int logs_describe_metric_filters(struct call *call, const struct logs_describe_metric_filters_in *in,
                                 struct logs_describe_metric_filters_out *out)
{
        struct wanted wanted;

        if (str_is_set(in->metric_name) != str_is_set(in->metric_namespace))
                return call_invalid(call, "metricName and metricNamespace must be specified together.");
        TRY(find_wanted(call, in, &wanted));
        out->metric_filters.is_set = true;
        out->metric_filters.items = arena_new_array(&call->arena, struct logs_metric_filter, PAGE);
        return out->metric_filters.items ? list(call, in, &wanted, out) : -ENOMEM;
}
