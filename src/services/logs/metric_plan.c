#include "services/logs/metric_plan.h"

#include <math.h>
#include <stdio.h>

#define VALUE_MAX 1024 /* of a dimension: as CloudWatch takes it */

static int refuse(char why[PATTERN_WHY_MAX], const char *text)
{
        (void)snprintf(why, PATTERN_WHY_MAX, "%s", text);
        return -EINVAL;
}

static int read_value(const struct logs_metric_filter_record *filter, struct logs_metric_plan *plan,
                      char why[PATTERN_WHY_MAX])
{
        if (str_starts(filter->value, STR("$")))
                return logs_pattern_source_new(plan->pattern, filter->value, &plan->value, why);
        return str_to_double(filter->value, &plan->number) < 0
                       ? refuse(why, "metricValue is neither a number nor a field of the filter pattern")
                       : 0;
}

/* "only available for JSON and space-delimited filter patterns", "up to three dimensions". */
static int read_dimensions(const struct logs_metric_filter_record *filter, struct logs_metric_plan *plan,
                           char why[PATTERN_WHY_MAX])
{
        if (filter->dimensions.count + filter->emit.count > LOGS_DIMENSIONS_MAX)
                return refuse(why, "no more than 3 dimensions are allowed");
        if ((filter->dimensions.count || filter->emit.count) && filter->default_.is_set)
                return refuse(why, "dimensions and default value are mutually exclusive properties.");
        for (size_t i = 0; i < filter->dimensions.count; i++) {
                if (filter->dimensions.items[i].key.len == 0)
                        return refuse(why, "the name of a dimension is empty");
                TRY(logs_pattern_source_new(plan->pattern, filter->dimensions.items[i].value,
                                            &plan->dimensions[i], why));
        }
        return 0;
}

int logs_metric_plan_make(const struct logs_metric_filter_record *filter, struct logs_metric_plan *ret,
                          char ret_why[PATTERN_WHY_MAX])
{
        int r;

        *ret = (struct logs_metric_plan){.filter = filter};
        r = logs_pattern_compile(filter->pattern, &ret->pattern, ret_why);
        if (r == 0)
                r = read_value(filter, ret, ret_why);
        if (r == 0 && filter->default_.is_set && !isfinite(filter->default_.value))
                r = refuse(ret_why, "defaultValue must be a finite number");
        if (r == 0)
                r = read_dimensions(filter, ret, ret_why);
        if (r < 0)
                logs_metric_plan_done(ret);
        return r;
}

void logs_metric_plan_done(struct logs_metric_plan *plan)
{
        logs_pattern_source_free(plan->value);
        for (size_t i = 0; i < LOGS_DIMENSIONS_MAX; i++)
                logs_pattern_source_free(plan->dimensions[i]);
        logs_pattern_free(plan->pattern);
        *plan = (struct logs_metric_plan){};
}

/* -- On a message */

static int read_number(const struct logs_metric_plan *plan, struct logs_pattern_message *message,
                       struct arena *scratch, double *ret, bool *ret_has)
{
        struct str text;

        *ret = plan->number;
        *ret_has = true;
        if (!plan->value)
                return 0;
        TRY(logs_pattern_source_read(plan->value, message, scratch, &text));
        *ret_has = str_is_set(text) && str_to_double(text, ret) == 0;
        return 0;
}

static struct str system_field(const struct logs_metric_plan *plan, struct str name)
{
        return str_eq(name, STR("@aws.account")) ? plan->filter->account : plan->filter->region;
}

static int read_values(const struct logs_metric_plan *plan, struct logs_pattern_message *message,
                       struct arena *scratch, struct arena *arena, struct cloudwatch_dimension_list *ret,
                       bool *ret_has)
{
        const struct logs_metric_filter_record *filter = plan->filter;

        *ret_has = true;
        ret->items = arena_new_array(arena, struct cloudwatch_dimension, LOGS_DIMENSIONS_MAX);
        ret->is_set = true;
        if (!ret->items)
                return -ENOMEM;
        for (size_t i = 0; i < filter->dimensions.count; i++) {
                struct str value;

                TRY(logs_pattern_source_read(plan->dimensions[i], message, scratch, &value));
                *ret_has &= value.len > 0 && value.len <= VALUE_MAX;
                if (!*ret_has)
                        return 0;
                ret->items[ret->count++] = (struct cloudwatch_dimension){
                        arena_dup(arena, filter->dimensions.items[i].key), arena_dup(arena, value)};
        }
        for (size_t i = 0; i < filter->emit.count; i++)
                ret->items[ret->count++] = (struct cloudwatch_dimension){
                        arena_dup(arena, filter->emit.items[i]),
                        arena_dup(arena, system_field(plan, filter->emit.items[i]))};
        return 0;
}

static void name_it(const struct logs_metric_filter_record *filter, struct arena *arena,
                    struct cloudwatch_sample *sample)
{
        sample->account = arena_dup(arena, filter->account);
        sample->region = arena_dup(arena, filter->region);
        sample->namespace = arena_dup(arena, filter->metric_namespace);
        sample->name = arena_dup(arena, filter->metric_name);
        sample->unit = arena_dup(arena, filter->unit);
}

int logs_metric_plan_run(const struct logs_metric_plan *plan, struct logs_pattern_message *message,
                         struct arena *scratch, struct arena *arena, struct cloudwatch_sample *ret,
                         bool *ret_matches, bool *ret_has)
{
        int r = logs_pattern_match_message(plan->pattern, message);

        TRY(r);
        *ret_matches = r > 0;
        *ret_has = false;
        *ret = (struct cloudwatch_sample){};
        if (!*ret_matches)
                return 0;
        r = read_number(plan, message, scratch, &ret->value, ret_has);
        if (r == 0 && *ret_has)
                r = read_values(plan, message, scratch, arena, &ret->dimensions, ret_has);
        *ret_has &= r == 0;
        if (r < 0 && !scratch->failed) /* else it is a value that no metric has */
                return r;
        if (*ret_has)
                name_it(plan->filter, arena, ret);
        return arena->failed ? -ENOMEM : 0;
}
