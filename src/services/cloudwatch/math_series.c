/* Series of values: what functions make of them. */
#include "services/cloudwatch/math.h"

#include <math.h>
#include <stdlib.h>

#define GRID_MAX 100800 /* points: "as many as 100,800 data points" */

int math_new_series(struct arena *arena, const struct math_series *like, size_t room, struct math_series *ret)
{
        *ret = (struct math_series){
                .id = like->id,
                .label = like->label,
                .period_ms = like->period_ms,
                .times = arena_new_array(arena, int64_t, room + 1),
                .values = arena_new_array(arena, double, room + 1),
        };
        return ret->times && ret->values ? 0 : -ENOMEM;
}

void math_add_point(struct math_series *series, int64_t time_ms, double value)
{
        if (!isfinite(value))
                return;
        series->times[series->count] = time_ms;
        series->values[series->count++] = value;
}

size_t math_place(const struct math_series *series, int64_t time_ms)
{
        size_t low = 0, high = series->count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (series->times[middle] < time_ms)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

bool math_value_at(const struct math_series *series, int64_t time_ms, double *ret)
{
        size_t place = math_place(series, time_ms);

        if (place == series->count || series->times[place] != time_ms)
                return false;
        *ret = series->values[place];
        return true;
}

int math_of_series(struct arena *arena, const struct math_series *series, struct math_value *ret)
{
        struct math_series *own = arena_new(arena, struct math_series);

        if (!own)
                return -ENOMEM;
        *own = *series;
        *ret = (struct math_value){.type = MATH_SERIES, .series = own, .count = 1};
        return 0;
}

static int compare_times(const void *a, const void *b)
{
        int64_t one = *(const int64_t *)a, other = *(const int64_t *)b;

        return (one > other) - (one < other);
}

int math_moments(struct arena *arena, const struct math_series *series, size_t count, struct math_series *ret)
{
        size_t room = 0, kept = 0;

        for (size_t i = 0; i < count; i++)
                room += series[i].count;
        *ret = (struct math_series){.times = arena_new_array(arena, int64_t, room + 1)};
        if (!ret->times)
                return -ENOMEM;
        for (size_t i = 0; i < count; i++)
                for (size_t k = 0; k < series[i].count; k++)
                        ret->times[ret->count++] = series[i].times[k];
        if (count > 1)
                qsort(ret->times, ret->count, sizeof(*ret->times), compare_times);
        for (size_t i = 0; i < ret->count; i++)
                if (kept == 0 || ret->times[i] != ret->times[kept - 1])
                        ret->times[kept++] = ret->times[i];
        ret->count = kept;
        return 0;
}

int math_grid(const struct math_scope *scope, int64_t period_ms, struct math_series *ret)
{
        const struct math_series like = {.period_ms = period_ms};
        int64_t room = period_ms > 0 ? (scope->to_ms - scope->from_ms + period_ms - 1) / period_ms : 0;

        if (room > GRID_MAX)
                return math_refuse(scope->arena, scope->fault, "Too many data points");
        TRY(math_new_series(scope->arena, &like, room > 0 ? (size_t)room : 0, ret));
        for (int64_t i = 0; i < room; i++)
                math_add_point(ret, scope->from_ms + i * period_ms, 0);
        return 0;
}

/* -- Many values as one */

static double deviation(const double *values, size_t count)
{
        double mean = math_fold(MATH_FOLD_AVG, values, count), total = 0;

        for (size_t i = 0; i < count; i++)
                total += (values[i] - mean) * (values[i] - mean);
        return sqrt(total / (double)count);
}

double math_fold(enum math_fold fold, const double *values, size_t count)
{
        double sum = 0, min = (double)INFINITY, max = -(double)INFINITY;

        if (fold == MATH_FOLD_COUNT)
                return (double)count;
        if (count == 0)
                return (double)NAN;
        for (size_t i = 0; i < count; i++) {
                sum += values[i];
                min = values[i] < min ? values[i] : min;
                max = values[i] > max ? values[i] : max;
        }
        switch (fold) {
        case MATH_FOLD_AVG:
                return sum / (double)count;
        case MATH_FOLD_SUM:
                return sum;
        case MATH_FOLD_MIN:
                return min;
        case MATH_FOLD_MAX:
                return max;
        default:
                return deviation(values, count);
        }
}
