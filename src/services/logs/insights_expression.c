/* Expressions: or, and, not, comparisons, + -, * / %, ^, each binding closer than the one before. Their depth
 * is bounded, and so are those that read and work them out. */
#include "services/logs/insights_inside.h"

#define READ_DEPTH_MAX 50

struct reading {
        struct insights *insights;
        struct query_text *text;
        struct stage *stage; /* of stats; else NULL */
        bool is_inside;      /* of an aggregate, which holds no other */
};

static int take_or(struct reading *reading, struct node **ret);

/* -- Nodes */

static int make(struct reading *reading, enum node_kind kind, size_t room, struct node **ret)
{
        struct arena *arena = &reading->insights->arena;
        struct node *node = arena_new(arena, struct node);

        if (!node)
                return -ENOMEM;
        node->kind = kind;
        node->nodes = arena_new_array(arena, struct node *, room + 1);
        *ret = node;
        return node->nodes ? 0 : -ENOMEM;
}

static int add(struct reading *reading, struct node *node, struct node *operand)
{
        node->nodes[node->count++] = operand;
        if (node->depth <= operand->depth)
                node->depth = operand->depth + 1;
        return node->depth > NODE_DEPTH_MAX ? query_refuse(reading->text, "expression is too deep") : 0;
}

static int make_of(struct reading *reading, enum node_kind kind, struct node *a, struct node *b,
                   struct node **ret)
{
        struct node *node;

        TRY(make(reading, kind, 2, &node));
        TRY(add(reading, node, a));
        if (b)
                TRY(add(reading, node, b));
        *ret = node;
        return 0;
}

/* -- What is not joined by anything */

static int make_value(struct reading *reading, struct value value, struct node **ret)
{
        TRY(make(reading, NODE_VALUE, 0, ret));
        (*ret)->value = value;
        return query_next(reading->text);
}

static int take_slot(struct reading *reading, struct str name, struct node **ret)
{
        const struct insights *insights = reading->insights;

        TRY(make(reading, NODE_SLOT, 0, ret));
        TRY(insights_slot(reading->insights, reading->text, name, &(*ret)->number));
        if (insights->has_stats && !insights->slots[(*ret)->number].is_made)
                return query_refuse(reading->text, "undefined field behind stats: %.*s",
                                    (int)(name.len < 60 ? name.len : 60), name.ptr);
        return 0;
}

static int take_period(struct reading *reading, struct node *node)
{
        struct query_text *text = reading->text;

        if (text->token.kind != TOKEN_PERIOD ||
            !query_read_period(text->token.number, text->token.unit, &node->period))
                return query_refuse(text, "expected a period such as 5m");
        return query_next(text);
}

static int take_arguments(struct reading *reading, struct node *node)
{
        struct query_text *text = reading->text;
        const struct insights_function *function = node->function;
        int r = query_take_sign(text, ")");

        TRY(r);
        while (!r) {
                struct node *argument;

                if (node->count == ARGUMENTS_MAX ||
                    node->count + (function->has_period ? 1 : 0) > function->most)
                        return query_refuse(text, "too many arguments of %.*s", STR_ARG(function->name));
                if (function->has_period && node->count + 1 == function->most) {
                        TRY(take_period(reading, node));
                        return query_need_sign(text, ")");
                }
                TRY(take_or(reading, &argument));
                TRY(add(reading, node, argument));
                r = query_take_sign(text, ")");
                TRY(r);
                if (!r)
                        TRY(query_need_sign(text, ","));
        }
        if (function->has_period)
                return query_refuse(text, "expected a period such as 5m");
        return node->count < function->least || node->count > function->most
                       ? query_refuse(text, "wrong number of arguments of %.*s", STR_ARG(function->name))
                       : 0;
}

static int take_percent(struct reading *reading, struct aggregate *aggregate)
{
        struct query_text *text = reading->text;

        TRY(query_need_sign(text, ","));
        if (text->token.kind != TOKEN_NUMBER || text->token.number > 100)
                return query_refuse(text, "expected a percentage");
        aggregate->percent = text->token.number;
        return query_next(text);
}

/* count(*), count(), sum(expression), pct(expression, 95) */
static int take_aggregate(struct reading *reading, enum aggregate_kind kind, struct node **ret)
{
        struct stage *stage = reading->stage;
        struct query_text *text = reading->text;
        struct aggregate *aggregate = &stage->aggregates[stage->aggregate_count];
        struct node *node = NULL;
        int r;

        if (reading->is_inside || stage->aggregate_count == AGGREGATES_MAX)
                return query_refuse(text, "too many aggregates, or one within another");
        TRY(make(reading, NODE_AGGREGATE, 0, ret));
        (*ret)->number = stage->aggregate_count++;
        *aggregate = (struct aggregate){.kind = kind};
        if (kind == AGGREGATE_COUNT) {
                r = query_take_sign(text, "*");
                TRY(r);
                if (r || query_is_sign(text, ")"))
                        return query_need_sign(text, ")");
        }
        reading->is_inside = true;
        TRY(take_or(reading, &node));
        reading->is_inside = false;
        aggregate->node = node;
        if (kind == AGGREGATE_PERCENTILE)
                TRY(take_percent(reading, aggregate));
        return query_need_sign(text, ")");
}

/* What an earlier command has worked out is known by its text: sort count(*) desc. */
static bool find_worked_out(const struct insights *insights, struct str source, size_t *ret)
{
        for (size_t i = 0; i < insights->slot_count; i++) {
                struct str name = insights->slots[i].name, rest = source;
                size_t at = 0;

                for (; rest.len && at <= name.len; rest = str_from(rest, 1)) {
                        if (rest.ptr[0] == ' ')
                                continue;
                        while (at < name.len && name.ptr[at] == ' ')
                                at++;
                        if (at == name.len || !str_eq_nocase(str_part(name, at, 1), str_part(rest, 0, 1)))
                                break;
                        at++;
                }
                if (insights->slots[i].is_made && rest.len == 0 && at == name.len) {
                        *ret = i;
                        return true;
                }
        }
        return false;
}

/* From a name to the parenthesis that closes; quotes and depth are looked at by whoever reads it. */
static struct str call_text(const struct query_text *text, size_t start)
{
        size_t end = start, depth = 0;

        for (; end < text->all.len; end++) {
                depth += text->all.ptr[end] == '(';
                if (text->all.ptr[end] == ')' && --depth == 0)
                        return str_part(text->all, start, end + 1 - start);
        }
        return STR("");
}

static int skip_call(struct query_text *text, struct str source)
{
        text->at = (size_t)(source.ptr - text->all.ptr) + source.len;
        return query_next(text);
}

/* bin() is of @timestamp, which is gone behind stats that do not make it. */
static int take_time(struct reading *reading, struct node *node)
{
        const struct insights *insights = reading->insights;

        TRY(insights_slot(reading->insights, reading->text, STR("@timestamp"), &node->number));
        return insights->has_stats && !insights->slots[node->number].is_made
                       ? query_refuse(reading->text, "Invalid reference to @timestamp field")
                       : 0;
}

static int take_call(struct reading *reading, struct str name, size_t start, struct node **ret)
{
        struct insights *insights = reading->insights;
        struct query_text *text = reading->text;
        struct str source = call_text(text, start);
        enum aggregate_kind kind;
        size_t slot;

        if (insights->has_stats && source.len && find_worked_out(insights, source, &slot)) {
                TRY(make(reading, NODE_SLOT, 0, ret));
                (*ret)->number = slot;
                return skip_call(text, source);
        }
        TRY(query_need_sign(text, "("));
        if (aggregate_find(name, &kind)) {
                if (!reading->stage)
                        return query_refuse(text, "%.*s is possible only in stats", STR_ARG(name));
                return take_aggregate(reading, kind, ret);
        }
        TRY(make(reading, NODE_CALL, ARGUMENTS_MAX, ret));
        (*ret)->function = insights_find_function(name);
        if (!(*ret)->function)
                return query_refuse(text, "unknown function %.*s", (int)(name.len < 60 ? name.len : 60),
                                    name.ptr);
        insights->unmasks |= str_eq_nocase(name, STR("unmask"));
        if ((*ret)->function->has_period && (*ret)->function->most == 1)
                TRY(take_time(reading, *ret));
        return take_arguments(reading, *ret);
}

static int take_named(struct reading *reading, struct node **ret)
{
        struct query_text *text = reading->text;
        struct token token = text->token;

        TRY(query_next(text));
        if (query_is_sign(text, "(") && !token.is_quoted)
                return take_call(reading, token.text, token.start, ret);
        if (!token.is_quoted && str_eq_nocase(token.text, STR("true"))) {
                TRY(make(reading, NODE_VALUE, 0, ret));
                (*ret)->value = TRUTH_VALUE(true);
                return 0;
        }
        if (!token.is_quoted && str_eq_nocase(token.text, STR("false"))) {
                TRY(make(reading, NODE_VALUE, 0, ret));
                (*ret)->value = TRUTH_VALUE(false);
                return 0;
        }
        return take_slot(reading, token.text, ret);
}

static int take_primary(struct reading *reading, struct node **ret)
{
        struct query_text *text = reading->text;
        int r;

        switch (text->token.kind) {
        case TOKEN_NAME:
                return take_named(reading, ret);
        case TOKEN_NUMBER:
                return make_value(reading, (struct value){VALUE_NUMBER, text->token.number, STR_NONE}, ret);
        case TOKEN_TEXT:
                return make_value(reading, TEXT_VALUE(text->token.text), ret);
        case TOKEN_PERIOD:
                return query_refuse(text, "unexpected period");
        case TOKEN_END:
                return query_refuse(text, "unexpected end of query");
        case TOKEN_SIGN:
                break;
        }
        r = query_take_sign(text, "(");
        TRY(r);
        if (!r)
                return query_refuse(text, "unexpected symbol found %.*s", STR_ARG(text->token.text));
        TRY(take_or(reading, ret));
        return query_need_sign(text, ")");
}

static int take_negative(struct reading *reading, struct node **ret)
{
        int r = query_take_sign(reading->text, "-");
        struct node *node = NULL;

        TRY(r);
        TRY(take_primary(reading, r ? &node : ret));
        return r ? make_of(reading, NODE_NEGATIVE, node, NULL, ret) : 0;
}

/* -- Arithmetic, from the left */

static const char *const LEVELS[] = {"+-", "*/%", "^"};

static int take_arithmetic(struct reading *reading, size_t level, struct node **ret)
{
        struct query_text *text = reading->text;
        struct node *left, *right;

        if (level == ARRAY_LEN(LEVELS))
                return take_negative(reading, ret);
        TRY(take_arithmetic(reading, level + 1, &left));
        while (text->token.kind == TOKEN_SIGN && text->token.text.len == 1 &&
               str_has_byte(str_of(LEVELS[level]), text->token.text.ptr[0])) {
                char sign = text->token.text.ptr[0];

                TRY(query_next(text));
                TRY(take_arithmetic(reading, level + 1, &right));
                TRY(make_of(reading, NODE_ARITHMETIC, left, right, &left));
                left->sign = sign;
        }
        *ret = left;
        return 0;
}

/* -- Comparisons */

static int take_list(struct reading *reading, struct node *left, struct node **ret)
{
        struct query_text *text = reading->text;
        int r = 0;

        TRY(query_need_sign(text, "["));
        TRY(make(reading, NODE_IN, text->all.len / 2 + 2, ret));
        TRY(add(reading, *ret, left));
        while (!r) {
                struct node *member;

                TRY(take_arithmetic(reading, 0, &member));
                TRY(add(reading, *ret, member));
                r = query_take_sign(text, "]");
                TRY(r);
                if (!r)
                        TRY(query_need_sign(text, ","));
        }
        return 0;
}

static int take_like(struct reading *reading, struct node *left, bool needs_regex, struct node **ret)
{
        struct query_text *text = reading->text;
        struct node *right;
        struct str pattern;

        if (query_is_sign(text, "/")) {
                TRY(query_take_regex(text, &pattern));
                TRY(make_of(reading, NODE_MATCH, left, NULL, ret));
                return insights_regex(reading->insights, text, pattern, false, &(*ret)->regex);
        }
        if (needs_regex)
                return query_refuse(text, "expected a regular expression between slashes");
        TRY(take_arithmetic(reading, 0, &right));
        return make_of(reading, NODE_LIKE, left, right, ret);
}

static bool is_comparison(const struct query_text *text, enum compare_kind *ret)
{
        static const char *const SIGNS[] = {"=", "!=", "<", "<=", ">", ">="};

        for (size_t i = 0; i < ARRAY_LEN(SIGNS); i++)
                if (query_is_sign(text, SIGNS[i])) {
                        *ret = (enum compare_kind)i;
                        return true;
                }
        return false;
}

static int take_word_comparison(struct reading *reading, struct node *left, struct node **ret,
                                bool *ret_is_there)
{
        struct query_text *text = reading->text;
        int r = query_take_word(text, "in");

        *ret_is_there = true;
        TRY(r);
        if (r)
                return take_list(reading, left, ret);
        r = query_take_word(text, "like");
        TRY(r);
        if (r)
                return take_like(reading, left, false, ret);
        *ret_is_there = false;
        return 0;
}

static int take_comparison(struct reading *reading, struct node **ret)
{
        struct query_text *text = reading->text;
        enum compare_kind compare;
        struct node *left, *right;
        bool is_there;
        int r;

        TRY(take_arithmetic(reading, 0, &left));
        *ret = left;
        if (is_comparison(text, &compare)) {
                TRY(query_next(text));
                TRY(take_arithmetic(reading, 0, &right));
                TRY(make_of(reading, NODE_COMPARE, left, right, ret));
                (*ret)->compare = compare;
                return 0;
        }
        r = query_take_sign(text, "=~");
        TRY(r);
        if (r)
                return take_like(reading, left, true, ret);
        r = query_take_word(text, "not");
        TRY(r);
        TRY(take_word_comparison(reading, left, ret, &is_there));
        if (r && !is_there)
                return query_refuse(text, "expected in or like behind not");
        return r ? make_of(reading, NODE_NOT, *ret, NULL, ret) : 0;
}

/* -- not, and, or */

static int take_not(struct reading *reading, struct node **ret)
{
        size_t count = 0;
        int r;

        while ((r = query_take_word(reading->text, "not")) > 0)
                count++;
        TRY(r);
        TRY(take_comparison(reading, ret));
        if (count % 2)
                TRY(make_of(reading, NODE_NOT, *ret, NULL, ret));
        return 0;
}

static int take_and(struct reading *reading, struct node **ret)
{
        struct node *right;
        int r;

        TRY(take_not(reading, ret));
        while ((r = query_take_word(reading->text, "and")) > 0) {
                TRY(take_not(reading, &right));
                TRY(make_of(reading, NODE_AND, *ret, right, ret));
        }
        return r;
}

static int take_or(struct reading *reading, struct node **ret)
{
        struct node *right;
        int r;

        if (++reading->text->depth > READ_DEPTH_MAX)
                return query_refuse(reading->text, "expression is too deep");
        TRY(take_and(reading, ret));
        while ((r = query_take_word(reading->text, "or")) > 0) {
                TRY(take_and(reading, &right));
                TRY(make_of(reading, NODE_OR, *ret, right, ret));
        }
        reading->text->depth--;
        return r;
}

int insights_take_expression(struct insights *insights, struct query_text *text, struct stage *stage,
                             struct node **ret)
{
        struct reading reading = {.insights = insights, .text = text, .stage = stage};

        text->depth = 0;
        return take_or(&reading, ret);
}
