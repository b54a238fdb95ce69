/* GetMetricData. A page holds the results of some queries, in order, and goes on in the middle of one.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
#include "services/cloudwatch/queries.h"
#include "services/marker.h"

#define POINTS_MAX  100800
#define RESULTS_MAX 1000    /* arrays of series make many of one query */
#define WORK_MAX    1000000 /* after that no further query is begun: struct cloudwatch_query */

/* Where the next page begins. Data that come meanwhile move nothing: within a series it is behind a moment.
 */
struct place {
        size_t query, series;
        struct opt_int behind;
};

struct getting {
        struct call *call;
        const struct cloudwatch_get_metric_data_in *in;
        struct cloudwatch_get_metric_data_out *out;
        struct cloudwatch_queries queries;
        struct str subject; /* of its markers */
        struct place place;
        size_t left; /* points that this page still takes */
        bool is_full;
};

/* -- Markers */

static int read_place(struct getting *getting)
{
        struct place *place = &getting->place;
        struct str text, query, series;
        uint64_t numbers[2];

        if (!str_is_set(getting->in->next_token))
                return 0;
        if (marker_read(getting->call, getting->subject, getting->in->next_token, &text) < 0)
                return fail(getting->call, &cloudwatch_invalid_next_token,
                            "The next token specified is invalid.");
        if (!str_cut(&text, ' ', &query) || !str_cut(&text, ' ', &series) || !str_is_set(text))
                return -EINVAL;
        TRY(str_to_u64(query, &numbers[0]));
        TRY(str_to_u64(series, &numbers[1]));
        *place = (struct place){.query = numbers[0], .series = numbers[1], .behind.is_set = text.len > 0};
        return text.len ? str_to_i64(text, &place->behind.value) : 0;
}

static int tell_place(struct getting *getting)
{
        const struct place *place = &getting->place;
        struct arena *arena = &getting->call->arena;
        struct str text = arena_printf(arena, "%zu %zu ", place->query, place->series);

        if (place->behind.is_set)
                text = arena_printf(arena, "%.*s%lld", STR_ARG(text), (long long)place->behind.value);
        return marker_make(getting->call, getting->subject, text, &getting->out->next_token);
}

/* -- Results */

static bool is_up(const struct getting *getting)
{
        return str_eq(getting->in->scan_by, STR("TimestampAscending"));
}

/* How many points were on pages before. */
static size_t count_told(const struct getting *getting, const struct math_series *series)
{
        const struct opt_int *behind = &getting->place.behind;

        if (!behind->is_set)
                return 0;
        return is_up(getting) ? math_place(series, behind->value + 1)
                              : series->count - math_place(series, behind->value);
}

static int fill(struct getting *getting, const struct math_series *series, size_t told, size_t count,
                struct cloudwatch_metric_data_result *result)
{
        struct arena *arena = &getting->call->arena;
        struct opt_int *times = arena_new_array(arena, struct opt_int, count + 1);
        struct opt_double *values = arena_new_array(arena, struct opt_double, count + 1);

        if (!times || !values)
                return -ENOMEM;
        for (size_t i = 0; i < count; i++) {
                size_t at = is_up(getting) ? told + i : series->count - 1 - told - i;

                times[i] = OPT_INT(series->times[at]);
                values[i] = (struct opt_double){true, series->values[at]};
        }
        result->timestamps.items = times;
        result->values.items = values;
        result->timestamps.count = result->values.count = count;
        result->timestamps.is_set = result->values.is_set = true;
        return 0;
}

/* Of an array: the label of the expression, and that of the series. */
static struct str label_of(struct getting *getting, const struct cloudwatch_metric_data_query *query,
                           const struct math_series *series, bool is_array)
{
        if (query->metric_stat)
                return series->label;
        if (!is_array)
                return str_is_set(query->label) ? query->label : query->id;
        if (str_is_set(query->label) && query->label.len == 0)
                return series->label;
        return arena_printf(&getting->call->arena, "%.*s %.*s",
                            STR_ARG(str_is_set(query->label) ? query->label : query->id),
                            STR_ARG(series->label));
}

static int add_series(struct getting *getting, const struct cloudwatch_metric_data_query *query,
                      const struct math_series *series, bool is_array)
{
        struct cloudwatch_metric_data_result_list *list = &getting->out->metric_data_results;
        struct cloudwatch_metric_data_result *result = &list->items[list->count];
        size_t told = count_told(getting, series), rest = series->count - told;
        size_t count = rest < getting->left ? rest : getting->left;

        *result = (struct cloudwatch_metric_data_result){
                .id = query->id,
                .label = arena_dup(&getting->call->arena, label_of(getting, query, series, is_array)),
                .status_code = count < rest ? STR("PartialData") : STR("Complete"),
        };
        TRY(fill(getting, series, told, count, result));
        list->count++;
        getting->left -= count;
        getting->is_full = count < rest;
        getting->place.behind = (struct opt_int){};
        if (getting->is_full)
                getting->place.behind = result->timestamps.items[count - 1];
        return 0;
}

/* Nor more than memory allows. */
static bool has_room(const struct getting *getting)
{
        const struct arena *arena = &getting->call->arena;

        return getting->left > 0 && getting->out->metric_data_results.count < RESULTS_MAX &&
               arena->used < arena->limit / 2;
}

static int add_query(struct getting *getting, const struct cloudwatch_metric_data_query *query,
                     const struct math_value *value)
{
        while (getting->place.series < value->count) {
                if (!has_room(getting)) {
                        getting->is_full = true;
                        return 0;
                }
                TRY(add_series(getting, query, &value->series[getting->place.series],
                               value->type == MATH_ARRAY));
                if (getting->is_full)
                        return 0;
                getting->place.series++;
        }
        getting->place.series = 0;
        getting->place.behind = (struct opt_int){}; /* of a series that is not there any more */
        return 0;
}

/* There are no links to other accounts. */
static void add_foreign(struct getting *getting, const struct cloudwatch_metric_data_query *query)
{
        struct cloudwatch_metric_data_result_list *list = &getting->out->metric_data_results;

        list->items[list->count++] = (struct cloudwatch_metric_data_result){
                .id = query->id,
                .label = str_is_set(query->label) ? query->label : query->id,
                .timestamps = {.is_set = true},
                .values = {.is_set = true},
                .status_code = STR("Forbidden"),
        };
}

static int fill_page(struct getting *getting)
{
        const struct cloudwatch_metric_data_query_list *list = &getting->in->metric_data_queries;

        for (; getting->place.query < list->count; getting->place.query++) {
                const struct cloudwatch_metric_data_query *query = &list->items[getting->place.query];
                const struct math_value *value;

                if (query->return_data.is_set && !query->return_data.value)
                        continue;
                if (!has_room(getting) || getting->queries.work > WORK_MAX)
                        return tell_place(getting);
                if (str_is_set(query->account_id) && !str_eq(query->account_id, getting->call->account)) {
                        add_foreign(getting, query);
                        continue;
                }
                TRY(cloudwatch_queries_evaluate(&getting->queries, getting->place.query, &value));
                TRY(add_query(getting, query, value));
                if (getting->is_full)
                        return tell_place(getting);
        }
        return 0;
}

/* -- The whole */

static int check(struct getting *getting)
{
        const struct cloudwatch_get_metric_data_in *in = getting->in;
        struct call *call = getting->call;

        if (in->start_time.value >= in->end_time.value)
                return call_invalid(call, "The parameter StartTime must be less than the parameter EndTime.");
        if (in->max_datapoints.is_set &&
            (in->max_datapoints.value < 1 || in->max_datapoints.value > POINTS_MAX))
                return call_invalid(call,
                                    "The value %lld for parameter MaxDatapoints is not between 1 and %d.",
                                    (long long)in->max_datapoints.value, POINTS_MAX);
        getting->left = in->max_datapoints.is_set ? (size_t)in->max_datapoints.value : POINTS_MAX;
        getting->subject =
                arena_printf(&call->arena, "metric data %lld %lld %zu", (long long)in->start_time.value,
                             (long long)in->end_time.value, in->metric_data_queries.count);
        return read_place(getting);
}

static void end(struct getting *getting)
{
        cloudwatch_queries_end(&getting->queries);
}

int cloudwatch_get_metric_data(struct call *call, const struct cloudwatch_get_metric_data_in *in,
                               struct cloudwatch_get_metric_data_out *out)
{
        _cleanup_(end) struct getting getting = {.call = call, .in = in, .out = out};

        TRY(check(&getting));
        TRY(call_take_time(call));
        TRY(cloudwatch_queries_begin(&getting.queries, call, &in->metric_data_queries));
        getting.queries.range = (struct cloudwatch_time_range){in->start_time.value, in->end_time.value};
        getting.queries.is_rounded = true;
        out->messages.is_set = true;
        out->metric_data_results.is_set = true;
        out->metric_data_results.items = arena_new_array(&call->arena, struct cloudwatch_metric_data_result,
                                                         RESULTS_MAX + CLOUDWATCH_QUERIES_MAX);
        return out->metric_data_results.items ? fill_page(&getting) : -ENOMEM;
}
