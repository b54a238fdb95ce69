/* Functions of metric math that make a series of each series. */
#include "base/clock.h"
#include "services/cloudwatch/math.h"

#include <math.h>
#include <time.h>

int math_wrong_arguments(const struct math_scope *scope, const struct math_node *call)
{
        return math_refuse(scope->arena, scope->fault, "Invalid arguments of function '%.*s'",
                           STR_ARG(call->text));
}

typedef int (*each_series)(const struct math_scope *scope, const struct math_node *call,
                           const struct math_series *series, const struct math_value *args,
                           struct math_series *ret);

/* The first argument is a series or an array: of each series another. */
static int of_each(const struct math_scope *scope, const struct math_node *call,
                   const struct math_value *args, each_series each, struct math_value *ret)
{
        const struct math_value *first = &args[0];

        if (first->type != MATH_SERIES && first->type != MATH_ARRAY)
                return math_wrong_arguments(scope, call);
        *ret = (struct math_value){
                .type = first->type,
                .count = first->count,
                .series = arena_new_array(scope->arena, struct math_series, first->count + 1)};
        if (!ret->series)
                return -ENOMEM;
        for (size_t i = 0; i < first->count; i++)
                TRY(each(scope, call, &first->series[i], args, &ret->series[i]));
        return 0;
}

/* -- Each value by itself */

static double natural(double value)
{
        return value > 0 ? log(value) : (double)NAN;
}

static double decimal(double value)
{
        return value > 0 ? log10(value) : (double)NAN;
}

static const struct {
        struct str name;
        double (*of)(double value);
} PLAIN[] = {
        {STR_INIT("ABS"), fabs},    {STR_INIT("CEIL"), ceil},     {STR_INIT("FLOOR"), floor},
        {STR_INIT("LOG"), natural}, {STR_INIT("LOG10"), decimal},
};

static double (*plain_of(struct str name))(double value)
{
        for (size_t i = 0; i < ARRAY_LEN(PLAIN); i++)
                if (str_eq(PLAIN[i].name, name))
                        return PLAIN[i].of;
        return fabs;
}

static int each_value(const struct math_scope *scope, const struct math_node *call,
                      const struct math_series *series, const struct math_value *args,
                      struct math_series *ret)
{
        double (*of)(double value) = plain_of(call->text);

        (void)args;
        TRY(math_new_series(scope->arena, series, series->count, ret));
        for (size_t i = 0; i < series->count; i++)
                math_add_point(ret, series->times[i], of(series->values[i]));
        return 0;
}

static int run_plain(const struct math_scope *scope, const struct math_node *call, struct math_value *args,
                     struct math_value *ret)
{
        if (args[0].type != MATH_SCALAR)
                return of_each(scope, call, args, each_value, ret);
        *ret = (struct math_value){.type = MATH_SCALAR, .scalar = plain_of(call->text)(args[0].scalar)};
        return 0;
}

/* -- Each value and the one before it */

static double step(struct str name, double change, double seconds)
{
        if (str_eq(name, STR("DIFF")))
                return change;
        return str_eq(name, STR("RATE")) ? change / seconds : seconds;
}

static int each_step(const struct math_scope *scope, const struct math_node *call,
                     const struct math_series *series, const struct math_value *args, struct math_series *ret)
{
        (void)args;
        TRY(math_new_series(scope->arena, series, series->count, ret));
        for (size_t i = 1; i < series->count; i++)
                math_add_point(ret, series->times[i],
                               step(call->text, series->values[i] - series->values[i - 1],
                                    (double)(series->times[i] - series->times[i - 1]) / 1000));
        return 0;
}

static int run_step(const struct math_scope *scope, const struct math_node *call, struct math_value *args,
                    struct math_value *ret)
{
        return of_each(scope, call, args, each_step, ret);
}

static int each_sum(const struct math_scope *scope, const struct math_node *call,
                    const struct math_series *series, const struct math_value *args, struct math_series *ret)
{
        double total = 0;

        (void)args;
        (void)call;
        TRY(math_new_series(scope->arena, series, series->count, ret));
        for (size_t i = 0; i < series->count; i++) {
                total += series->values[i];
                math_add_point(ret, series->times[i], total);
        }
        return 0;
}

static int run_running_sum(const struct math_scope *scope, const struct math_node *call,
                           struct math_value *args, struct math_value *ret)
{
        return of_each(scope, call, args, each_sum, ret);
}

/* -- FILL */

/* Between the point before and the one behind, which are there. */
static double between(const struct math_series *series, size_t next, int64_t time_ms)
{
        const int64_t *times = series->times;
        double part = (double)(time_ms - times[next - 1]) / (double)(times[next] - times[next - 1]);

        return series->values[next - 1] + part * (series->values[next] - series->values[next - 1]);
}

static double filler(const struct math_series *series, const struct math_value *with, int64_t time_ms)
{
        size_t next = math_place(series, time_ms);
        double value = (double)NAN;

        if (with->type == MATH_SCALAR)
                return with->scalar;
        if (with->type == MATH_SERIES)
                (void)math_value_at(&with->series[0], time_ms, &value);
        else if (str_eq(with->text, STR("REPEAT")) && next > 0)
                value = series->values[next - 1];
        else if (str_eq(with->text, STR("LINEAR")) && next > 0 && next < series->count)
                value = between(series, next, time_ms);
        return value;
}

static int each_fill(const struct math_scope *scope, const struct math_node *call,
                     const struct math_series *series, const struct math_value *args, struct math_series *ret)
{
        struct math_series grid, both[2], moments;

        (void)call;
        TRY(math_grid(scope, series->period_ms, &grid));
        both[0] = *series;
        both[1] = grid;
        TRY(math_moments(scope->arena, both, 2, &moments));
        TRY(math_new_series(scope->arena, series, moments.count, ret));
        for (size_t i = 0; i < moments.count; i++) {
                double value;

                if (!math_value_at(series, moments.times[i], &value))
                        value = filler(series, &args[1], moments.times[i]);
                math_add_point(ret, moments.times[i], value);
        }
        return 0;
}

static int run_fill(const struct math_scope *scope, const struct math_node *call, struct math_value *args,
                    struct math_value *ret)
{
        bool is_word = call->args[1]->kind == MATH_WORD &&
                       (str_eq(args[1].text, STR("REPEAT")) || str_eq(args[1].text, STR("LINEAR")));

        if (args[1].type != MATH_SCALAR && args[1].type != MATH_SERIES && !is_word)
                return math_wrong_arguments(scope, call);
        return of_each(scope, call, args, each_fill, ret);
}

/* -- Of moments: "new non-sparse time series where each value is based on its timestamp" */

static double part_of_time(struct str name, int64_t ms)
{
        time_t seconds = (time_t)(ms / MS_PER_S);
        struct tm parts = {};
        const struct {
                struct str name;
                int value;
        } all[] = {
                {STR("MINUTE"), (gmtime_r(&seconds, &parts), parts.tm_min)},
                {STR("HOUR"), parts.tm_hour},
                {STR("DAY"), parts.tm_wday ? parts.tm_wday : 7},
                {STR("DATE"), parts.tm_mday},
                {STR("MONTH"), parts.tm_mon + 1},
                {STR("YEAR"), parts.tm_year + 1900},
        };

        for (size_t i = 0; i < ARRAY_LEN(all); i++)
                if (str_eq(name, all[i].name))
                        return all[i].value;
        return (double)seconds; /* EPOCH */
}

static int run_time(const struct math_scope *scope, const struct math_node *call, struct math_value *args,
                    struct math_value *ret)
{
        struct math_series series;

        if (args[0].type != MATH_SERIES)
                return math_wrong_arguments(scope, call);
        TRY(math_grid(scope, args[0].series[0].period_ms, &series));
        for (size_t i = 0; i < series.count; i++)
                series.values[i] = part_of_time(call->text, series.times[i]);
        series.id = args[0].series[0].id;
        series.label = args[0].series[0].label;
        return math_of_series(scope->arena, &series, ret);
}

static int run_time_series(const struct math_scope *scope, const struct math_node *call,
                           struct math_value *args, struct math_value *ret)
{
        struct math_series series, kept;

        if (args[0].type != MATH_SCALAR)
                return math_wrong_arguments(scope, call);
        TRY(math_grid(scope, scope->period_ms, &series));
        TRY(math_new_series(scope->arena, &series, series.count, &kept));
        for (size_t i = 0; i < series.count; i++)
                math_add_point(&kept, series.times[i], args[0].scalar);
        return math_of_series(scope->arena, &kept, ret);
}

/* "Valid input is metrics, not the results of other expressions." */
static int run_period(const struct math_scope *scope, const struct math_node *call, struct math_value *args,
                      struct math_value *ret)
{
        if (args[0].type != MATH_SERIES || call->args[0]->kind != MATH_NAME)
                return math_wrong_arguments(scope, call);
        *ret = (struct math_value){.type = MATH_SCALAR, .scalar = (double)args[0].series[0].period_ms / 1000};
        return 0;
}

const struct math_signature math_series_functions[] = {
        {STR_INIT("ABS"), 1, 1, run_plain},
        {STR_INIT("CEIL"), 1, 1, run_plain},
        {STR_INIT("DATE"), 1, 1, run_time},
        {STR_INIT("DAY"), 1, 1, run_time},
        {STR_INIT("DIFF"), 1, 1, run_step},
        {STR_INIT("DIFF_TIME"), 1, 1, run_step},
        {STR_INIT("EPOCH"), 1, 1, run_time},
        {STR_INIT("FILL"), 2, 2, run_fill},
        {STR_INIT("FLOOR"), 1, 1, run_plain},
        {STR_INIT("HOUR"), 1, 1, run_time},
        {STR_INIT("LOG"), 1, 1, run_plain},
        {STR_INIT("LOG10"), 1, 1, run_plain},
        {STR_INIT("MINUTE"), 1, 1, run_time},
        {STR_INIT("MONTH"), 1, 1, run_time},
        {STR_INIT("PERIOD"), 1, 1, run_period},
        {STR_INIT("RATE"), 1, 1, run_step},
        {STR_INIT("RUNNING_SUM"), 1, 1, run_running_sum},
        {STR_INIT("TIME_SERIES"), 1, 1, run_time_series},
        {STR_INIT("YEAR"), 1, 1, run_time},
};
const size_t math_series_function_count = ARRAY_LEN(math_series_functions);
