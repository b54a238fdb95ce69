/* The commands of a query, between bars. */
#include "services/logs/insights_inside.h"

#define LIST_MAX  50
#define STATS_MAX 10 /* "A query can have a maximum of 10 stats commands." */

struct reading {
        struct insights *insights;
        struct query_text *text;
};

static int new_stage(struct reading *reading, enum stage_kind kind, struct stage **ret)
{
        struct insights *insights = reading->insights;

        if (insights->stage_count == STAGES_MAX) {
                (void)!query_refuse(reading->text, "too many commands");
                return -EINVAL;
        }
        *ret = &insights->stages[insights->stage_count++];
        (*ret)->kind = kind;
        (*ret)->columns = arena_new_array(&insights->arena, struct column, LIST_MAX);
        return (*ret)->columns ? 0 : -ENOMEM;
}

/* -- Lists of expressions, which may have other names */

static struct str source_of(const struct query_text *text, size_t start)
{
        size_t end = text->token.start;

        while (end > start && (unsigned char)text->all.ptr[end - 1] <= ' ')
                end--;
        return str_part(text->all, start, end - start);
}

static int take_alias(struct reading *reading, struct str *ret)
{
        struct query_text *text = reading->text;

        if (text->token.kind != TOKEN_NAME)
                return query_refuse(text, "expected a name behind as");
        *ret = text->token.text;
        return query_next(text);
}

static int name_column(struct reading *reading, size_t start, const struct node *node, struct column *ret)
{
        struct query_text *text = reading->text;
        struct str name = source_of(text, start);
        int r = query_take_word(text, "as");

        TRY(r);
        ret->node = node;
        if (r)
                TRY(take_alias(reading, &name));
        else if (node->kind == NODE_SLOT) {
                ret->slot = node->number;
                ret->node = NULL; /* nothing is worked out */
                return 0;
        }
        TRY(insights_slot(reading->insights, text, name, &ret->slot));
        return 0;
}

static int take_column(struct reading *reading, struct stage *stage, struct column *ret)
{
        size_t start = reading->text->token.start;
        struct node *node;

        TRY(insights_take_expression(reading->insights, reading->text, stage, &node));
        return name_column(reading, start, node, ret);
}

static int take_columns(struct reading *reading, struct stage *holder, struct column *columns, size_t *count)
{
        int r = 1;

        for (; r > 0; r = query_take_sign(reading->text, ",")) {
                if (*count == LIST_MAX)
                        return query_refuse(reading->text, "too many fields");
                TRY(take_column(reading, holder, &columns[(*count)++]));
        }
        return r;
}

static void mark_made(struct insights *insights, const struct column *columns, size_t count)
{
        for (size_t i = 0; i < count; i++)
                insights->slots[columns[i].slot].is_made |= columns[i].node != NULL;
}

static int show_slot(struct reading *reading, size_t slot)
{
        struct insights *insights = reading->insights;

        for (size_t i = 0; i < insights->column_count; i++)
                if (insights->columns[i] == slot)
                        return 0;
        if (insights->column_count == COLUMNS_MAX)
                return query_refuse(reading->text, "too many fields");
        insights->columns[insights->column_count++] = slot;
        return 0;
}

static int show_columns(struct reading *reading, const struct column *columns, size_t count)
{
        for (size_t i = 0; i < count; i++)
                TRY(show_slot(reading, columns[i].slot));
        return 0;
}

/* -- fields, display */

static int take_fields(struct reading *reading)
{
        struct insights *insights = reading->insights;
        struct stage *stage = NULL;

        TRY(new_stage(reading, STAGE_FIELDS, &stage));
        TRY(take_columns(reading, NULL, stage->columns, &stage->count));
        mark_made(insights, stage->columns, stage->count);
        insights->has_fields = true;
        return show_columns(reading, stage->columns, stage->count);
}

/* "If you use display more than once, only the last" counts. */
static int take_display(struct reading *reading)
{
        reading->insights->column_count = 0;
        return take_fields(reading);
}

/* -- filter */

static int take_filter(struct reading *reading)
{
        struct stage *stage = NULL;
        struct node *node;

        TRY(new_stage(reading, STAGE_FILTER, &stage));
        TRY(insights_take_expression(reading->insights, reading->text, NULL, &node));
        stage->node = node;
        return 0;
}

/* -- parse */

static int take_names(struct reading *reading, struct stage *stage)
{
        int r = 1;

        for (; r > 0; r = query_take_sign(reading->text, ",")) {
                struct str name = STR_NONE;
                size_t slot;

                if (stage->field_count == PARSE_FIELDS_MAX)
                        return query_refuse(reading->text, "too many fields of parse");
                TRY(take_alias(reading, &name));
                TRY(insights_slot(reading->insights, reading->text, name, &slot));
                stage->slots[stage->field_count++] = slot;
        }
        return r;
}

static int take_glob(struct reading *reading, struct stage *stage)
{
        struct query_text *text = reading->text;
        struct str pattern = text->token.text, piece = STR_NONE;
        size_t count = 0;
        int r;

        stage->pieces = arena_new_array(&reading->insights->arena, struct str, PARSE_FIELDS_MAX + 1);
        if (!stage->pieces)
                return -ENOMEM;
        while (str_cut(&pattern, '*', &piece)) {
                if (count == PARSE_FIELDS_MAX + 1)
                        return query_refuse(text, "too many fields of parse");
                stage->pieces[count++] = piece;
        }
        TRY(query_next(text));
        r = query_take_word(text, "as");
        TRY(r);
        if (!r)
                return query_refuse(text, "expected as behind the pattern of parse");
        TRY(take_names(reading, stage));
        return stage->field_count + 1 == count
                       ? 0
                       : query_refuse(text, "parse has as many names as its pattern has stars");
}

static int name_groups(struct reading *reading, struct stage *stage)
{
        for (size_t i = 0; i < regex_group_count(stage->regex); i++) {
                struct str name = regex_group_name(stage->regex, i);
                size_t slot;

                if (!str_is_set(name))
                        return query_refuse(reading->text, "groups of parse have names, or stand behind as");
                if (stage->field_count == PARSE_FIELDS_MAX)
                        return query_refuse(reading->text, "too many fields of parse");
                TRY(insights_slot(reading->insights, reading->text, name, &slot));
                stage->slots[stage->field_count++] = slot;
        }
        return stage->field_count ? 0 : query_refuse(reading->text, "the pattern of parse has no groups");
}

static int take_groups(struct reading *reading, struct stage *stage)
{
        struct query_text *text = reading->text;
        struct str pattern;
        int r;

        TRY(query_take_regex(text, &pattern));
        TRY(insights_regex(reading->insights, text, pattern, true, &stage->regex));
        r = query_take_word(text, "as");
        TRY(r);
        if (!r)
                return name_groups(reading, stage);
        TRY(take_names(reading, stage));
        return stage->field_count == regex_group_count(stage->regex)
                       ? 0
                       : query_refuse(text, "parse has as many names as its pattern has groups");
}

static int take_parse(struct reading *reading)
{
        struct insights *insights = reading->insights;
        struct query_text *text = reading->text;
        struct str name = STR("@message");
        struct stage *stage = NULL;
        struct node *node = arena_new(&insights->arena, struct node);

        TRY(new_stage(reading, STAGE_PARSE, &stage));
        if (!node)
                return -ENOMEM;
        if (text->token.kind == TOKEN_NAME)
                TRY(take_alias(reading, &name));
        node->kind = NODE_SLOT;
        TRY(insights_slot(insights, text, name, &node->number));
        stage->node = node;
        if (text->token.kind == TOKEN_TEXT)
                TRY(take_glob(reading, stage));
        else if (query_is_sign(text, "/"))
                TRY(take_groups(reading, stage));
        else
                return query_refuse(text, "expected a pattern of parse");
        for (size_t i = 0; i < stage->field_count; i++) {
                insights->slots[stage->slots[i]].is_made = true;
                TRY(show_slot(reading, stage->slots[i]));
        }
        return 0;
}

/* -- stats */

/* "Any fields that you reference after a stats command must be defined in that stats command." */
static void forget_others(struct insights *insights, const struct stage *stage)
{
        for (size_t i = 0; i < insights->slot_count; i++)
                insights->slots[i].is_made = false;
        for (size_t i = 0; i < stage->count; i++)
                insights->slots[stage->columns[i].slot].is_made = true;
        for (size_t i = 0; i < stage->result_count; i++)
                insights->slots[stage->results[i].slot].is_made = true;
        insights->has_stats = true;
}

/* The results of stats are new, whatever fields the events had. */
static int take_results(struct reading *reading, struct stage *stage)
{
        struct insights *insights = reading->insights;

        stage->aggregates = arena_new_array(&insights->arena, struct aggregate, AGGREGATES_MAX);
        stage->results = arena_new_array(&insights->arena, struct column, LIST_MAX);
        if (!stage->aggregates || !stage->results)
                return -ENOMEM;
        TRY(take_columns(reading, stage, stage->results, &stage->result_count));
        return stage->aggregate_count ? 0
                                      : query_refuse(reading->text, "stats needs an aggregation function");
}

static bool has_order(const struct insights *insights)
{
        for (size_t i = 0; i < insights->stage_count; i++)
                if (insights->stages[i].kind == STAGE_SORT || insights->stages[i].kind == STAGE_LIMIT)
                        return true;
        return false;
}

static size_t count_stats(const struct insights *insights)
{
        size_t count = 0;

        for (size_t i = 0; i < insights->stage_count; i++)
                count += insights->stages[i].kind == STAGE_STATS;
        return count;
}

/* https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html */
static int take_stats(struct reading *reading)
{
        struct insights *insights = reading->insights;
        struct stage *stage = NULL;
        int r;

        if (count_stats(insights) == STATS_MAX)
                return query_refuse(reading->text, "a query can have %d stats commands", STATS_MAX);
        if (has_order(insights))
                return query_refuse(reading->text, "sort and limit stand behind the last stats");
        insights->is_blocked = true;
        TRY(new_stage(reading, STAGE_STATS, &stage));
        TRY(take_results(reading, stage));
        r = query_take_word(reading->text, "by");
        TRY(r);
        if (r)
                TRY(take_columns(reading, NULL, stage->columns, &stage->count));
        forget_others(insights, stage);
        insights->column_count = 0;
        insights->has_fields = true;
        TRY(show_columns(reading, stage->columns, stage->count));
        return show_columns(reading, stage->results, stage->result_count);
}

/* -- sort, limit, dedup */

/* What it sorts by is worked out before, where it is no field. */
static int take_key(struct reading *reading, struct stage *before, struct stage *stage)
{
        struct query_text *text = reading->text;
        struct column *column = &stage->columns[stage->count];
        int r;

        if (stage->count == LIST_MAX)
                return query_refuse(text, "too many fields of sort");
        TRY(take_column(reading, NULL, column));
        if (column->node)
                before->columns[before->count++] = *column;
        stage->count++;
        r = query_take_word(text, "desc");
        TRY(r);
        column->is_down = r > 0;
        if (!r)
                r = query_take_word(text, "asc");
        return r < 0 ? r : 0;
}

static int take_sort(struct reading *reading)
{
        struct stage *before = NULL, *stage = NULL;
        int r = 1;

        reading->insights->is_blocked = true;
        TRY(new_stage(reading, STAGE_FIELDS, &before));
        TRY(new_stage(reading, STAGE_SORT, &stage));
        for (; r > 0; r = query_take_sign(reading->text, ","))
                TRY(take_key(reading, before, stage));
        return r;
}

/* "limit any" may stop early and give events "from any portion of the time range": those of limit do for it.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Limit.html */
static int take_limit(struct reading *reading)
{
        struct query_text *text = reading->text;
        struct stage *stage = NULL;
        int r = query_take_word(text, "any");

        TRY(r);
        reading->insights->is_blocked = true;
        TRY(new_stage(reading, STAGE_LIMIT, &stage));
        if (text->token.kind != TOKEN_NUMBER || str_has_byte(text->token.text, '.') ||
            text->token.number < 1 || text->token.number > INSIGHTS_ROWS_MAX)
                return query_refuse(text, "expected a limit from 1 to %d", INSIGHTS_ROWS_MAX);
        stage->limit = (size_t)text->token.number;
        return query_next(text);
}

static int take_dedup(struct reading *reading)
{
        struct stage *stage = NULL;

        reading->insights->is_blocked = true;
        TRY(new_stage(reading, STAGE_DEDUP, &stage));
        TRY(take_columns(reading, NULL, stage->columns, &stage->count));
        for (size_t i = 0; i < stage->count; i++)
                if (stage->columns[i].node)
                        return query_refuse(reading->text, "dedup takes fields");
        return 0;
}

/* -- All of them */

static const struct {
        const char *word;
        int (*take)(struct reading *reading);
} COMMANDS[] = {
        {"fields", take_fields}, {"display", take_display}, {"filter", take_filter},
        {"where", take_filter},  {"parse", take_parse},     {"stats", take_stats},
        {"sort", take_sort},     {"limit", take_limit},     {"dedup", take_dedup},
};

static int take_command(struct reading *reading)
{
        struct query_text *text = reading->text;
        const struct insights *insights = reading->insights;
        bool is_after_dedup =
                insights->stage_count && insights->stages[insights->stage_count - 1].kind == STAGE_DEDUP;

        for (size_t i = 0; i < ARRAY_LEN(COMMANDS); i++) {
                if (!query_is_word(text, COMMANDS[i].word))
                        continue;
                if (is_after_dedup && COMMANDS[i].take != take_limit)
                        return query_refuse(text, "only limit is possible behind dedup");
                TRY(query_next(text));
                return COMMANDS[i].take(reading);
        }
        return query_refuse(text,
                            text->token.kind == TOKEN_END ? "unexpected end of query" : "unknown command");
}

int insights_take_commands(struct insights *insights, struct query_text *text)
{
        struct reading reading = {insights, text};
        int r = 1;

        for (; r > 0; r = query_take_sign(text, "|"))
                TRY(take_command(&reading));
        TRY(r);
        return text->token.kind == TOKEN_END
                       ? 0
                       : query_refuse(text, "unexpected symbol found %.*s",
                                      (int)(text->token.text.len < 40 ? text->token.text.len : 40),
                                      text->token.text.ptr);
}
