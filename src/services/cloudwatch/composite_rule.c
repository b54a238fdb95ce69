#include "services/cloudwatch/composite_rule.h"

#include "base/buf.h"

#include <ctype.h>

#define DEPTH_MAX (CLOUDWATCH_RULE_ELEMENTS + 2) /* brackets are elements: they end before that */

struct parser {
        struct arena *arena;
        struct cloudwatch_alarm_rule *rule;
        size_t at, depth, elements;
};

static int parse_or(struct parser *parser, bool *ret);

/* -- Tokens: a bracket, a comma, a text in quotes, or what stands between */

static void skip_blanks(struct parser *parser)
{
        struct str text = parser->rule->text;

        while (parser->at < text.len && isspace((unsigned char)text.ptr[parser->at]))
                parser->at++;
}

static bool is_mark(char c)
{
        return c == '(' || c == ')' || c == ',';
}

static size_t token_len(struct str text)
{
        size_t len = 0;

        if (text.len > 0 && is_mark(text.ptr[0]))
                return 1;
        while (len < text.len && !is_mark(text.ptr[len]) && !isspace((unsigned char)text.ptr[len]))
                len++;
        return len;
}

static struct str peek(struct parser *parser)
{
        struct str rest;

        skip_blanks(parser);
        rest = str_from(parser->rule->text, parser->at);
        return str_part(rest, 0, token_len(rest));
}

static bool take(struct parser *parser, const char *word)
{
        struct str token = peek(parser);

        if (!str_eq_nocase(token, str_of(word)))
                return false;
        parser->at += token.len;
        return true;
}

static int refuse(struct parser *parser, const char *wanted)
{
        struct str token = peek(parser);

        parser->rule->error =
                token.len == 0
                        ? arena_printf(parser->arena, "Unexpected end of rule at char %zu, must be: %s",
                                       parser->at, wanted)
                        : arena_printf(parser->arena, "Unsupported token '%.*s' at char %zu, must be: %s",
                                       STR_ARG(token), parser->at, wanted);
        return -EINVAL;
}

static int need(struct parser *parser, const char *mark)
{
        return take(parser, mark) ? 0 : refuse(parser, str_eq(str_of(mark), STR("(")) ? "'('" : "')'");
}

static int count(struct parser *parser)
{
        if (++parser->elements <= CLOUDWATCH_RULE_ELEMENTS)
                return 0;
        parser->rule->error = STR("The rule has more than 500 elements");
        return -EINVAL;
}

/* -- Names: "if specified within quotes, ... double quotes must enclose the \" using backslash escape" */

static int take_quoted(struct parser *parser, struct str *ret)
{
        struct str text = parser->rule->text;
        _cleanup_(buf_done) struct buf name = {};

        buf_init(&name, text.len);
        for (parser->at++; parser->at < text.len && text.ptr[parser->at] != '"'; parser->at++) {
                if (text.ptr[parser->at] == '\\' && parser->at + 1 < text.len)
                        parser->at++;
                buf_add_byte(&name, text.ptr[parser->at]);
        }
        if (parser->at >= text.len)
                return refuse(parser, "'\"'");
        parser->at++;
        TRY(buf_check(&name));
        *ret = arena_dup(parser->arena, buf_str(&name));
        return 0;
}

static int take_name(struct parser *parser, struct str *ret)
{
        struct str token = peek(parser);

        if (token.len > 0 && token.ptr[0] == '"')
                return take_quoted(parser, ret);
        if (token.len == 0 || is_mark(token.ptr[0]))
                return refuse(parser, "the name or ARN of an alarm");
        parser->at += token.len;
        *ret = token;
        return 0;
}

static int take_alarm(struct parser *parser, struct str state, bool *ret)
{
        struct str name, found;

        TRY(count(parser));
        TRY(take_name(parser, &name));
        TRY(parser->rule->find_state(parser->rule->arg, name, &found));
        *ret = str_eq(found, state);
        return 0;
}

/* -- Functions */

static bool take_state(struct parser *parser, struct str *ret)
{
        static const char *const STATES[] = {"ALARM", "OK", "INSUFFICIENT_DATA"};

        for (size_t i = 0; i < ARRAY_LEN(STATES); i++)
                if (take(parser, STATES[i])) {
                        *ret = str_of(STATES[i]);
                        return true;
                }
        return false;
}

/* 2, or 50%. */
static int take_least(struct parser *parser, uint64_t *ret, bool *ret_percent)
{
        struct str token = peek(parser), digits = token;

        *ret_percent = str_ends(token, STR("%"));
        if (*ret_percent)
                digits = str_part(token, 0, token.len - 1);
        if (str_to_u64(digits, ret) < 0 || *ret == 0 || (*ret_percent && *ret > 100))
                return refuse(parser, "a number or a percentage");
        parser->at += token.len;
        return take(parser, ",") ? 0 : refuse(parser, "','");
}

struct tally {
        uint64_t all, fitting;
};

/* (alarm1, alarm2, ...) */
static int take_list(struct parser *parser, struct str state, bool negated, struct tally *ret)
{
        *ret = (struct tally){};
        TRY(need(parser, "("));
        do {
                bool fits;

                TRY(take_alarm(parser, state, &fits));
                ret->all++;
                ret->fitting += fits != negated;
        } while (take(parser, ","));
        return need(parser, ")");
}

/* AT_LEAST(M, STATE_CONDITION, (alarm1, alarm2, ...)) */
static int take_at_least(struct parser *parser, bool *ret)
{
        struct str state = STR_NONE;
        struct tally tally;
        uint64_t least;
        bool percent, negated;

        TRY(need(parser, "("));
        TRY(take_least(parser, &least, &percent));
        negated = take(parser, "NOT");
        if (!take_state(parser, &state))
                return refuse(parser, "ALARM, OK, or INSUFFICIENT_DATA");
        if (!take(parser, ","))
                return refuse(parser, "','");
        TRY(take_list(parser, state, negated, &tally));
        TRY(need(parser, ")"));
        *ret = percent ? tally.fitting * 100 >= least * tally.all : tally.fitting >= least;
        return 0;
}

/* -- Expressions */

static int take_group(struct parser *parser, bool *ret)
{
        TRY(count(parser));
        TRY(parse_or(parser, ret));
        return need(parser, ")");
}

static int take_function(struct parser *parser, struct str state, bool *ret)
{
        TRY(need(parser, "("));
        TRY(take_alarm(parser, state, ret));
        return need(parser, ")");
}

static int parse_operand(struct parser *parser, bool *ret)
{
        struct str state = STR_NONE;

        if (take(parser, "("))
                return take_group(parser, ret);
        if (take(parser, "AT_LEAST"))
                return take_at_least(parser, ret);
        if (take_state(parser, &state))
                return take_function(parser, state, ret);
        *ret = take(parser, "TRUE");
        if (*ret || take(parser, "FALSE"))
                return count(parser);
        return refuse(parser, "'(', 'NOT', AT_LEAST, TRUE or FALSE, ALARM, OK, or INSUFFICIENT_DATA");
}

static int parse_not(struct parser *parser, bool *ret)
{
        bool negated = false;

        while (take(parser, "NOT"))
                negated = !negated;
        if (parser->depth >= DEPTH_MAX)
                return refuse(parser, "less deep");
        parser->depth++;
        TRY(parse_operand(parser, ret));
        parser->depth--;
        *ret = *ret != negated;
        return 0;
}

static int parse_and(struct parser *parser, bool *ret)
{
        TRY(parse_not(parser, ret));
        while (take(parser, "AND")) {
                bool right;

                TRY(parse_not(parser, &right));
                *ret = *ret && right;
        }
        return 0;
}

static int parse_or(struct parser *parser, bool *ret)
{
        TRY(parse_and(parser, ret));
        while (take(parser, "OR")) {
                bool right;

                TRY(parse_and(parser, &right));
                *ret = *ret || right;
        }
        return 0;
}

int cloudwatch_rule_evaluate(struct arena *arena, struct cloudwatch_alarm_rule *rule, bool *ret)
{
        struct parser parser = {.arena = arena, .rule = rule};

        TRY(parse_or(&parser, ret));
        return peek(&parser).len == 0 ? 0 : refuse(&parser, "AND, OR or the end of the rule");
}
