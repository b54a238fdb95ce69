/* Metric filters, put and deleted.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html */
#include "services/logs/metric_filter.h"

#include "services/logs/metric_plan.h"

#define FILTERS_MAX 100 /* of a group */
#define REGEXES_MAX 5

/* -- What it must be */

static int check_emitted(struct call *call, const struct str_list *emit)
{
        for (size_t i = 0; i < emit->count; i++) {
                if (!str_eq(emit->items[i], STR("@aws.account")) &&
                    !str_eq(emit->items[i], STR("@aws.region")))
                        return call_invalid(call, "Invalid system field '%.*s' in emitSystemFieldDimensions",
                                            STR_ARG(emit->items[i]));
                for (size_t k = 0; k < i; k++)
                        if (str_eq(emit->items[i], emit->items[k]))
                                return call_invalid(call, "emitSystemFieldDimensions has duplicates");
        }
        return 0;
}

/* "When you specify a namespace for your custom metrics, you can't use a namespace that begins with AWS/".
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/publishingMetrics.html */
static int check_names(struct call *call, const struct logs_metric_transformation *transformation)
{
        if (transformation->metric_name.len == 0)
                return call_invalid(call, "Invalid metric transformation: metricName must not be empty");
        if (transformation->metric_namespace.len == 0 ||
            str_starts(transformation->metric_namespace, STR("AWS/")))
                return call_invalid(call, "Invalid metric transformation: Invalid namespace '%.*s'",
                                    STR_ARG(transformation->metric_namespace));
        return 0;
}

static int check_group(struct call *call, const struct logs_put_metric_filter_in *in,
                       const struct logs_log_group_record *group)
{
        if (!str_eq(group->class, LOGS_STANDARD))
                return fail(call, &logs_invalid_operation_exception,
                            "Metric filters are supported only for log groups of the Standard class.");
        if (in->apply_on_transformed_logs.value)
                return fail(call, &logs_invalid_operation_exception,
                            "applyOnTransformedLogs is valid only for log groups that have an active log "
                            "transformer.");
        return str_is_set(in->field_selection_criteria) && in->field_selection_criteria.len
                       ? call_invalid(call, "fieldSelectionCriteria is not supported.")
                       : 0;
}

static int check_plan(struct call *call, const struct logs_metric_filter_record *filter, size_t *ret_regexes)
{
        struct logs_metric_plan plan;
        char why[PATTERN_WHY_MAX] = "";
        int r = logs_metric_plan_make(filter, &plan, why);

        if (r == -EINVAL)
                return call_invalid(call, "Invalid metric transformation: %s", why);
        TRY(r);
        *ret_regexes = logs_pattern_regex_count(plan.pattern);
        logs_metric_plan_done(&plan);
        return 0;
}

static int check_pattern(struct call *call, struct str text)
{
        struct logs_pattern *pattern;
        char why[PATTERN_WHY_MAX];
        int r = logs_pattern_compile(text, &pattern, why);

        if (r == -EINVAL)
                return call_invalid(call, "Invalid filter pattern: %s", why);
        TRY(r);
        logs_pattern_free(pattern);
        return 0;
}

/* "a quota of five regular expression patterns per log group". */
static int count_regexes(const struct logs_metric_filter_record *filter, size_t *count)
{
        struct logs_pattern *pattern;
        char why[PATTERN_WHY_MAX];
        int r;

        if (!str_has_byte(filter->pattern, '%'))
                return 0;
        r = logs_pattern_compile(filter->pattern, &pattern, why);
        if (r < 0)
                return r == -EINVAL ? 0 : r;
        *count += logs_pattern_regex_count(pattern);
        logs_pattern_free(pattern);
        return 0;
}

static int check_others(struct call *call, const struct logs_metric_filter_record *filter, size_t regexes)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        const struct logs_metric_filter_record like = {.group = filter->group};
        struct logs_metric_filter_record other = {};
        size_t count = 0;
        int r;

        TRY(record_scan_begin(&scan, call->txn, &call->arena, &logs_metric_filter_record_type, NULL, &like, 1,
                              STR_NONE));
        while ((r = record_scan_next(&scan, &other)) == 0) {
                if (!str_eq(other.name, filter->name)) {
                        count++;
                        TRY(count_regexes(&other, &regexes));
                }
                other = (struct logs_metric_filter_record){};
        }
        if (r != -ENOENT)
                return r;
        if (count >= FILTERS_MAX || regexes > REGEXES_MAX)
                return fail(call, &logs_limit_exceeded_exception, "Resource limit exceeded.");
        return 0;
}

/* -- Put */

static void fill(const struct logs_put_metric_filter_in *in, struct logs_metric_filter_record *filter)
{
        const struct logs_metric_transformation *transformation = &in->metric_transformations.items[0];

        filter->pattern = in->filter_pattern;
        filter->metric_namespace = transformation->metric_namespace;
        filter->metric_name = transformation->metric_name;
        filter->value = transformation->metric_value;
        filter->default_ = transformation->default_value;
        filter->dimensions = transformation->dimensions;
        filter->unit = transformation->unit;
        filter->emit = in->emit_system_field_dimensions;
        filter->is_disabled = (struct opt_bool){};
        filter->values_hour = (struct opt_int){};
        filter->values = STR_NONE;
}

/* Events that come from now on are counted. */
static int begin(struct call *call, struct logs_log_group_record *group,
                 struct logs_metric_filter_record *filter)
{
        struct logs_tally_record tally;

        TRY(logs_get_tally(call, group->number.value, &tally));
        filter->account = group->account;
        filter->region = group->region;
        filter->group_name = group->name;
        filter->created = OPT_INT(call->now_ms);
        filter->since = tally.sequence;
        group->metric_filters = OPT_INT(group->metric_filters.value + 1);
        return call_put(call, &logs_log_group_record_type, group);
}

int logs_put_metric_filter(struct call *call, const struct logs_put_metric_filter_in *in,
                           struct logs_put_metric_filter_out *out)
{
        struct logs_log_group_record group;
        struct logs_metric_filter_record filter = {.name = in->filter_name};
        size_t regexes = 0;
        int r;

        (void)out;
        TRY(logs_need_group(call, in->log_group_name, &group));
        TRY(check_group(call, in, &group));
        TRY(check_names(call, &in->metric_transformations.items[0]));
        TRY(check_pattern(call, in->filter_pattern));
        TRY(check_emitted(call, &in->emit_system_field_dimensions));
        filter.group = group.number;
        r = call_get(call, &logs_metric_filter_record_type, &filter);
        if (r < 0 && r != -ENOENT)
                return r;
        fill(in, &filter);
        TRY(check_plan(call, &filter, &regexes));
        TRY(check_others(call, &filter, regexes));
        if (r == -ENOENT)
                TRY(begin(call, &group, &filter));
        return call_put(call, &logs_metric_filter_record_type, &filter);
}

/* -- Deleted */

int logs_delete_metric_filter(struct call *call, const struct logs_delete_metric_filter_in *in,
                              struct logs_delete_metric_filter_out *out)
{
        struct logs_log_group_record group;
        struct logs_metric_filter_record filter = {.name = in->filter_name};
        int r;

        (void)out;
        TRY(logs_need_group(call, in->log_group_name, &group));
        filter.group = group.number;
        r = call_delete(call, &logs_metric_filter_record_type, &filter);
        if (r == -ENOENT)
                return fail(call, &logs_resource_not_found_exception,
                            "The specified metric filter does not exist.");
        TRY(r);
        group.metric_filters = OPT_INT(group.metric_filters.value - 1);
        return call_put(call, &logs_log_group_record_type, &group);
}

int logs_drop_metric_filters(struct call *call, int64_t group)
{
        for (;;) {
                _cleanup_(record_scan_end) struct record_scan scan = {};
                struct logs_metric_filter_record filter = {.group = OPT_INT(group)};
                int r;

                TRY(record_scan_begin(&scan, call->txn, &call->arena, &logs_metric_filter_record_type, NULL,
                                      &filter, 1, STR_NONE));
                r = record_scan_next(&scan, &filter);
                if (r < 0)
                        return r == -ENOENT ? 0 : r;
                record_scan_end(&scan); /* before this transaction writes again */
                TRY(call_delete(call, &logs_metric_filter_record_type, &filter));
        }
}
