/* Expressions of metric math, read by descent that is bounded. */
#include "services/cloudwatch/math.h"

#define DEPTH_MAX     40
#define OPERATORS_MAX 300

struct parsing {
        struct arena *arena;
        struct str rest;
        struct math_fault *fault;
        unsigned int depth, operators;
};

static int parse_or(struct parsing *parsing, struct math_node **ret);

int math_refuse(struct arena *arena, struct math_fault *fault, const char *format, ...)
{
        va_list args;

        va_start(args, format);
        fault->text = arena_vprintf(arena, format, args);
        va_end(args);
        return str_is_set(fault->text) ? -EINVAL : -ENOMEM;
}

/* Whole: what is told is UTF-8. */
static struct str first_character(struct str text)
{
        size_t len = 1;

        while (len < text.len && ((unsigned char)text.ptr[len] & 0xC0) == 0x80)
                len++;
        return str_part(text, 0, len);
}

static int refuse(struct parsing *parsing)
{
        if (parsing->rest.len == 0)
                return math_refuse(parsing->arena, parsing->fault, "Unexpected end of expression");
        return math_refuse(parsing->arena, parsing->fault, "Unexpected '%.*s'",
                           STR_ARG(first_character(parsing->rest)));
}

/* -- Signs */

static void skip_blanks(struct parsing *parsing)
{
        while (parsing->rest.len && (parsing->rest.ptr[0] == ' ' || parsing->rest.ptr[0] == '\t' ||
                                     parsing->rest.ptr[0] == '\n' || parsing->rest.ptr[0] == '\r'))
                parsing->rest = str_from(parsing->rest, 1);
}

static bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_inside(char c)
{
        return is_letter(c) || is_digit(c) || c == '_';
}

static bool take(struct parsing *parsing, struct str sign)
{
        skip_blanks(parsing);
        if (!str_starts(parsing->rest, sign))
                return false;
        if (is_letter(sign.ptr[0]) && parsing->rest.len > sign.len && is_inside(parsing->rest.ptr[sign.len]))
                return false;
        parsing->rest = str_from(parsing->rest, sign.len);
        return true;
}

static int need(struct parsing *parsing, struct str sign)
{
        return take(parsing, sign) ? 0 : refuse(parsing);
}

static struct str take_while(struct parsing *parsing, bool (*fits)(char c))
{
        size_t len = 0;
        struct str taken;

        while (len < parsing->rest.len && fits(parsing->rest.ptr[len]))
                len++;
        taken = str_part(parsing->rest, 0, len);
        parsing->rest = str_from(parsing->rest, len);
        return taken;
}

/* -- Nodes */

static int new_node(struct parsing *parsing, enum math_kind kind, size_t args, struct math_node **ret)
{
        struct math_node *node = arena_new(parsing->arena, struct math_node);

        if (!node)
                return -ENOMEM;
        node->kind = kind;
        node->args = arena_new_array(parsing->arena, struct math_node *, args + 1);
        *ret = node;
        return node->args ? 0 : -ENOMEM;
}

/* Up to the closing sign. */
static int parse_args(struct parsing *parsing, struct str closing, struct math_node *node)
{
        if (take(parsing, closing))
                return 0;
        do {
                if (node->arg_count == MATH_ARGS_MAX)
                        return math_refuse(parsing->arena, parsing->fault, "Too many arguments");
                TRY(parse_or(parsing, &node->args[node->arg_count]));
                node->arg_count++;
        } while (take(parsing, STR(",")));
        return need(parsing, closing);
}

static bool is_of_number(char c)
{
        return is_digit(c) || c == '.';
}

static int parse_number(struct parsing *parsing, struct math_node **ret)
{
        struct str start = parsing->rest, digits = take_while(parsing, is_of_number);

        if (parsing->rest.len && (parsing->rest.ptr[0] == 'e' || parsing->rest.ptr[0] == 'E')) {
                parsing->rest = str_from(parsing->rest, 1);
                if (!take(parsing, STR("-")))
                        (void)take(parsing, STR("+"));
                digits = take_while(parsing, is_digit);
                digits = str_part(start, 0, (size_t)(digits.ptr - start.ptr) + digits.len);
        }
        TRY(new_node(parsing, MATH_NUMBER, 0, ret));
        if (str_to_double(digits, &(*ret)->number) < 0)
                return math_refuse(parsing->arena, parsing->fault, "'%.*s' is not a number", STR_ARG(digits));
        return 0;
}

static int parse_string(struct parsing *parsing, struct math_node **ret)
{
        char quote = parsing->rest.ptr[0];
        struct str rest = str_from(parsing->rest, 1);
        ptrdiff_t end = str_find_byte(rest, quote);

        if (end < 0)
                return math_refuse(parsing->arena, parsing->fault, "Unmatched quote");
        TRY(new_node(parsing, MATH_STRING, 0, ret));
        (*ret)->text = str_part(rest, 0, (size_t)end);
        parsing->rest = str_from(rest, (size_t)end + 1);
        return 0;
}

/* Names begin with a small letter, functions are written in capitals. */
static int parse_word(struct parsing *parsing, struct math_node **ret)
{
        struct str word = take_while(parsing, is_inside);
        bool is_name = word.ptr[0] >= 'a' && word.ptr[0] <= 'z';

        skip_blanks(parsing);
        if (!is_name && take(parsing, STR("("))) {
                TRY(new_node(parsing, MATH_CALL, MATH_ARGS_MAX, ret));
                (*ret)->text = word;
                return parse_args(parsing, STR(")"), *ret);
        }
        TRY(new_node(parsing, is_name ? MATH_NAME : MATH_WORD, 0, ret));
        (*ret)->text = word;
        return 0;
}

static int parse_primary(struct parsing *parsing, struct math_node **ret)
{
        char c;

        skip_blanks(parsing);
        if (parsing->rest.len == 0)
                return refuse(parsing);
        c = parsing->rest.ptr[0];
        if (is_of_number(c))
                return parse_number(parsing, ret);
        if (c == '\'' || c == '"')
                return parse_string(parsing, ret);
        if (is_letter(c))
                return parse_word(parsing, ret);
        if (take(parsing, STR("["))) {
                TRY(new_node(parsing, MATH_LIST, MATH_ARGS_MAX, ret));
                return parse_args(parsing, STR("]"), *ret);
        }
        TRY(need(parsing, STR("(")));
        TRY(parse_or(parsing, ret));
        return need(parsing, STR(")"));
}

/* -- Operators, by rank */

static int join(struct parsing *parsing, enum math_operator operator, struct math_node * right,
                struct math_node **both)
{
        struct math_node *node;

        if (++parsing->operators > OPERATORS_MAX)
                return math_refuse(parsing->arena, parsing->fault, "Too many operators");
        TRY(new_node(parsing, MATH_BINARY, 2, &node));
        node->operator= operator;
        node->args[0] = *both;
        node->args[1] = right;
        node->arg_count = 2;
        *both = node;
        return 0;
}

static int deeper(struct parsing *parsing)
{
        if (++parsing->depth > DEPTH_MAX)
                return math_refuse(parsing->arena, parsing->fault, "The expression is nested too deeply");
        return 0;
}

static int parse_unary(struct parsing *parsing, struct math_node **ret);

/* To the right: 2 ^ 3 ^ 2 is 2 ^ 9. */
static int parse_power(struct parsing *parsing, struct math_node **ret)
{
        struct math_node *right = NULL;

        TRY(parse_primary(parsing, ret));
        if (!take(parsing, STR("^")))
                return 0;
        TRY(parse_unary(parsing, &right));
        return join(parsing, MATH_POWER, right, ret);
}

static int parse_unary(struct parsing *parsing, struct math_node **ret)
{
        bool is_negated;

        TRY(deeper(parsing));
        is_negated = take(parsing, STR("-"));
        if (is_negated) {
                TRY(new_node(parsing, MATH_NEGATE, 1, ret));
                (*ret)->arg_count = 1;
                TRY(parse_unary(parsing, &(*ret)->args[0]));
        } else {
                TRY(parse_power(parsing, ret));
        }
        parsing->depth--;
        return 0;
}

struct sign {
        struct str text;
        enum math_operator operator;
};

/* Those of one rank, the longer in front of what begins like them. */
static const struct sign PRODUCTS[] = {{STR_INIT("*"), MATH_MULTIPLY}, {STR_INIT("/"), MATH_DIVIDE}};
static const struct sign SUMS[] = {{STR_INIT("+"), MATH_ADD}, {STR_INIT("-"), MATH_SUBTRACT}};
static const struct sign COMPARISONS[] = {
        {STR_INIT("=="), MATH_EQUAL},      {STR_INIT("!="), MATH_UNEQUAL}, {STR_INIT("<="), MATH_LESS_EQUAL},
        {STR_INIT(">="), MATH_MORE_EQUAL}, {STR_INIT("<"), MATH_LESS},     {STR_INIT(">"), MATH_MORE},
};
static const struct sign ANDS[] = {{STR_INIT("&&"), MATH_AND}, {STR_INIT("AND"), MATH_AND}};
static const struct sign ORS[] = {{STR_INIT("||"), MATH_OR}, {STR_INIT("OR"), MATH_OR}};

static const struct sign *take_sign(struct parsing *parsing, const struct sign *signs, size_t count)
{
        for (size_t i = 0; i < count; i++)
                if (take(parsing, signs[i].text))
                        return &signs[i];
        return NULL;
}

static int parse_row(struct parsing *parsing, const struct sign *signs, size_t count,
                     int (*operand)(struct parsing *parsing, struct math_node **ret), struct math_node **ret)
{
        const struct sign *sign;
        struct math_node *right = NULL;

        TRY(operand(parsing, ret));
        while ((sign = take_sign(parsing, signs, count)) != NULL) {
                TRY(operand(parsing, &right));
                TRY(join(parsing, sign->operator, right, ret));
        }
        return 0;
}

static int parse_product(struct parsing *parsing, struct math_node **ret)
{
        return parse_row(parsing, PRODUCTS, ARRAY_LEN(PRODUCTS), parse_unary, ret);
}

static int parse_sum(struct parsing *parsing, struct math_node **ret)
{
        return parse_row(parsing, SUMS, ARRAY_LEN(SUMS), parse_product, ret);
}

static int parse_comparison(struct parsing *parsing, struct math_node **ret)
{
        return parse_row(parsing, COMPARISONS, ARRAY_LEN(COMPARISONS), parse_sum, ret);
}

static int parse_and(struct parsing *parsing, struct math_node **ret)
{
        return parse_row(parsing, ANDS, ARRAY_LEN(ANDS), parse_comparison, ret);
}

static int parse_or(struct parsing *parsing, struct math_node **ret)
{
        TRY(deeper(parsing));
        TRY(parse_row(parsing, ORS, ARRAY_LEN(ORS), parse_and, ret));
        parsing->depth--;
        return 0;
}

int math_parse(struct arena *arena, struct str text, struct math_node **ret, struct math_fault *ret_fault)
{
        struct parsing parsing = {.arena = arena, .rest = text, .fault = ret_fault};

        TRY(parse_or(&parsing, ret));
        skip_blanks(&parsing);
        return parsing.rest.len ? refuse(&parsing) : 0;
}
