/* Expressions of metric math at work: names, lists, operators. "Missing values in a time series are treated
 * as 0. If the value of a data point causes a function to attempt to divide by zero, the data point is
 * dropped." */
#include "services/cloudwatch/math.h"

#include <math.h>

/* -- Operators on numbers */

static double operate(enum math_operator operator, double a, double b)
{
        switch (operator) {
        case MATH_ADD:
                return a + b;
        case MATH_SUBTRACT:
                return a - b;
        case MATH_MULTIPLY:
                return a * b;
        case MATH_DIVIDE:
                return b > 0 || b < 0 ? a / b : (double)NAN;
        case MATH_POWER:
                return pow(a, b);
        case MATH_EQUAL:
                return a <= b && a >= b;
        case MATH_UNEQUAL:
                return a < b || a > b;
        case MATH_LESS:
                return a < b;
        case MATH_LESS_EQUAL:
                return a <= b;
        case MATH_MORE:
                return a > b;
        case MATH_MORE_EQUAL:
                return a >= b;
        case MATH_AND:
                return (a > 0 || a < 0) && (b > 0 || b < 0);
        case MATH_OR:
                return a > 0 || a < 0 || b > 0 || b < 0;
        }
        return (double)NAN;
}

/* Nothing is known of what is compared to no value: the point is dropped, as of a sum. */
static double operate_known(enum math_operator operator, double a, double b)
{
        return isnan(a) || isnan(b) ? (double)NAN : operate(operator, a, b);
}

/* -- On series */

static int with_scalar(const struct math_scope *scope, enum math_operator operator,
                       const struct math_series * series, double scalar, bool is_left,
                       struct math_series *ret)
{
        TRY(math_new_series(scope->arena, series, series->count, ret));
        for (size_t i = 0; i < series->count; i++)
                math_add_point(ret, series->times[i],
                               is_left ? operate_known(operator, scalar, series->values[i])
                                       : operate_known(operator, series->values[i], scalar));
        return 0;
}

static int two_series(const struct math_scope *scope, enum math_operator operator,
                      const struct math_series * a, const struct math_series *b, struct math_series *ret)
{
        const struct math_series both[] = {*a, *b};
        struct math_series moments;

        TRY(math_moments(scope->arena, both, 2, &moments));
        TRY(math_new_series(scope->arena, a, moments.count, ret));
        for (size_t i = 0; i < moments.count; i++) {
                double left = 0, right = 0;

                (void)math_value_at(a, moments.times[i], &left);
                (void)math_value_at(b, moments.times[i], &right);
                math_add_point(ret, moments.times[i], operate(operator, left, right));
        }
        return 0;
}

static int pair(const struct math_scope *scope, enum math_operator operator, const struct math_value * a,
                size_t place_a, const struct math_value *b, size_t place_b, struct math_series *ret)
{
        if (a->type == MATH_SCALAR)
                return with_scalar(scope, operator, & b->series[place_b], a->scalar, true, ret);
        if (b->type == MATH_SCALAR)
                return with_scalar(scope, operator, & a->series[place_a], b->scalar, false, ret);
        return two_series(scope, operator, & a->series[place_a], &b->series[place_b], ret);
}

/* A scalar or a series with each of an array; two arrays do not go together. */
static int combine(const struct math_scope *scope, enum math_operator operator, const struct math_value * a,
                   const struct math_value *b, struct math_value *ret)
{
        const struct math_value *many = a->type == MATH_ARRAY ? a : b;

        if (a->type == MATH_TEXT || b->type == MATH_TEXT || (a->type == MATH_ARRAY && b->type == MATH_ARRAY))
                return math_refuse(scope->arena, scope->fault, "Unsupported operand type(s) of an operator");
        if (a->type == MATH_SCALAR && b->type == MATH_SCALAR) {
                *ret = (struct math_value){.type = MATH_SCALAR,
                                           .scalar = operate_known(operator, a->scalar, b->scalar)};
                return 0;
        }
        if (many->type != MATH_ARRAY)
                many = a->type == MATH_SERIES ? a : b;
        *ret = (struct math_value){
                .type = many->type,
                .count = many->count,
                .series = arena_new_array(scope->arena, struct math_series, many->count + 1)};
        if (!ret->series)
                return -ENOMEM;
        for (size_t i = 0; i < many->count; i++) {
                TRY(pair(scope, operator, a, a->type == MATH_ARRAY ? i : 0, b, b->type == MATH_ARRAY ? i : 0,
                         &ret->series[i]));
                ret->series[i].id = many->series[i].id;
                ret->series[i].label = many->series[i].label;
        }
        return 0;
}

/* -- Nodes */

static int evaluate_list(const struct math_scope *scope, const struct math_node *node, struct math_value *ret)
{
        struct math_value *items = arena_new_array(scope->arena, struct math_value, node->arg_count + 1);
        size_t count = 0;

        if (!items)
                return -ENOMEM;
        for (size_t i = 0; i < node->arg_count; i++) {
                TRY(math_evaluate(scope, node->args[i], &items[i]));
                if (items[i].type != MATH_SERIES && items[i].type != MATH_ARRAY)
                        return math_refuse(scope->arena, scope->fault, "A list may have time series only");
                count += items[i].count;
        }
        *ret = (struct math_value){.type = MATH_ARRAY,
                                   .series = arena_new_array(scope->arena, struct math_series, count + 1)};
        if (!ret->series)
                return -ENOMEM;
        for (size_t i = 0; i < node->arg_count; i++)
                for (size_t k = 0; k < items[i].count; k++)
                        ret->series[ret->count++] = items[i].series[k];
        return 0;
}

static int evaluate_call(const struct math_scope *scope, const struct math_node *node, struct math_value *ret)
{
        const struct math_signature *signature = math_find_function(node->text);
        struct math_value *args = arena_new_array(scope->arena, struct math_value, node->arg_count + 1);

        if (!args)
                return -ENOMEM;
        if (!signature)
                return math_refuse(scope->arena, scope->fault, "Unsupported function '%.*s'",
                                   STR_ARG(node->text));
        if (node->arg_count < signature->least || node->arg_count > signature->most)
                return math_wrong_arguments(scope, node);
        for (size_t i = 0; i < node->arg_count; i++)
                TRY(math_evaluate(scope, node->args[i], &args[i]));
        return signature->run(scope, node, args, ret);
}

static int evaluate_binary(const struct math_scope *scope, const struct math_node *node,
                           struct math_value *ret)
{
        struct math_value a = {}, b = {};

        TRY(math_evaluate(scope, node->args[0], &a));
        TRY(math_evaluate(scope, node->args[1], &b));
        return combine(scope, node->operator, & a, &b, ret);
}

static int evaluate_negation(const struct math_scope *scope, const struct math_node *node,
                             struct math_value *ret)
{
        const struct math_value minus = {.type = MATH_SCALAR, .scalar = -1};
        struct math_value value = {};

        TRY(math_evaluate(scope, node->args[0], &value));
        return combine(scope, MATH_MULTIPLY, &minus, &value, ret);
}

int math_evaluate(const struct math_scope *scope, const struct math_node *node, struct math_value *ret)
{
        switch (node->kind) {
        case MATH_NUMBER:
                *ret = (struct math_value){.type = MATH_SCALAR, .scalar = node->number};
                return 0;
        case MATH_STRING:
        case MATH_WORD:
                *ret = (struct math_value){.type = MATH_TEXT, .text = node->text};
                return 0;
        case MATH_NAME:
                return scope->find(scope->arg, node->text, ret);
        case MATH_LIST:
                return evaluate_list(scope, node, ret);
        case MATH_CALL:
                return evaluate_call(scope, node, ret);
        case MATH_NEGATE:
                return evaluate_negation(scope, node, ret);
        case MATH_BINARY:
                return evaluate_binary(scope, node, ret);
        }
        return -EINVAL;
}
