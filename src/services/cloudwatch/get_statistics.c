/* GetMetricStatistics.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html */
#include "services/cloudwatch/period.h"
#include "services/cloudwatch/point.h"
#include "services/cloudwatch/statistic.h"

#define POINTS_MAX 1440
#define WORK_MAX   20000000 /* struct cloudwatch_query: units are read one after another */

struct getting {
        struct call *call;
        const struct cloudwatch_get_metric_statistics_in *in;
        struct cloudwatch_get_metric_statistics_out *out;
        struct cloudwatch_query query;
        struct cloudwatch_statistic extended[10]; /* as many as may be asked for */
        uint64_t units;                           /* that there are samples of, a bit for each */
        size_t work;                              /* done so far */
};

#define INVALID     (&cloudwatch_invalid_parameter_value_exception)
#define COMBINATION (&cloudwatch_invalid_parameter_combination_exception)

/* -- What may be asked */

static int check_statistics(struct getting *getting)
{
        const struct str_list *names = &getting->in->extended_statistics;

        if (getting->in->statistics.count == 0 && names->count == 0)
                return fail(
                        getting->call, COMBINATION,
                        "At least one of the parameters Statistics or ExtendedStatistics must be specified.");
        if (getting->in->statistics.count && names->count)
                return fail(getting->call, COMBINATION,
                            "The parameters Statistics and ExtendedStatistics are mutually exclusive and you "
                            "have specified both.");
        for (size_t i = 0; i < names->count; i++)
                if (cloudwatch_read_statistic(names->items[i], &getting->extended[i]) < 0 ||
                    !cloudwatch_statistic_needs_values(&getting->extended[i]))
                        return fail(getting->call, INVALID,
                                    "The value %.*s for parameter ExtendedStatistics.member.%zu is invalid.",
                                    STR_ARG(names->items[i]), i + 1);
        return 0;
}

static int check_range(struct getting *getting)
{
        struct cloudwatch_query *query = &getting->query;
        int64_t period_ms = query->period_s * MS_PER_S, count;

        if (getting->in->start_time.value >= getting->in->end_time.value)
                return fail(getting->call, INVALID,
                            "The parameter StartTime must be less than the parameter EndTime.");
        count = (query->to_ms - query->from_ms + period_ms - 1) / period_ms;
        if (count > POINTS_MAX)
                return fail(
                        getting->call, COMBINATION,
                        "You have requested up to %lld datapoints, which exceeds the limit of %d. You may "
                        "reduce the datapoints requested by increasing Period, or decreasing the time range.",
                        (long long)count, POINTS_MAX);
        return 0;
}

static int read_question(struct getting *getting)
{
        const struct cloudwatch_get_metric_statistics_in *in = getting->in;
        struct call *call = getting->call;
        const struct cloudwatch_metric_name name = {call->account, call->region, in->namespace,
                                                    in->metric_name, in->dimensions};

        if (!cloudwatch_is_period(in->period.value))
                return fail(call, INVALID, CLOUDWATCH_PERIOD_TEXT, "Period");
        getting->query = (struct cloudwatch_query){
                .from_ms = cloudwatch_round_start(in->start_time.value, in->period.value, call->now_ms),
                .to_ms = in->end_time.value,
                .period_s = in->period.value,
                .is_distributed = in->extended_statistics.count > 0,
                .unit = str_is_set(in->unit) ? cloudwatch_unit_number(in->unit) : CLOUDWATCH_ANY_UNIT,
                .work = &getting->work,
        };
        TRY(check_statistics(getting));
        TRY(check_range(getting));
        return cloudwatch_metric_id(call, &name, &getting->query.metric);
}

/* -- What there is */

static bool is_asked(const struct getting *getting, struct str statistic)
{
        for (size_t i = 0; i < getting->in->statistics.count; i++)
                if (str_eq(getting->in->statistics.items[i], statistic))
                        return true;
        return false;
}

static void tell_plain(const struct getting *getting, const struct cloudwatch_sum *sum,
                       struct cloudwatch_datapoint *point)
{
        const struct {
                struct str name;
                double value;
                struct opt_double *place;
        } all[] = {
                {STR("SampleCount"), sum->count, &point->sample_count},
                {STR("Average"), sum->sum / sum->count, &point->average},
                {STR("Sum"), sum->sum, &point->sum},
                {STR("Minimum"), sum->min, &point->minimum},
                {STR("Maximum"), sum->max, &point->maximum},
        };

        for (size_t i = 0; i < ARRAY_LEN(all); i++)
                if (is_asked(getting, all[i].name))
                        *all[i].place = (struct opt_double){true, all[i].value};
}

static int tell_extended(const struct getting *getting, const struct cloudwatch_sum *sum,
                         struct cloudwatch_datapoint *point)
{
        const struct str_list *names = &getting->in->extended_statistics;
        struct cloudwatch_opt_double_map *map = &point->extended_statistics;

        map->items =
                arena_new_array(&getting->call->arena, struct cloudwatch_opt_double_entry, names->count + 1);
        if (!map->items)
                return -ENOMEM;
        for (size_t i = 0; i < names->count; i++) {
                struct cloudwatch_opt_double_entry *entry = &map->items[map->count];

                if (cloudwatch_compute(&getting->extended[i], sum, &entry->value.value) < 0)
                        continue;
                entry->key = names->items[i];
                entry->value.is_set = true;
                map->count++;
        }
        map->is_set = map->count > 0;
        return 0;
}

static int tell(struct getting *getting, const struct cloudwatch_sum *sum, int64_t time_ms, int64_t unit)
{
        struct cloudwatch_datapoint_list *list = &getting->out->datapoints;
        struct cloudwatch_datapoint *point = &list->items[list->count];

        *point = (struct cloudwatch_datapoint){.timestamp = OPT_INT(time_ms),
                                               .unit = cloudwatch_unit_name(unit)};
        tell_plain(getting, sum, point);
        TRY(tell_extended(getting, sum, point));
        list->count += getting->in->extended_statistics.count == 0 || point->extended_statistics.is_set;
        return 0;
}

static int tell_unit(struct getting *getting, int64_t unit)
{
        _cleanup_(cloudwatch_sums_done) struct cloudwatch_sums sums = {};
        struct cloudwatch_query query = getting->query;
        struct cloudwatch_datapoint_list *list = &getting->out->datapoints;
        struct cloudwatch_datapoint *items;

        query.unit = unit;
        if (getting->work > WORK_MAX)
                return fail(getting->call, COMBINATION,
                            "The metric has too many samples in too many units: ask for one Unit, or for "
                            "less time.");
        TRY(cloudwatch_read_sums(getting->call, &query, &sums));
        items = arena_new_array(&getting->call->arena, struct cloudwatch_datapoint,
                                list->count + sums.count + 1);
        if (!items)
                return -ENOMEM;
        for (size_t i = 0; i < list->count; i++)
                items[i] = list->items[i];
        list->items = items;
        for (size_t i = 0; i < sums.count; i++)
                if (sums.items[i].count > 0)
                        TRY(tell(getting, &sums.items[i],
                                 sums.from_ms + (int64_t)i * query.period_s * MS_PER_S, unit));
        return 0;
}

static int note_unit(void *arg, const struct cloudwatch_point_record *row, int64_t start_ms)
{
        struct getting *getting = arg;

        (void)start_ms;
        getting->units |= UINT64_C(1) << (row->unit.value & 63);
        return 0;
}

/* "If you have two otherwise identical metrics with different units, two separate data streams are returned,
 * one for each unit."
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#Unit */
int cloudwatch_get_metric_statistics(struct call *call, const struct cloudwatch_get_metric_statistics_in *in,
                                     struct cloudwatch_get_metric_statistics_out *out)
{
        struct getting getting = {.call = call, .in = in, .out = out};

        TRY(read_question(&getting));
        TRY(call_take_time(call));
        out->label = in->metric_name;
        out->datapoints.is_set = true;
        TRY(cloudwatch_each_point(call, &getting.query, note_unit, &getting));
        for (int64_t unit = 0; unit < 64; unit++)
                if (getting.units >> unit & 1)
                        TRY(tell_unit(&getting, unit));
        return 0;
}
