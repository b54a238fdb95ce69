#include "services/cloudwatch/statistic.h"

#include <math.h>

#define DECIMALS_MAX 10
#define NAME_MAX_LEN 64 /* more than any needs: zeroes in front of numbers */

bool cloudwatch_statistic_needs_values(const struct cloudwatch_statistic *statistic)
{
        return statistic->kind >= STATISTIC_PERCENTILE;
}

/* -- Names */

static const struct {
        struct str name;
        enum cloudwatch_statistic_kind kind;
} PLAIN[] = {
        {STR_INIT("SampleCount"), STATISTIC_SAMPLE_COUNT},
        {STR_INIT("Average"), STATISTIC_AVERAGE},
        {STR_INIT("Sum"), STATISTIC_SUM},
        {STR_INIT("Minimum"), STATISTIC_MINIMUM},
        {STR_INIT("Maximum"), STATISTIC_MAXIMUM},
};

/* "p" and "tm" have one bound in percent behind them, "TM" and "PR" one or two in brackets. */
static const struct {
        struct str one, two;
        enum cloudwatch_statistic_kind kind;
} BOUNDED[] = {
        {STR_INIT("p"), {NULL, 0}, STATISTIC_PERCENTILE},
        {STR_INIT("tm"), STR_INIT("TM("), STATISTIC_TRIMMED_MEAN},
        {STR_INIT("tc"), STR_INIT("TC("), STATISTIC_TRIMMED_COUNT},
        {STR_INIT("ts"), STR_INIT("TS("), STATISTIC_TRIMMED_SUM},
        {STR_INIT("wm"), STR_INIT("WM("), STATISTIC_WINSORIZED_MEAN},
        {{NULL, 0}, STR_INIT("PR("), STATISTIC_PERCENTILE_RANK},
};

/* Digits, with a fraction of up to ten places. */
static int read_number(struct str text, double *ret)
{
        struct str rest = text, whole, fraction = STR("");
        uint64_t ignored;

        (void)str_cut(&rest, '.', &whole);
        if (str_is_set(rest))
                fraction = rest;
        if (fraction.len > DECIMALS_MAX || str_to_u64(whole, &ignored) < 0 ||
            (fraction.len > 0 && str_to_u64(fraction, &ignored) < 0))
                return -EINVAL;
        if (fraction.len == 0)
                text = whole;
        return str_to_double(text, ret) < 0 ? -EINVAL : 0;
}

/* *ret_has: there is one; both ends must be of one kind. */
static int read_bound(struct str text, double *ret, bool *ret_has, bool *ret_is_percentage)
{
        *ret_has = text.len > 0;
        *ret_is_percentage = str_ends(text, STR("%"));
        if (*ret_is_percentage)
                text.len--;
        if (!*ret_has)
                return 0;
        TRY(read_number(text, ret));
        return *ret_is_percentage && *ret > 100 ? -EINVAL : 0;
}

/* "10%:90%)" */
static int read_bounds(struct str text, struct cloudwatch_statistic *ret)
{
        bool has_low, has_high, low_is_percentage, high_is_percentage;
        struct str low;

        if (!str_ends(text, STR(")")))
                return -EINVAL;
        text.len--;
        (void)str_cut(&text, ':', &low);
        if (!str_is_set(text))
                return -EINVAL;
        TRY(read_bound(low, &ret->low, &has_low, &low_is_percentage));
        TRY(read_bound(text, &ret->high, &has_high, &high_is_percentage));
        if ((!has_low && !has_high) || (has_low && has_high && low_is_percentage != high_is_percentage))
                return -EINVAL;
        ret->is_percentage = low_is_percentage || high_is_percentage;
        if (!has_low)
                ret->low = ret->is_percentage ? 0 : -INFINITY;
        if (!has_high)
                ret->high = ret->is_percentage ? 100 : INFINITY;
        if (ret->low > ret->high || (ret->is_percentage && ret->kind == STATISTIC_PERCENTILE_RANK))
                return -EINVAL;
        return 0;
}

static int read_bounded(struct str name, struct cloudwatch_statistic *ret)
{
        for (size_t i = 0; i < ARRAY_LEN(BOUNDED); i++) {
                ret->kind = BOUNDED[i].kind;
                if (str_is_set(BOUNDED[i].two) && str_starts(name, BOUNDED[i].two))
                        return read_bounds(str_from(name, BOUNDED[i].two.len), ret);
                if (!str_is_set(BOUNDED[i].one) || !str_starts(name, BOUNDED[i].one))
                        continue;
                ret->is_percentage = true;
                TRY(read_number(str_from(name, BOUNDED[i].one.len), &ret->high));
                return ret->high > 100 ? -EINVAL : 0;
        }
        return -EINVAL;
}

int cloudwatch_read_statistic(struct str name, struct cloudwatch_statistic *ret)
{
        *ret = (struct cloudwatch_statistic){};
        if (name.len > NAME_MAX_LEN)
                return -EINVAL;
        for (size_t i = 0; i < ARRAY_LEN(PLAIN); i++) {
                ret->kind = PLAIN[i].kind;
                if (str_eq(name, PLAIN[i].name))
                        return 0;
        }
        *ret = (struct cloudwatch_statistic){STATISTIC_TRIMMED_MEAN, 25, 75, true};
        if (str_eq(name, STR("IQM")))
                return 0;
        *ret = (struct cloudwatch_statistic){};
        return read_bounded(name, ret);
}

/* -- Of samples */

/* The value that so many percent of the samples do not exceed. */
static double percentile(const struct cloudwatch_sum *sum, double percent)
{
        double wanted = sum->count * percent / 100, seen = 0;

        for (size_t i = 0; i < sum->value_count; i++) {
                seen += sum->values[i].count;
                if (seen >= wanted)
                        return sum->values[i].value;
        }
        return sum->values[sum->value_count - 1].value;
}

struct trimmed {
        double count, sum;
};

/* Bounds in percent cut through the samples of one value: "it is an interpolated, approximate value". */
static struct trimmed trim(const struct cloudwatch_statistic *statistic, const struct cloudwatch_sum *sum)
{
        double low = sum->count * statistic->low / 100, high = sum->count * statistic->high / 100;
        struct trimmed kept = {};
        double seen = 0;

        for (size_t i = 0; i < sum->value_count; i++) {
                const struct cloudwatch_value *one = &sum->values[i];
                double count = fmin(seen + one->count, high) - fmax(seen, low);

                seen += one->count;
                if (!statistic->is_percentage)
                        count = one->value > statistic->low && one->value <= statistic->high ? one->count : 0;
                if (count <= 0)
                        continue;
                kept.count += count;
                kept.sum += count * one->value;
        }
        return kept;
}

static double winsorized_mean(const struct cloudwatch_statistic *statistic, const struct cloudwatch_sum *sum)
{
        double low = statistic->is_percentage ? percentile(sum, statistic->low) : statistic->low;
        double high = statistic->is_percentage ? percentile(sum, statistic->high) : statistic->high;
        double total = 0;

        for (size_t i = 0; i < sum->value_count; i++)
                total += sum->values[i].count * fmax(low, fmin(high, sum->values[i].value));
        return total / sum->count;
}

static int of_values(const struct cloudwatch_statistic *statistic, const struct cloudwatch_sum *sum,
                     double *ret)
{
        struct trimmed kept = trim(statistic, sum);

        switch (statistic->kind) {
        case STATISTIC_PERCENTILE:
                *ret = percentile(sum, statistic->high);
                return 0;
        case STATISTIC_WINSORIZED_MEAN:
                *ret = winsorized_mean(statistic, sum);
                return 0;
        case STATISTIC_TRIMMED_COUNT:
                *ret = kept.count;
                return 0;
        case STATISTIC_TRIMMED_SUM:
                *ret = kept.sum;
                return 0;
        case STATISTIC_PERCENTILE_RANK:
                *ret = 100 * kept.count / sum->count;
                return 0;
        default:
                *ret = kept.count > 0 ? kept.sum / kept.count : 0;
                return kept.count > 0 ? 0 : -ENODATA;
        }
}

int cloudwatch_compute(const struct cloudwatch_statistic *statistic, const struct cloudwatch_sum *sum,
                       double *ret)
{
        const double plain[] = {
                [STATISTIC_SAMPLE_COUNT] = sum->count,
                [STATISTIC_AVERAGE] = sum->sum / sum->count,
                [STATISTIC_SUM] = sum->sum,
                [STATISTIC_MINIMUM] = sum->min,
                [STATISTIC_MAXIMUM] = sum->max,
        };

        if (sum->count <= 0)
                return -ENODATA;
        if (!cloudwatch_statistic_needs_values(statistic)) {
                *ret = plain[statistic->kind];
                return 0;
        }
        /* "not available for metrics when any of the metric values are negative numbers" */
        if (sum->is_opaque || sum->value_count == 0 || sum->min < 0)
                return -ENODATA;
        return of_values(statistic, sum, ret);
}
