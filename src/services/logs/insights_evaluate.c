/* Expressions worked out on a row. */
#include <math.h>

#include "services/logs/insights_inside.h"

/* -- Fields */

/* What an event has of itself. @log is "account:group". */
static bool system_field(const struct insights_event *event, struct str name, struct value *ret)
{
        if (str_eq(name, STR("@message")))
                *ret = TEXT_VALUE(event->message);
        else if (str_eq(name, STR("@timestamp")))
                *ret = TIME_VALUE((double)event->ms);
        else if (str_eq(name, STR("@ingestionTime")))
                *ret = TIME_VALUE((double)event->came_ms);
        else if (str_eq(name, STR("@logStream")))
                *ret = TEXT_VALUE(event->stream);
        else if (str_eq(name, STR("@log")))
                *ret = TEXT_VALUE(event->log);
        else if (str_eq(name, STR("@ptr")))
                *ret = TEXT_VALUE(event->pointer);
        else
                return false;
        return true;
}

static struct value value_of(const json_t *json, struct arena *arena)
{
        struct value value = {.kind = VALUE_NUMBER, .number = json_number_value(json)};

        if (json_is_string(json))
                return TEXT_VALUE(str_make(json_string_value(json), json_string_length(json)));
        if (json_is_boolean(json))
                return (struct value){.kind = VALUE_TRUTH,
                                      .number = json_is_true(json) ? 1 : 0,
                                      .text = json_is_true(json) ? STR("true") : STR("false")};
        if (json_is_integer(json)) /* all its digits: a double has 15 of them */
                return TEXT_VALUE(arena_printf(arena, "%lld", (long long)json_integer_value(json)));
        if (!json_is_real(json))
                return NO_VALUE;
        return TEXT_VALUE(value_to_text(&value, arena));
}

/* A name may have dots of its own: the shortest that is there is taken. */
static const json_t *step(const json_t *json, struct str *path)
{
        struct str rest = *path;
        uint64_t index;

        for (size_t len = 0; len <= rest.len; len++) {
                const json_t *found = NULL;

                if (len < rest.len && rest.ptr[len] != '.')
                        continue;
                if (json_is_object(json))
                        found = json_object_getn(json, rest.ptr, len);
                else if (json_is_array(json) && str_to_u64(str_part(rest, 0, len), &index) == 0)
                        found = json_array_get(json, (size_t)index);
                if (!found)
                        continue;
                *path = len < rest.len ? str_from(rest, len + 1) : STR_NONE;
                return found;
        }
        return NULL;
}

/* "If the name of a discovered log field starts with the @ character", it has one more here. */
static struct value discovered(struct row *row, struct str name, struct arena *arena)
{
        const json_t *json = logs_pattern_message_json(row->message);
        struct str path = str_starts(name, STR("@@")) ? str_from(name, 1) : name;

        if (str_starts(name, STR("@")) && !str_starts(name, STR("@@")))
                return NO_VALUE;
        while (json && str_is_set(path))
                json = step(json, &path);
        return json ? value_of(json, arena) : NO_VALUE;
}

int insights_load(struct insights *insights, struct row *row, size_t slot, struct value *ret)
{
        struct str name = insights->slots[slot].name;
        struct value value = NO_VALUE;

        if (row->event && !row->is_loaded[slot]) {
                if (!system_field(row->event, name, &value))
                        value = discovered(row, name, &insights->scratch);
                insights_set(row, slot, &value);
        }
        *ret = row->values[slot];
        return insights->scratch.failed ? -E2BIG : 0;
}

void insights_set(struct row *row, size_t slot, const struct value *value)
{
        row->values[slot] = *value;
        if (row->is_loaded)
                row->is_loaded[slot] = true;
}

/* -- Operators */

static struct value arithmetic(char sign, const struct value *a, const struct value *b)
{
        double x, y, z;

        if (!value_to_number(a, &x) || !value_to_number(b, &y))
                return NO_VALUE;
        switch (sign) {
        case '+':
                z = x + y;
                break;
        case '-':
                z = x - y;
                break;
        case '*':
                z = x * y;
                break;
        case '/':
                z = x / y;
                break;
        case '%':
                z = fmod(x, y);
                break;
        default:
                z = pow(x, y);
        }
        return isfinite(z) ? NUMBER_VALUE(z) : NO_VALUE;
}

static bool compares(enum compare_kind compare, const struct value *a, const struct value *b,
                     struct arena *arena)
{
        int order;

        if (compare == COMPARE_EQUAL || compare == COMPARE_UNEQUAL)
                return value_equals(a, b, arena) == (compare == COMPARE_EQUAL);
        if (!value_compare(a, b, arena, &order))
                return false;
        switch (compare) {
        case COMPARE_LESS:
                return order < 0;
        case COMPARE_AT_MOST:
                return order <= 0;
        case COMPARE_MORE:
                return order > 0;
        default:
                return order >= 0;
        }
}

static bool has_text(const struct value *value, const struct value *part, struct arena *arena)
{
        struct str text = value_to_text(value, arena), wanted = value_to_text(part, arena);

        return str_is_set(text) && str_is_set(wanted) && (wanted.len == 0 || str_find(text, wanted) >= 0);
}

/* -- Nodes */

struct working {
        struct insights *insights;
        struct row *row;
};

static int work_out(struct working *working, const struct node *node, struct value *ret);

static int joined(struct working *working, const struct node *node, struct value *ret)
{
        bool ends = node->kind == NODE_OR;

        TRY(work_out(working, node->nodes[0], ret));
        if (value_is_true(ret) != ends)
                TRY(work_out(working, node->nodes[1], ret));
        *ret = TRUTH_VALUE(value_is_true(ret));
        return 0;
}

static int is_in(struct working *working, const struct node *node, struct value *ret)
{
        struct value wanted, member;
        bool found = false;

        TRY(work_out(working, node->nodes[0], &wanted));
        for (size_t i = 1; i < node->count && !found; i++) {
                TRY(work_out(working, node->nodes[i], &member));
                found = value_equals(&wanted, &member, &working->insights->scratch);
        }
        *ret = TRUTH_VALUE(found);
        return 0;
}

static int called(struct working *working, const struct node *node, struct value *ret)
{
        struct insights_call call = {.insights = working->insights,
                                     .arena = &working->insights->scratch,
                                     .row = working->row,
                                     .node = node,
                                     .count = node->count};

        for (size_t i = 0; i < node->count; i++)
                TRY(work_out(working, node->nodes[i], &call.arguments[i]));
        *ret = node->function->run(&call);
        return working->insights->scratch.failed ? -E2BIG : 0;
}

static int matched(struct working *working, const struct node *node, struct value *ret)
{
        struct value value;
        struct str text;
        int r;

        TRY(work_out(working, node->nodes[0], &value));
        text = value_to_text(&value, &working->insights->scratch);
        regex_budget_next(&working->insights->budget);
        r = str_is_set(text) ? regex_match(node->regex, text) : 0;
        TRY(r);
        *ret = TRUTH_VALUE(r > 0);
        return 0;
}

static int paired(struct working *working, const struct node *node, struct value *ret)
{
        struct value a, b;
        struct arena *arena = &working->insights->scratch;

        TRY(work_out(working, node->nodes[0], &a));
        TRY(work_out(working, node->nodes[1], &b));
        if (node->kind == NODE_ARITHMETIC)
                *ret = arithmetic(node->sign, &a, &b);
        else if (node->kind == NODE_COMPARE)
                *ret = TRUTH_VALUE(compares(node->compare, &a, &b, arena));
        else
                *ret = TRUTH_VALUE(has_text(&a, &b, arena));
        return arena->failed ? -E2BIG : 0;
}

static int turned(struct working *working, const struct node *node, struct value *ret)
{
        struct value value;
        double number;

        TRY(work_out(working, node->nodes[0], &value));
        if (node->kind == NODE_NOT)
                *ret = TRUTH_VALUE(!value_is_true(&value));
        else
                *ret = value_to_number(&value, &number) ? NUMBER_VALUE(-number) : NO_VALUE;
        return 0;
}

/* Not deeper than NODE_DEPTH_MAX. */
static int work_out(struct working *working, const struct node *node, struct value *ret)
{
        switch (node->kind) {
        case NODE_VALUE:
                *ret = node->value;
                return 0;
        case NODE_SLOT:
                return insights_load(working->insights, working->row, node->number, ret);
        case NODE_AGGREGATE:
                *ret = working->row->aggregates ? working->row->aggregates[node->number] : NO_VALUE;
                return 0;
        case NODE_CALL:
                return called(working, node, ret);
        case NODE_AND:
        case NODE_OR:
                return joined(working, node, ret);
        case NODE_NOT:
        case NODE_NEGATIVE:
                return turned(working, node, ret);
        case NODE_IN:
                return is_in(working, node, ret);
        case NODE_MATCH:
                return matched(working, node, ret);
        case NODE_ARITHMETIC:
        case NODE_COMPARE:
        case NODE_LIKE:
                break;
        }
        return paired(working, node, ret);
}

int insights_evaluate(struct insights *insights, struct row *row, const struct node *node, struct value *ret)
{
        struct working working = {insights, row};

        return work_out(&working, node, ret);
}
