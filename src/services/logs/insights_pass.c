/* What a row passes on its way: fields, filter, parse. */
#include "services/logs/insights_inside.h"

static int work_out(struct insights *insights, const struct stage *stage, struct row *row)
{
        for (size_t i = 0; i < stage->count; i++) {
                struct value value;

                if (!stage->columns[i].node)
                        continue;
                TRY(insights_evaluate(insights, row, stage->columns[i].node, &value));
                insights_set(row, stage->columns[i].slot, &value);
        }
        return 1;
}

static int filter(struct insights *insights, const struct stage *stage, struct row *row)
{
        struct value value;

        TRY(insights_evaluate(insights, row, stage->node, &value));
        return value_is_true(&value);
}

/* Between its stars the pattern is looked for as it stands; each field ends where the next piece begins. */
static int cut_glob(const struct stage *stage, struct str text, struct str *values)
{
        ptrdiff_t at = str_find(text, stage->pieces[0]);

        if (stage->pieces[0].len && at < 0)
                return 0;
        text = str_from(text, stage->pieces[0].len ? (size_t)at + stage->pieces[0].len : 0);
        for (size_t i = 0; i < stage->field_count; i++) {
                struct str piece = stage->pieces[i + 1];
                bool is_rest = piece.len == 0 && i + 1 == stage->field_count;

                at = is_rest ? (ptrdiff_t)text.len : piece.len ? str_find(text, piece) : 0;
                if (at < 0)
                        return 0;
                values[i] = str_part(text, 0, (size_t)at);
                text = str_from(text, (size_t)at + piece.len);
        }
        return 1;
}

/* "If a log event doesn't match the specified pattern, you still see it in the results, but without the
 * extracted fields." */
static int parse(struct insights *insights, const struct stage *stage, struct row *row)
{
        struct str values[PARSE_FIELDS_MAX] = {}, text;
        struct value value;
        int r = 0;

        TRY(insights_evaluate(insights, row, stage->node, &value));
        text = value_to_text(&value, &insights->scratch);
        regex_budget_next(&insights->budget);
        if (str_is_set(text))
                r = stage->regex ? regex_capture(stage->regex, text, values, stage->field_count)
                                 : cut_glob(stage, text, values);
        TRY(r);
        for (size_t i = 0; i < stage->field_count; i++) {
                value = r > 0 && str_is_set(values[i]) ? TEXT_VALUE(values[i]) : NO_VALUE;
                insights_set(row, stage->slots[i], &value);
        }
        return 1;
}

int insights_pass(struct insights *insights, const struct stage *stage, struct row *row)
{
        if (stage->kind == STAGE_FIELDS)
                return work_out(insights, stage, row);
        return stage->kind == STAGE_FILTER ? filter(insights, stage, row) : parse(insights, stage, row);
}
