/* PutMetricData. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html */
#include "services/cloudwatch/put_data.h"

#include "services/cloudwatch/alarm.h"
#include "services/cloudwatch/alarm_text.h"
#include "services/cloudwatch/entity.h"
#include "services/cloudwatch/point.h"

#include <math.h>

#define DATA_MAX   1000
#define VALUES_MAX 150

/* -- One datum: all that is wrong with the data is told, a line for each */

/* A fault of the datum that the checking is at. */
static int wrong(struct cloudwatch_checking *checking, const struct api_error *error, const char *format, ...)
{
        struct call *call = checking->call;
        struct str text;
        va_list args;

        va_start(args, format);
        text = arena_vprintf(&call->arena, format, args);
        va_end(args);
        if (!checking->error)
                checking->error = error;
        if (checking->faults++ >= CLOUDWATCH_FAULTS_TOLD)
                return 0;
        checking->told = arena_printf(&call->arena, "%.*s%s%.*s", STR_ARG(checking->told),
                                      checking->told.len ? "\n" : "", STR_ARG(text));
        return str_is_set(checking->told) ? 0 : -ENOMEM;
}

#define INVALID     (&cloudwatch_invalid_parameter_value_exception)
#define COMBINATION (&cloudwatch_invalid_parameter_combination_exception)
#define MISSING     (&cloudwatch_missing_required_parameter_exception)

static int check_number(struct cloudwatch_checking *checking, double value, const char *member, bool is_count)
{
        struct str text;

        if (isfinite(value) && fabs(value) <= CLOUDWATCH_VALUE_MAX && (!is_count || value >= 0))
                return 0;
        text = cloudwatch_number(&checking->call->arena, value);
        return wrong(checking, INVALID, "The value %.*s for parameter %.*s.%s is invalid.", STR_ARG(text),
                     STR_ARG(checking->at), member);
}

static int check_values(struct cloudwatch_checking *checking, const struct cloudwatch_metric_datum *datum)
{
        const struct opt_double *values = datum->values.items, *counts = datum->counts.items;

        if (datum->values.count > VALUES_MAX)
                return wrong(checking, INVALID,
                             "The collection %.*s.Values must not have a size greater than %d.",
                             STR_ARG(checking->at), VALUES_MAX);
        if (datum->counts.is_set && datum->counts.count != datum->values.count)
                return wrong(checking, INVALID,
                             "The parameters %.*s.Values and %.*s.Counts must be of the same size.",
                             STR_ARG(checking->at), STR_ARG(checking->at));
        for (size_t i = 0; i < datum->values.count; i++) {
                TRY(check_number(checking, values[i].value, "Values", false));
                if (datum->counts.is_set)
                        TRY(check_number(checking, counts[i].value, "Counts", true));
        }
        return 0;
}

static int check_set(struct cloudwatch_checking *checking, const struct cloudwatch_statistic_set *set)
{
        TRY(check_number(checking, set->sample_count.value, "StatisticValues.SampleCount", true));
        TRY(check_number(checking, set->sum.value, "StatisticValues.Sum", false));
        TRY(check_number(checking, set->minimum.value, "StatisticValues.Minimum", false));
        TRY(check_number(checking, set->maximum.value, "StatisticValues.Maximum", false));
        if (set->minimum.value > set->maximum.value)
                return wrong(checking, COMBINATION,
                             "The parameter %.*s.StatisticValues.Maximum must be greater than or equal to "
                             "%.*s.StatisticValues.Minimum.",
                             STR_ARG(checking->at), STR_ARG(checking->at));
        return 0;
}

/* "Value", "StatisticValues", "Values": one of them. */
static int check_content(struct cloudwatch_checking *checking, const struct cloudwatch_metric_datum *datum)
{
        static const char *const NAMES[] = {"Value", "StatisticValues", "Values"};
        const bool is_given[] = {datum->value.is_set, datum->statistic_values != NULL,
                                 datum->values.count > 0};
        const char *first = NULL;

        for (size_t i = 0; i < ARRAY_LEN(NAMES); i++) {
                if (is_given[i] && first)
                        return wrong(checking, COMBINATION,
                                     "The parameters %.*s.%s and %.*s.%s are mutually exclusive and you have "
                                     "specified both.",
                                     STR_ARG(checking->at), first, STR_ARG(checking->at), NAMES[i]);
                if (is_given[i])
                        first = NAMES[i];
        }
        if (!first)
                return wrong(checking, MISSING,
                             "At least one of the parameters %.*s.Value, %.*s.Values or "
                             "%.*s.StatisticValues must be specified.",
                             STR_ARG(checking->at), STR_ARG(checking->at), STR_ARG(checking->at));
        if (datum->value.is_set)
                return check_number(checking, datum->value.value, "Value", false);
        return datum->statistic_values ? check_set(checking, datum->statistic_values)
                                       : check_values(checking, datum);
}

static int check_time(struct cloudwatch_checking *checking, const struct cloudwatch_metric_datum *datum)
{
        int64_t now_ms = checking->call->now_ms, time_ms = datum->timestamp.value;

        if (!datum->timestamp.is_set)
                return 0;
        if (time_ms <= now_ms - CLOUDWATCH_PAST_MS)
                return wrong(checking, INVALID,
                             "The parameter %.*s.Timestamp must specify a time within the past two weeks.",
                             STR_ARG(checking->at));
        if (time_ms > now_ms + CLOUDWATCH_FUTURE_MS)
                return wrong(checking, INVALID,
                             "The parameter %.*s.Timestamp must specify a time no more than two hours in the "
                             "future.",
                             STR_ARG(checking->at));
        return 0;
}

/* "Valid ASCII characters ... must contain at least one non-whitespace character"; names "cannot start with a
 * colon". https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Dimension.html */
static int check_dimensions(struct cloudwatch_checking *checking,
                            const struct cloudwatch_dimension_list *list)
{
        for (size_t i = 0; i < list->count; i++) {
                const struct cloudwatch_dimension *one = &list->items[i];

                if (!cloudwatch_is_printable(one->name) || one->name.ptr[0] == ':')
                        TRY(wrong(checking, INVALID,
                                  "The value %.*s for parameter %.*s.Dimensions.member.%zu.Name is invalid.",
                                  STR_ARG(one->name), STR_ARG(checking->at), i + 1));
                if (!cloudwatch_is_printable(one->value))
                        TRY(wrong(checking, INVALID,
                                  "The value %.*s for parameter %.*s.Dimensions.member.%zu.Value is invalid.",
                                  STR_ARG(one->value), STR_ARG(checking->at), i + 1));
                for (size_t k = 0; k < i; k++)
                        if (str_eq(list->items[k].name, one->name))
                                return wrong(checking, INVALID,
                                             "No Metric may specify the same dimension name twice.");
        }
        return 0;
}

static int check_datum(struct cloudwatch_checking *checking, const struct cloudwatch_metric_datum *datum)
{
        TRY(check_content(checking, datum));
        TRY(check_time(checking, datum));
        TRY(check_dimensions(checking, &datum->dimensions));
        if (datum->storage_resolution.is_set && datum->storage_resolution.value != 1 &&
            datum->storage_resolution.value != 60)
                return wrong(checking, INVALID,
                             "The value %lld for parameter %.*s.StorageResolution is invalid.",
                             (long long)datum->storage_resolution.value, STR_ARG(checking->at));
        return 0;
}

static int check_data(struct cloudwatch_checking *checking, const struct cloudwatch_metric_datum_list *data,
                      struct str path)
{
        for (size_t i = 0; i < data->count; i++) {
                checking->at = arena_printf(&checking->call->arena, "%.*s.member.%zu", STR_ARG(path), i + 1);
                TRY(check_datum(checking, &data->items[i]));
        }
        return 0;
}

/* -- The whole */

static size_t count_data(const struct cloudwatch_put_metric_data_in *in)
{
        size_t count = in->metric_data.count;

        for (size_t i = 0; i < in->entity_metric_data.count; i++)
                count += in->entity_metric_data.items[i].metric_data.count;
        return count;
}

/* "You should not specify a namespace that begins with AWS/": such data are refused. */
static int check_namespace(struct call *call, struct str namespace)
{
        if (cloudwatch_is_printable(namespace) && !str_starts(namespace, STR("AWS/")))
                return 0;
        return fail(call, INVALID, "The value %.*s for parameter Namespace is invalid.", STR_ARG(namespace));
}

static int check(struct call *call, const struct cloudwatch_put_metric_data_in *in)
{
        struct cloudwatch_checking checking = {.call = call, .told = STR("")};
        size_t count = count_data(in);

        TRY(check_namespace(call, in->namespace));
        if (count == 0)
                return fail(call, MISSING, "The parameter MetricData is required.");
        if (count > DATA_MAX)
                return fail(call, INVALID, "The collection MetricData must not have a size greater than %d.",
                            DATA_MAX);
        TRY(check_data(&checking, &in->metric_data, STR("MetricData")));
        for (size_t i = 0; i < in->entity_metric_data.count; i++)
                TRY(check_data(&checking, &in->entity_metric_data.items[i].metric_data,
                               arena_printf(&call->arena, "EntityMetricData.member.%zu.MetricData", i + 1)));
        return checking.error ? fail(call, checking.error, "%.*s", STR_ARG(checking.told)) : 0;
}

static int sum_up(const struct cloudwatch_metric_datum *datum, struct cloudwatch_sum *sum)
{
        const struct cloudwatch_statistic_set *set = datum->statistic_values;

        if (datum->value.is_set)
                return cloudwatch_sum_add(sum, datum->value.value, 1);
        if (set)
                return cloudwatch_sum_add_set(sum, &(struct cloudwatch_sum){.count = set->sample_count.value,
                                                                            .sum = set->sum.value,
                                                                            .min = set->minimum.value,
                                                                            .max = set->maximum.value});
        for (size_t i = 0; i < datum->values.count; i++)
                TRY(cloudwatch_sum_add(sum, datum->values.items[i].value,
                                       datum->counts.is_set ? datum->counts.items[i].value : 1));
        return 0;
}

static int put_datum(struct call *call, struct str namespace, const struct cloudwatch_metric_datum *datum,
                     struct map *fed)
{
        _cleanup_(cloudwatch_sum_done) struct cloudwatch_sum sum = {};
        const struct cloudwatch_metric_name name = {
                .account = call->account,
                .region = call->region,
                .namespace = namespace,
                .name = datum->metric_name,
                .dimensions = datum->dimensions,
        };
        const struct cloudwatch_put put = {
                .metric = &name,
                .unit = cloudwatch_unit_number(datum->unit),
                .time_ms = datum->timestamp.is_set ? datum->timestamp.value : call->now_ms,
                .resolution_s = datum->storage_resolution.is_set ? datum->storage_resolution.value : 60,
                .sum = &sum,
                .fed = fed,
        };

        TRY(sum_up(datum, &sum));
        return sum.count > 0 ? cloudwatch_put_point(call, &put) : 0;
}

static int put_data(struct call *call, struct str namespace, const struct cloudwatch_metric_datum_list *data,
                    struct map *fed)
{
        for (size_t i = 0; i < data->count; i++)
                TRY(put_datum(call, namespace, &data->items[i], fed));
        return 0;
}

int cloudwatch_put_metric_data(struct call *call, const struct cloudwatch_put_metric_data_in *in,
                               struct cloudwatch_put_metric_data_out *out)
{
        _cleanup_(map_done) struct map fed = {};

        (void)out;
        map_init(&fed);
        TRY(check(call, in));
        TRY(cloudwatch_check_entities(call, in));
        TRY(put_data(call, in->namespace, &in->metric_data, &fed));
        for (size_t i = 0; i < in->entity_metric_data.count; i++)
                TRY(put_data(call, in->namespace, &in->entity_metric_data.items[i].metric_data, &fed));
        return cloudwatch_wake_alarms(call, &fed);
}
