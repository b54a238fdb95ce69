/* Values of queries: of logs they are texts, which are numbers where they look so. */
#include <math.h>
#include <stdio.h>

#include "services/logs/insights_inside.h"
#include "wire/scalar.h"

bool value_to_number(const struct value *value, double *ret)
{
        if (value->kind == VALUE_NONE)
                return false;
        if (value->kind == VALUE_TEXT)
                return str_to_double(value->text, ret) == 0;
        *ret = value->number;
        return isfinite(*ret);
}

/* Whole numbers without a point, as AWS shows counts. */
static struct str number_text(double number, struct arena *arena)
{
        char text[40];
        struct buf buf;
        struct str made;

        if (floor(number) == number && fabs(number) < 1e15) {
                (void)snprintf(text, sizeof(text), "%.0f", number == 0 ? 0 : number);
                return arena_dup(arena, str_of(text));
        }
        buf_init(&buf, sizeof(text));
        wire_double_append(&buf, number);
        made = arena_dup(arena, buf_str(&buf));
        buf_done(&buf);
        return made;
}

struct str value_to_text(const struct value *value, struct arena *arena)
{
        switch (value->kind) {
        case VALUE_NONE:
                return STR_NONE;
        case VALUE_TEXT:
                return value->text;
        case VALUE_TIME:
                return query_time_text(arena, value->number);
        case VALUE_TRUTH:
                if (str_is_set(value->text))
                        return value->text;
                break;
        case VALUE_NUMBER:
                break;
        }
        return isfinite(value->number) ? number_text(value->number, arena) : STR_NONE;
}

bool value_is_true(const struct value *value)
{
        if (value->kind == VALUE_TEXT)
                return str_eq_nocase(value->text, STR("true")) || str_eq(value->text, STR("1"));
        return value->kind != VALUE_NONE && value->number != 0; /* NOLINT: a truth is 1 or 0 */
}

static bool are_numbers(const struct value *a, const struct value *b, double *x, double *y)
{
        return value_to_number(a, x) && value_to_number(b, y);
}

/* true, which texts of JSON say, is 1. */
static bool truth_number(const struct value *value, double *ret)
{
        if (value->kind != VALUE_TEXT)
                return value_to_number(value, ret);
        *ret = str_eq(value->text, STR("true")) ? 1 : 0;
        return *ret == 1 || str_eq(value->text, STR("false")) || value_to_number(value, ret);
}

bool value_equals(const struct value *a, const struct value *b, struct arena *arena)
{
        double x, y;

        if (a->kind == VALUE_NONE || b->kind == VALUE_NONE)
                return false;
        if (a->kind == VALUE_TEXT && b->kind == VALUE_TEXT && str_eq(a->text, b->text))
                return true;
        if (are_numbers(a, b, &x, &y))
                return !(x < y) && !(x > y);
        if ((a->kind == VALUE_TRUTH || b->kind == VALUE_TRUTH) && truth_number(a, &x) && truth_number(b, &y))
                return !(x < y) && !(x > y);
        return str_eq(value_to_text(a, arena), value_to_text(b, arena));
}

bool value_compare(const struct value *a, const struct value *b, struct arena *arena, int *ret)
{
        double x, y;

        (void)arena;
        if (a->kind == VALUE_NONE || b->kind == VALUE_NONE)
                return false;
        if (are_numbers(a, b, &x, &y)) {
                *ret = x < y ? -1 : x > y ? 1 : 0;
                return true;
        }
        if (a->kind != VALUE_TEXT || b->kind != VALUE_TEXT)
                return false;
        *ret = str_cmp(a->text, b->text);
        return true;
}

static int rank(const struct value *value, double *ret_number)
{
        if (value->kind == VALUE_NONE)
                return 0;
        return value_to_number(value, ret_number) ? 2 : 1;
}

/* "all non-numeric values before all numeric values".
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Sort.html */
int value_order(const struct value *a, const struct value *b)
{
        double x = 0, y = 0;
        int ranks[] = {rank(a, &x), rank(b, &y)};

        if (ranks[0] != ranks[1])
                return ranks[0] < ranks[1] ? -1 : 1;
        if (ranks[0] == 1)
                return str_cmp(a->text, b->text);
        return x < y ? -1 : x > y ? 1 : 0;
}
