#include "services/cloudwatch/queries.h"

#include "services/cloudwatch/period.h"

#define MEMORY         ((size_t)24 * 1024 * 1024)
#define DEPTH_MAX      50
#define DEFAULT_PERIOD 300
#define TOO_MUCH       "The expression needs more memory than one request may take."
#define WORK_MAX       20000000 /* struct cloudwatch_query: some seconds of one core, of busy metrics a minute */
#define TOO_LONG       "The queries need more work than one request may take. Ask for less time, or fewer metrics."

static int find_index(const struct cloudwatch_queries *queries, struct str id, size_t *ret)
{
        for (size_t i = 0; i < queries->list->count; i++) {
                *ret = i;
                if (str_eq(queries->list->items[i].id, id))
                        return 0;
        }
        return -ENOENT;
}

int64_t cloudwatch_queries_period_s(const struct cloudwatch_queries *queries, size_t index)
{
        const struct cloudwatch_metric_data_query *query = &queries->list->items[index];
        int64_t longest = 0;

        if (query->metric_stat)
                return query->metric_stat->period.value;
        if (query->period.is_set)
                return query->period.value;
        for (size_t i = 0; i < queries->list->count; i++)
                if (queries->list->items[i].metric_stat &&
                    queries->list->items[i].metric_stat->period.value > longest)
                        longest = queries->list->items[i].metric_stat->period.value;
        return longest ? longest : DEFAULT_PERIOD;
}

/* -- Evaluation */

static struct cloudwatch_time_range range_of(const struct cloudwatch_queries *queries, int64_t period_s)
{
        struct cloudwatch_time_range range = queries->range;

        if (queries->is_rounded)
                range.from_ms = cloudwatch_round_start(range.from_ms, period_s, queries->call->now_ms);
        return range;
}

static int read_metric(struct cloudwatch_queries *queries, size_t index, struct math_value *ret)
{
        const struct cloudwatch_metric_data_query *query = &queries->list->items[index];
        const struct cloudwatch_metric_stat *stat = query->metric_stat;
        struct cloudwatch_time_range range = range_of(queries, stat->period.value);
        struct cloudwatch_series read;
        struct math_series series;

        TRY(cloudwatch_read_series(queries->call, &queries->arena, stat, &range, &read));
        queries->work += read.work;
        series = (struct math_series){
                .id = query->id,
                .label = str_is_set(query->label) ? query->label : stat->metric->metric_name,
                .period_ms = stat->period.value * MS_PER_S,
                .times = read.times,
                .values = read.values,
                .count = read.count,
        };
        return math_of_series(&queries->arena, &series, ret);
}

static int evaluate(struct cloudwatch_queries *queries, size_t index);

static int find_value(void *arg, struct str name, struct math_value *ret)
{
        struct cloudwatch_queries *queries = arg;
        size_t index;

        if (find_index(queries, name, &index) < 0)
                return -EINVAL;
        TRY(evaluate(queries, index));
        *ret = queries->entries[index].value;
        return 0;
}

static int all_metrics(void *arg, struct str part, struct math_value *ret)
{
        struct cloudwatch_queries *queries = arg;

        *ret = (struct math_value){
                .type = MATH_ARRAY,
                .series = arena_new_array(&queries->arena, struct math_series, queries->list->count + 1)};
        if (!ret->series)
                return -ENOMEM;
        for (size_t i = 0; i < queries->list->count; i++) {
                const struct cloudwatch_metric_data_query *query = &queries->list->items[i];

                if (!query->metric_stat || (str_is_set(part) && str_find(query->id, part) < 0))
                        continue;
                TRY(evaluate(queries, i));
                ret->series[ret->count++] = queries->entries[i].value.series[0];
        }
        return 0;
}

static int evaluate_expression(struct cloudwatch_queries *queries, size_t index, struct math_value *ret)
{
        int64_t period_s = cloudwatch_queries_period_s(queries, index);
        struct cloudwatch_time_range range = range_of(queries, period_s);
        const struct math_scope scope = {
                .arena = &queries->arena,
                .fault = &queries->fault,
                .from_ms = range.from_ms,
                .to_ms = range.to_ms,
                .period_ms = period_s * MS_PER_S,
                .work = &queries->work,
                .find = find_value,
                .metrics = all_metrics,
                .arg = queries,
        };

        return math_evaluate(&scope, queries->entries[index].node, ret);
}

static int evaluate(struct cloudwatch_queries *queries, size_t index)
{
        struct cloudwatch_entry *entry = &queries->entries[index];

        if (entry->is_known)
                return 0;
        TRY(entry->node ? evaluate_expression(queries, index, &entry->value)
                        : read_metric(queries, index, &entry->value));
        if (queries->work > WORK_MAX)
                return call_invalid(queries->call, TOO_LONG);
        entry->is_known = true;
        return 0;
}

static int fault_in(struct cloudwatch_queries *queries, size_t index)
{
        return call_invalid(queries->call, "Error in expression '%.*s': %.*s",
                            STR_ARG(queries->list->items[index].id), STR_ARG(queries->fault.text));
}

int cloudwatch_queries_evaluate(struct cloudwatch_queries *queries, size_t index,
                                const struct math_value **ret)
{
        struct cloudwatch_entry *entry = &queries->entries[index];
        int r = evaluate(queries, index);

        if (r == -ENOMEM && queries->arena.failed)
                return call_invalid(queries->call, TOO_MUCH);
        if (r == -EINVAL)
                return fault_in(queries, index);
        TRY(r);
        *ret = &entry->value;
        if (entry->value.type == MATH_SERIES || entry->value.type == MATH_ARRAY)
                return 0;
        queries->fault.text = STR("The result of an expression must be a time series or an array of them");
        return fault_in(queries, index);
}

/* -- What they must be */

static bool is_id(struct str id)
{
        if (id.len == 0 || id.ptr[0] < 'a' || id.ptr[0] > 'z')
                return false;
        for (size_t i = 0; i < id.len; i++)
                if (!((id.ptr[i] >= 'a' && id.ptr[i] <= 'z') || (id.ptr[i] >= 'A' && id.ptr[i] <= 'Z') ||
                      (id.ptr[i] >= '0' && id.ptr[i] <= '9') || id.ptr[i] == '_'))
                        return false;
        return true;
}

static int check_metric(struct call *call, const struct cloudwatch_metric_stat *stat, size_t number)
{
        if (!str_is_set(stat->metric->namespace) || !str_is_set(stat->metric->metric_name))
                return call_invalid(
                        call,
                        "The parameters MetricDataQueries.member.%zu.MetricStat.Metric.Namespace and "
                        "MetricDataQueries.member.%zu.MetricStat.Metric.MetricName are required.",
                        number, number);
        if (cloudwatch_check_statistic(stat->stat) < 0)
                return call_invalid(
                        call,
                        "The value %.*s for parameter MetricDataQueries.member.%zu.MetricStat.Stat is "
                        "not supported.",
                        STR_ARG(stat->stat), number);
        if (!cloudwatch_is_period(stat->period.value))
                return call_invalid(call, CLOUDWATCH_PERIOD_TEXT, "Period");
        return 0;
}

static int check_query(struct cloudwatch_queries *queries, size_t index)
{
        const struct cloudwatch_metric_data_query *query = &queries->list->items[index];
        struct call *call = queries->call;
        size_t number = index + 1, first;

        if (!is_id(query->id))
                return call_invalid(
                        call,
                        "The value %.*s for parameter MetricDataQueries.member.%zu.Id is not matching "
                        "the expected pattern ^[a-z][a-zA-Z0-9_]*$.",
                        STR_ARG(query->id), number);
        TRY(find_index(queries, query->id, &first));
        if (first != index)
                return call_invalid(call, "The values for parameter id in MetricDataQueries are not unique.");
        if (str_is_set(query->expression) == (query->metric_stat != NULL))
                return call_invalid(
                        call,
                        "Exactly one of the parameters MetricDataQueries.member.%zu.Expression and "
                        "MetricDataQueries.member.%zu.MetricStat must be specified.",
                        number, number);
        if (query->period.is_set && !cloudwatch_is_period(query->period.value))
                return call_invalid(call, CLOUDWATCH_PERIOD_TEXT, "Period");
        return query->metric_stat ? check_metric(call, query->metric_stat, number) : 0;
}

static int parse(struct cloudwatch_queries *queries, size_t index)
{
        struct cloudwatch_entry *entry = &queries->entries[index];
        struct str text = queries->list->items[index].expression;
        int r;

        if (!str_is_set(text))
                return 0;
        r = math_parse(&queries->arena, text, &entry->node, &queries->fault);
        if (r == -ENOMEM)
                return call_invalid(queries->call, TOO_MUCH);
        return r == -EINVAL ? fault_in(queries, index) : r;
}

/* -- Names and functions that there are; no name leads back to itself */

static int walk_entry(struct cloudwatch_queries *queries, size_t index);

static int walk_name(struct cloudwatch_queries *queries, struct str name)
{
        size_t index;

        if (find_index(queries, name, &index) < 0)
                return math_refuse(&queries->arena, &queries->fault, "Id '%.*s' is not defined",
                                   STR_ARG(name));
        if (queries->depth == DEPTH_MAX)
                return math_refuse(&queries->arena, &queries->fault,
                                   "Expressions depend on each other in a circle, or too deeply");
        queries->depth++;
        TRY(walk_entry(queries, index));
        queries->depth--;
        return 0;
}

static int walk(struct cloudwatch_queries *queries, const struct math_node *node)
{
        const struct math_signature *signature;

        if (node->kind == MATH_NAME)
                return walk_name(queries, node->text);
        if (node->kind == MATH_CALL) {
                signature = math_find_function(node->text);
                if (!signature)
                        return math_refuse(&queries->arena, &queries->fault, "Unsupported function '%.*s'",
                                           STR_ARG(node->text));
                if (node->arg_count < signature->least || node->arg_count > signature->most)
                        return math_refuse(&queries->arena, &queries->fault,
                                           "Invalid arguments of function '%.*s'", STR_ARG(node->text));
        }
        for (size_t i = 0; i < node->arg_count; i++)
                TRY(walk(queries, node->args[i]));
        return 0;
}

static int walk_entry(struct cloudwatch_queries *queries, size_t index)
{
        struct cloudwatch_entry *entry = &queries->entries[index];

        if (!entry->node || entry->is_walked)
                return 0;
        TRY(walk(queries, entry->node));
        entry->is_walked = true;
        return 0;
}

static int check_all(struct cloudwatch_queries *queries)
{
        for (size_t i = 0; i < queries->list->count; i++)
                TRY(check_query(queries, i));
        for (size_t i = 0; i < queries->list->count; i++)
                TRY(parse(queries, i));
        for (size_t i = 0; i < queries->list->count; i++) {
                int r;

                queries->depth = 0;
                r = walk_entry(queries, i);
                if (r == -EINVAL)
                        return fault_in(queries, i);
                TRY(r);
        }
        return 0;
}

int cloudwatch_queries_begin(struct cloudwatch_queries *queries, struct call *call,
                             const struct cloudwatch_metric_data_query_list *list)
{
        *queries = (struct cloudwatch_queries){.call = call, .list = list};
        arena_init(&queries->arena, MEMORY);
        if (list->count > CLOUDWATCH_QUERIES_MAX)
                return call_invalid(call,
                                    "The collection MetricDataQueries must not have a size greater than %d.",
                                    CLOUDWATCH_QUERIES_MAX);
        queries->entries = arena_new_array(&queries->arena, struct cloudwatch_entry, list->count + 1);
        return queries->entries ? check_all(queries) : -ENOMEM;
}

void cloudwatch_queries_end(struct cloudwatch_queries *queries)
{
        arena_done(&queries->arena);
}

/* -- For alarms: metrics.h */

/* Of no time at all: types of results are seen there, too. */
int cloudwatch_check_queries(struct call *call, const struct cloudwatch_metric_data_query_list *list,
                             struct str id)
{
        _cleanup_(cloudwatch_queries_end) struct cloudwatch_queries queries = {};
        const struct math_value *value = NULL;
        size_t index;

        TRY(cloudwatch_queries_begin(&queries, call, list));
        TRY(find_index(&queries, id, &index));
        TRY(cloudwatch_queries_evaluate(&queries, index, &value));
        return value && value->count == 1
                       ? 0
                       : call_invalid(call, "Metrics expression that return multi time series are only "
                                            "allowed for MetricsInsights expression with an ORDER BY clause");
}

static int keep(struct call *call, const struct math_series *series, struct cloudwatch_series *ret)
{
        *ret = (struct cloudwatch_series){
                .times = arena_new_array(&call->arena, int64_t, series->count + 1),
                .values = arena_new_array(&call->arena, double, series->count + 1),
                .count = series->count,
        };
        if (!ret->times || !ret->values)
                return -ENOMEM;
        for (size_t i = 0; i < series->count; i++) {
                ret->times[i] = series->times[i];
                ret->values[i] = series->values[i];
        }
        return 0;
}

int cloudwatch_read_query(struct call *call, const struct cloudwatch_metric_data_query_list *list,
                          struct str id, const struct cloudwatch_time_range *range,
                          struct cloudwatch_series *ret)
{
        _cleanup_(cloudwatch_queries_end) struct cloudwatch_queries queries = {};
        const struct math_value *value = NULL;
        size_t index;

        TRY(cloudwatch_queries_begin(&queries, call, list));
        queries.range = *range;
        if (find_index(&queries, id, &index) < 0)
                return call_invalid(call, "There is no query of the id %.*s.", STR_ARG(id));
        TRY(cloudwatch_queries_evaluate(&queries, index, &value));
        if (!value || value->count != 1)
                return call_invalid(call, "The expression %.*s must return a single time series.",
                                    STR_ARG(id));
        return keep(call, &value->series[0], ret);
}

int cloudwatch_query_period(struct call *call, const struct cloudwatch_metric_data_query_list *list,
                            struct str id, int64_t *ret_s)
{
        const struct cloudwatch_queries queries = {.call = call, .list = list};
        size_t index;

        if (find_index(&queries, id, &index) < 0)
                return call_invalid(call, "There is no query of the id %.*s.", STR_ARG(id));
        *ret_s = cloudwatch_queries_period_s(&queries, index);
        return 0;
}
