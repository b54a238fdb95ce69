/* Functions of metric math over several series, and IF. */
#include "services/cloudwatch/math.h"

#include <math.h>
#include <stdlib.h>

const struct math_signature *math_find_function(struct str name)
{
        for (size_t i = 0; i < math_series_function_count; i++)
                if (str_eq(math_series_functions[i].name, name))
                        return &math_series_functions[i];
        for (size_t i = 0; i < math_array_function_count; i++)
                if (str_eq(math_array_functions[i].name, name))
                        return &math_array_functions[i];
        return NULL;
}

/* -- AVG and its kin: of a series a scalar, of an array a series */

static const struct {
        struct str name;
        enum math_fold fold;
} FOLDS[] = {
        {STR_INIT("AVG"), MATH_FOLD_AVG},       {STR_INIT("SUM"), MATH_FOLD_SUM},
        {STR_INIT("MIN"), MATH_FOLD_MIN},       {STR_INIT("MAX"), MATH_FOLD_MAX},
        {STR_INIT("STDDEV"), MATH_FOLD_STDDEV}, {STR_INIT("DATAPOINT_COUNT"), MATH_FOLD_COUNT},
};

static bool find_fold(struct str name, enum math_fold *ret)
{
        for (size_t i = 0; i < ARRAY_LEN(FOLDS); i++) {
                *ret = FOLDS[i].fold;
                if (str_eq(FOLDS[i].name, name))
                        return true;
        }
        return false;
}

#define VALUES_FOR_WORK   32 /* folded in about a microsecond */
#define LOOK_UPS_FOR_WORK 16

/* "Missing values are treated as 0" in averages; elsewhere what is not there does not count. */
static int fold_array(const struct math_scope *scope, enum math_fold fold, const struct math_value *array,
                      struct math_value *ret)
{
        double *values = arena_new_array(scope->arena, double, array->count + 1);
        const struct math_series like = array->count ? array->series[0] : (struct math_series){};
        struct math_series moments, series;

        if (!values)
                return -ENOMEM;
        TRY(math_moments(scope->arena, array->series, array->count, &moments));
        TRY(math_new_series(scope->arena, &like, moments.count, &series));
        *scope->work += moments.count * array->count / LOOK_UPS_FOR_WORK;
        for (size_t i = 0; i < moments.count; i++) {
                size_t count = 0;

                for (size_t k = 0; k < array->count; k++) {
                        values[count] = 0;
                        if (math_value_at(&array->series[k], moments.times[i], &values[count]) ||
                            fold == MATH_FOLD_AVG)
                                count++;
                }
                math_add_point(&series, moments.times[i], math_fold(fold, values, count));
        }
        return math_of_series(scope->arena, &series, ret);
}

static int run_fold(const struct math_scope *scope, const struct math_node *call, struct math_value *args,
                    struct math_value *ret)
{
        enum math_fold fold;

        (void)find_fold(call->text, &fold);
        if (args[0].type == MATH_ARRAY)
                return fold_array(scope, fold, &args[0], ret);
        if (args[0].type != MATH_SERIES)
                return math_wrong_arguments(scope, call);
        *scope->work += args[0].series[0].count / VALUES_FOR_WORK;
        *ret = (struct math_value){
                .type = MATH_SCALAR,
                .scalar = math_fold(fold, args[0].series[0].values, args[0].series[0].count)};
        return 0;
}

/* -- IF */

/* What one branch says of a moment; "0 if the corresponding data point doesn't exist". */
static double branch(const struct math_value *value, int64_t time_ms)
{
        double there = 0;

        if (value->type == MATH_SCALAR)
                return value->scalar;
        (void)math_value_at(&value->series[0], time_ms, &there);
        return there;
}

static int if_series(const struct math_scope *scope, const struct math_value *args, size_t count,
                     struct math_value *ret)
{
        const struct math_series *condition = &args[0].series[0];
        struct math_series series;

        TRY(math_new_series(scope->arena, condition, condition->count, &series));
        for (size_t i = 0; i < condition->count; i++) {
                bool holds = condition->values[i] < 0 || condition->values[i] > 0;

                if (holds || count == 3)
                        math_add_point(&series, condition->times[i],
                                       branch(&args[holds ? 1 : 2], condition->times[i]));
        }
        return math_of_series(scope->arena, &series, ret);
}

static int run_if(const struct math_scope *scope, const struct math_node *call, struct math_value *args,
                  struct math_value *ret)
{
        size_t count = call->arg_count, chosen;

        for (size_t i = 0; i < count; i++)
                if (args[i].type != MATH_SCALAR && args[i].type != MATH_SERIES)
                        return math_wrong_arguments(scope, call);
        if (args[0].type == MATH_SERIES)
                return if_series(scope, args, count, ret);
        chosen = args[0].scalar < 0 || args[0].scalar > 0 ? 1 : 2;
        if (chosen < count)
                *ret = args[chosen];
        else
                return math_of_series(scope->arena, &(struct math_series){.period_ms = scope->period_ms},
                                      ret);
        return 0;
}

/* -- Arrays */

static int run_metrics(const struct math_scope *scope, const struct math_node *call, struct math_value *args,
                       struct math_value *ret)
{
        if (call->arg_count && call->args[0]->kind != MATH_STRING)
                return math_wrong_arguments(scope, call);
        return scope->metrics(scope->arg, call->arg_count ? args[0].text : STR_NONE, ret);
}

static int run_metric_count(const struct math_scope *scope, const struct math_node *call,
                            struct math_value *args, struct math_value *ret)
{
        if (args[0].type != MATH_ARRAY)
                return math_wrong_arguments(scope, call);
        *ret = (struct math_value){.type = MATH_SCALAR, .scalar = (double)args[0].count};
        return 0;
}

static int run_first_or_last(const struct math_scope *scope, const struct math_node *call,
                             struct math_value *args, struct math_value *ret)
{
        bool is_first = str_eq(call->text, STR("FIRST"));

        if (args[0].type != MATH_ARRAY)
                return math_wrong_arguments(scope, call);
        if (args[0].count == 0)
                return math_of_series(scope->arena, &(struct math_series){.period_ms = scope->period_ms},
                                      ret);
        return math_of_series(scope->arena, &args[0].series[is_first ? 0 : args[0].count - 1], ret);
}

static int run_remove_empty(const struct math_scope *scope, const struct math_node *call,
                            struct math_value *args, struct math_value *ret)
{
        struct math_series *kept = arena_new_array(scope->arena, struct math_series, args[0].count + 1);
        size_t count = 0;

        if (args[0].type != MATH_ARRAY)
                return math_wrong_arguments(scope, call);
        if (!kept)
                return -ENOMEM;
        for (size_t i = 0; i < args[0].count; i++)
                if (args[0].series[i].count)
                        kept[count++] = args[0].series[i];
        *ret = (struct math_value){.type = MATH_ARRAY, .series = kept, .count = count};
        return 0;
}

static size_t index_of(double number, size_t count)
{
        if (!(number > 0))
                return 0;
        return number < (double)count ? (size_t)number : count;
}

/* "The two scalars define the start (inclusive) and end (exclusive)"; with one, all from there on. */
static int run_slice(const struct math_scope *scope, const struct math_node *call, struct math_value *args,
                     struct math_value *ret)
{
        size_t from, to = args[0].count;

        if (args[0].type != MATH_ARRAY || args[1].type != MATH_SCALAR ||
            (call->arg_count == 3 && args[2].type != MATH_SCALAR))
                return math_wrong_arguments(scope, call);
        from = index_of(args[1].scalar, args[0].count);
        if (call->arg_count == 3)
                to = index_of(args[2].scalar, args[0].count);
        *ret = (struct math_value){
                .type = MATH_ARRAY, .series = args[0].series + from, .count = to > from ? to - from : 0};
        return 0;
}

struct ranked {
        struct math_series series;
        double rank;
        size_t place;
};

/* Those without a value come last, and equal ones stay in order. */
static int compare_ranks(const void *a, const void *b)
{
        const struct ranked *one = a, *other = b;

        if (isnan(one->rank) != isnan(other->rank))
                return isnan(one->rank) ? 1 : -1;
        if (one->rank < other->rank || one->rank > other->rank)
                return one->rank < other->rank ? -1 : 1;
        return one->place < other->place ? -1 : 1;
}

static int sort(const struct math_scope *scope, const struct math_value *array, enum math_fold fold,
                bool is_down, struct math_value *ret)
{
        struct ranked *ranks = arena_new_array(scope->arena, struct ranked, array->count + 1);

        *ret = (struct math_value){
                .type = MATH_ARRAY,
                .count = array->count,
                .series = arena_new_array(scope->arena, struct math_series, array->count + 1)};
        if (!ranks || !ret->series)
                return -ENOMEM;
        for (size_t i = 0; i < array->count; i++) {
                double rank = math_fold(fold, array->series[i].values, array->series[i].count);

                ranks[i] = (struct ranked){array->series[i], is_down ? -rank : rank, i};
        }
        qsort(ranks, array->count, sizeof(*ranks), compare_ranks);
        for (size_t i = 0; i < array->count; i++)
                ret->series[i] = ranks[i].series;
        return 0;
}

static int run_sort(const struct math_scope *scope, const struct math_node *call, struct math_value *args,
                    struct math_value *ret)
{
        bool is_down = str_eq(args[2].text, STR("DESC"));
        enum math_fold fold;

        if (args[0].type != MATH_ARRAY || args[1].type != MATH_TEXT || args[2].type != MATH_TEXT ||
            !find_fold(args[1].text, &fold) || fold > MATH_FOLD_MAX ||
            (!is_down && !str_eq(args[2].text, STR("ASC"))) ||
            (call->arg_count == 4 && args[3].type != MATH_SCALAR))
                return math_wrong_arguments(scope, call);
        TRY(sort(scope, &args[0], fold, is_down, ret));
        if (call->arg_count == 4)
                ret->count = index_of(args[3].scalar, ret->count);
        return 0;
}

const struct math_signature math_array_functions[] = {
        {STR_INIT("AVG"), 1, 1, run_fold},
        {STR_INIT("DATAPOINT_COUNT"), 1, 1, run_fold},
        {STR_INIT("FIRST"), 1, 1, run_first_or_last},
        {STR_INIT("IF"), 2, 3, run_if},
        {STR_INIT("LAST"), 1, 1, run_first_or_last},
        {STR_INIT("MAX"), 1, 1, run_fold},
        {STR_INIT("METRICS"), 0, 1, run_metrics},
        {STR_INIT("METRIC_COUNT"), 1, 1, run_metric_count},
        {STR_INIT("MIN"), 1, 1, run_fold},
        {STR_INIT("REMOVE_EMPTY"), 1, 1, run_remove_empty},
        {STR_INIT("SLICE"), 2, 3, run_slice},
        {STR_INIT("SORT"), 3, 4, run_sort},
        {STR_INIT("STDDEV"), 1, 1, run_fold},
        {STR_INIT("SUM"), 1, 1, run_fold},
};
const size_t math_array_function_count = ARRAY_LEN(math_array_functions);
