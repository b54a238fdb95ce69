/* https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html */
#include <math.h>

#include "services/events/directory.h"
#include "services/sns/filter.h"

#define BYTES_MAX        ((size_t)256 * 1024)
#define KEYS_MAX         5
#define COMBINATIONS_MAX 150
#define WILDCARDS_MAX    3   /* of a pattern */
#define WILDCARD_POINTS  100 /* of all fields */
#define NUMBER_MAX       1e9
#define REASON_MAX       512

static void json_done(json_t **json)
{
        json_decref(*json);
}

static void arena_end(struct arena *arena)
{
        arena_done(arena);
}

bool sns_is_filter(struct str policy)
{
        struct str text = str_trim(policy);

        return text.len > 0 && !str_eq(text, STR("{}"));
}

bool sns_filters_body(const struct sns_subscription_record *subscription)
{
        return str_eq(sns_attribute(&subscription->attributes, STR("FilterPolicyScope")), STR("MessageBody"));
}

static int invalid(struct call *call, const char *reason)
{
        return sns_invalid(call, "FilterPolicy: %s", reason);
}

/* -- How much it is */

struct measure {
        struct call *call;
        bool is_body;
        double combinations;
        size_t keys, wildcard_points;
};

static int measure_object(struct measure *measure, const json_t *object, size_t level);

static size_t count_stars(const json_t *text)
{
        const char *at = json_string_value(text);
        size_t count = 0;

        for (size_t i = 0; at && i < json_string_length(text); i++) {
                if (at[i] == '\\')
                        i++;
                else
                        count += at[i] == '*';
        }
        return count;
}

static int add_wildcard(struct measure *measure, const json_t *text, size_t *points)
{
        size_t stars = count_stars(text);

        if (stars > WILDCARDS_MAX)
                return invalid(measure->call, "a pattern can have up to 3 wildcards");
        *points += stars > 1 ? 3 * stars : 1;
        return 0;
}

static int check_number(struct measure *measure, const json_t *value)
{
        if (!json_is_number(value) || fabs(json_number_value(value)) <= NUMBER_MAX)
                return 0;
        return invalid(measure->call, "numbers must be between -10^9 and 10^9");
}

static int measure_test(struct measure *measure, const json_t *test, bool *has_wildcard, size_t *points)
{
        const json_t *range = json_object_get(test, "numeric"), *star = json_object_get(test, "wildcard");
        const json_t *but = json_object_get(test, "anything-but");
        size_t i;
        json_t *one;

        TRY(check_number(measure, test));
        json_array_foreach((json_t *)(uintptr_t)range, i, one) TRY(check_number(measure, one));
        *points += but != NULL;
        if (json_is_object(but))
                star = json_object_get(but, "wildcard");
        *has_wildcard |= star != NULL;
        if (json_is_string(star))
                TRY(add_wildcard(measure, star, points));
        json_array_foreach((json_t *)(uintptr_t)star, i, one) TRY(add_wildcard(measure, one, points));
        return 0;
}

static int measure_leaf(struct measure *measure, const json_t *tests, size_t level)
{
        bool has_wildcard = false;
        size_t points = 0, i;
        json_t *one;

        measure->keys++;
        measure->combinations *= (double)(json_array_size(tests) * (measure->is_body ? level : 1));
        json_array_foreach((json_t *)(uintptr_t)tests, i, one)
                TRY(measure_test(measure, one, &has_wildcard, &points));
        if (has_wildcard)
                measure->wildcard_points += points * json_array_size(tests);
        return 0;
}

/* One of them: so many more, and not so many times more. */
static int measure_or(struct measure *measure, const json_t *list, size_t level)
{
        double before = measure->combinations, sum = 0;
        size_t i;
        json_t *one;

        json_array_foreach((json_t *)(uintptr_t)list, i, one)
        {
                measure->combinations = 1;
                TRY(measure_object(measure, one, level));
                sum += measure->combinations;
        }
        measure->combinations = before * sum;
        return 0;
}

static int measure_object(struct measure *measure, const json_t *object, size_t level)
{
        const char *name;
        json_t *value;

        json_object_foreach((json_t *)(uintptr_t)object, name, value)
        {
                if (json_is_array(value) && str_eq(str_of(name), STR("$or")))
                        TRY(measure_or(measure, value, level));
                else if (json_is_array(value))
                        TRY(measure_leaf(measure, value, level));
                else if (!measure->is_body)
                        return invalid(measure->call,
                                       "Filter policy scope MessageAttributes does not support "
                                       "nested filter policy");
                else
                        TRY(measure_object(measure, value, level + 1));
        }
        return 0;
}

static int check_measure(struct call *call, const json_t *policy, bool is_body)
{
        struct measure measure = {.call = call, .is_body = is_body, .combinations = 1};

        TRY(measure_object(&measure, policy, 1));
        if (measure.keys > KEYS_MAX)
                return invalid(call, "Filter policy can not have more than 5 keys");
        if (measure.combinations > COMBINATIONS_MAX || measure.wildcard_points > WILDCARD_POINTS)
                return invalid(call, "Filter policy is too complex");
        return 0;
}

/* -- What it is */

int sns_check_filter(struct call *call, const struct sns_subscription_record *subscription)
{
        struct str policy = sns_attribute(&subscription->attributes, STR("FilterPolicy"));
        _cleanup_(arena_end) struct arena arena = {};
        _cleanup_(json_done) json_t *json = NULL;
        const struct event_pattern *pattern;
        struct str reason = STR_NONE;
        int r;

        if (!sns_is_filter(policy))
                return 0;
        if (policy.len > BYTES_MAX)
                return invalid(call, "Filter policy is too long");
        arena_init(&arena, EVENT_PATTERN_MEMORY);
        r = event_pattern_compile(&arena, policy, &pattern, &reason);
        if (r == -EINVAL)
                return sns_invalid(call, "FilterPolicy: %.*s", STR_ARG(str_part(reason, 0, REASON_MAX)));
        if (r == -ENOMEM && arena.failed)
                return invalid(call, "Filter policy is too complex");
        TRY(r);
        json = json_loadb(policy.ptr, policy.len, 0, NULL);
        return check_measure(call, json, sns_filters_body(subscription));
}
