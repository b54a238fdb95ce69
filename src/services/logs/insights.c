#include "services/logs/insights_inside.h"

#include <stdlib.h>

#define ARENA_MAX     ((size_t)4 * 1024 * 1024)
#define REGEX_TIME_NS INT64_C(60000000000) /* as long as a query may take */
#define REGEX_EACH_NS INT64_C(500000000)   /* one match */

/* -- What is compiled */

int insights_slot(struct insights *insights, struct query_text *text, struct str name, size_t *ret)
{
        size_t at = 0;

        while (at < insights->slot_count && !str_eq(insights->slots[at].name, name))
                at++;
        if (at == SLOTS_MAX)
                return query_refuse(text, "too many fields");
        if (at == insights->slot_count)
                insights->slots[insights->slot_count++].name = name;
        insights->slots[at].is_kept |= insights->is_blocked;
        *ret = at;
        return 0;
}

int insights_regex(struct insights *insights, struct query_text *text, struct str pattern, bool has_groups,
                   struct regex **ret)
{
        struct regex **grown;
        int r;

        if (insights->regex_count == insights->regex_room) {
                grown = reallocarray(insights->regexes, insights->regex_room + 16, sizeof(*grown));
                if (!grown)
                        return -ENOMEM;
                insights->regexes = grown;
                insights->regex_room += 16;
        }
        r = has_groups ? regex_compile_groups(pattern, &insights->budget, ret)
                       : regex_compile(pattern, &insights->budget, ret);
        if (r == -EINVAL)
                return query_refuse(text, "invalid regular expression");
        TRY(r);
        insights->regexes[insights->regex_count++] = *ret;
        return 0;
}

/* "By default @timestamp and @message"; @ptr comes with every event. */
static int settle_columns(struct insights *insights, struct query_text *text)
{
        size_t message;

        TRY(insights_slot(insights, text, STR("@timestamp"), &insights->timestamp));
        TRY(insights_slot(insights, text, STR("@ptr"), &insights->pointer));
        if (!insights->has_fields) {
                size_t count = insights->column_count;

                TRY(insights_slot(insights, text, STR("@message"), &message));
                if (count + 3 > COLUMNS_MAX)
                        return query_refuse(text, "too many fields");
                memmove(insights->columns + 2, insights->columns, count * sizeof(size_t));
                insights->columns[0] = insights->timestamp;
                insights->columns[1] = message;
                insights->column_count += 2;
        }
        if (insights->column_count == COLUMNS_MAX)
                return query_refuse(text, "too many fields");
        if (!insights->has_stats)
                insights->columns[insights->column_count++] = insights->pointer;
        return 0;
}

static void settle_slots(struct insights *insights)
{
        insights->slots[insights->timestamp].is_kept = true;
        for (size_t i = 0; i < insights->column_count; i++)
                insights->slots[insights->columns[i]].is_kept = true;
        for (size_t i = 0; i < insights->slot_count; i++)
                if (insights->slots[i].is_kept)
                        insights->slots[i].kept_at = insights->kept_count++;
        while (insights->streamed < insights->stage_count &&
               insights->stages[insights->streamed].kind <= STAGE_PARSE)
                insights->streamed++;
}

static int compile(struct insights *insights, struct query_text *text)
{
        TRY(query_next(text));
        TRY(insights_take_commands(insights, text));
        TRY(settle_columns(insights, text));
        settle_slots(insights);
        return insights->arena.failed ? query_refuse(text, "query is too complex") : 0;
}

int insights_compile(struct str text, const struct insights_terms *terms, struct insights **ret,
                     struct insights_error *ret_error)
{
        struct insights *insights = calloc(1, sizeof(*insights));
        struct query_text reading = {.all = text, .error = ret_error};
        int r;

        *ret_error = (struct insights_error){};
        if (!insights)
                return -ENOMEM;
        arena_init(&insights->arena, ARENA_MAX);
        arena_init(&insights->scratch, INSIGHTS_SCRATCH_MAX);
        insights->terms = *terms;
        insights->budget = (struct regex_budget){.left_ns = REGEX_TIME_NS, .each_ns = REGEX_EACH_NS};
        if (insights->terms.limit == 0 || insights->terms.limit > INSIGHTS_ROWS_MAX)
                insights->terms.limit = INSIGHTS_ROWS_MAX;
        reading.arena = &insights->arena;
        r = text.len > INSIGHTS_TEXT_MAX ? query_refuse(&reading, "query is too long")
                                         : compile(insights, &reading);
        if (r == -ENOMEM && insights->arena.failed)
                r = query_refuse(&reading, "query is too complex");
        if (r < 0)
                insights_free(insights);
        else
                *ret = insights;
        return r;
}

void insights_free(struct insights *insights)
{
        if (!insights)
                return;
        insights_drop_groups(insights);
        insights_drop_rows(insights);
        for (size_t i = 0; i < insights->regex_count; i++)
                regex_free(insights->regexes[i]);
        free(insights->regexes);
        arena_done(&insights->scratch);
        arena_done(&insights->arena);
        free(insights);
}

bool insights_unmasks(const struct insights *insights)
{
        return insights->unmasks;
}

/* -- What is offered */

static int load_kept(struct insights *insights, struct row *row)
{
        struct value value;

        for (size_t i = 0; i < insights->slot_count; i++)
                if (insights->slots[i].is_kept)
                        TRY(insights_load(insights, row, i, &value));
        return 0;
}

static int offer(struct insights *insights, struct row *row)
{
        int r = 1;

        for (size_t i = 0; i < insights->streamed && r > 0; i++)
                r = insights_pass(insights, &insights->stages[i], row);
        if (r <= 0)
                return r;
        if (insights->streamed < insights->stage_count &&
            insights->stages[insights->streamed].kind == STAGE_STATS)
                TRY(insights_group(insights, &insights->stages[insights->streamed], row));
        else {
                TRY(load_kept(insights, row));
                TRY(insights_keep_row(insights, row));
        }
        return 1;
}

int insights_offer(struct insights *insights, const struct insights_event *event)
{
        struct logs_pattern_message message = {.text = event->message};
        struct row row = {.values = insights->values,
                          .is_loaded = insights->is_loaded,
                          .event = event,
                          .message = &message};
        int r;

        memset(insights->is_loaded, 0, sizeof(insights->is_loaded));
        r = offer(insights, &row);
        logs_pattern_message_done(&message);
        arena_reset(&insights->scratch);
        return r;
}

int insights_end(struct insights *insights)
{
        size_t next = insights->streamed;

        if (next < insights->stage_count && insights->stages[next].kind == STAGE_STATS)
                TRY(insights_end_groups(insights, &insights->stages[next++]));
        return insights_finish_rows(insights, next);
}

/* -- What is shown */

size_t insights_row_count(const struct insights *insights)
{
        return insights->row_count;
}

size_t insights_column_count(const struct insights *insights)
{
        return insights->column_count;
}

struct str insights_column(const struct insights *insights, size_t column)
{
        return insights->slots[insights->columns[column]].name;
}

struct str insights_cell(const struct insights *insights, size_t row, size_t column, struct arena *arena)
{
        const struct slot *slot = &insights->slots[insights->columns[column]];

        return value_to_text(&insights->rows[row].values[slot->kept_at], arena);
}
