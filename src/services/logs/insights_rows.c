/* Rows that are kept until their order is known: in memory that has a bound, and no more of them than will be
 * shown, where that can be told. */
#include <stdlib.h>

#include "services/logs/insights_inside.h"

#define COMPACT_AT 2000 /* rows beyond those that will be shown */

/* -- One row, in one piece of memory */

static size_t text_bytes(const struct insights *insights, const struct value *values)
{
        size_t bytes = 0;

        for (size_t i = 0; i < insights->slot_count; i++)
                if (insights->slots[i].is_kept && values[i].kind == VALUE_TEXT)
                        bytes += values[i].text.len;
        return bytes;
}

static int pack(const struct insights *insights, const struct value *values, struct kept_row *ret)
{
        size_t fixed = insights->kept_count * sizeof(struct value);
        char *room;

        ret->bytes = fixed + text_bytes(insights, values) + 1;
        ret->values = malloc(ret->bytes);
        if (!ret->values)
                return -ENOMEM;
        room = (char *)ret->values + fixed;
        for (size_t i = 0; i < insights->slot_count; i++) {
                struct value *value = &ret->values[insights->slots[i].kept_at];

                if (!insights->slots[i].is_kept)
                        continue;
                *value = values[i];
                if (value->kind != VALUE_TEXT)
                        continue;
                if (value->text.len)
                        memcpy(room, value->text.ptr, value->text.len);
                value->text = str_make(room, value->text.len);
                room += value->text.len;
        }
        return 0;
}

void insights_expand_row(const struct insights *insights, const struct kept_row *kept, struct row *ret)
{
        for (size_t i = 0; i < insights->slot_count; i++)
                ret->values[i] =
                        insights->slots[i].is_kept ? kept->values[insights->slots[i].kept_at] : NO_VALUE;
}

static void drop(struct insights *insights, struct kept_row *row)
{
        insights->bytes -= row->bytes + sizeof(*row);
        free(row->values);
        row->values = NULL;
}

void insights_drop_rows(struct insights *insights)
{
        for (size_t i = 0; i < insights->row_count; i++)
                drop(insights, &insights->rows[i]);
        free(insights->rows);
        insights->rows = NULL;
        insights->row_count = insights->row_room = 0;
}

static void truncate_to(struct insights *insights, size_t count)
{
        while (insights->row_count > count)
                drop(insights, &insights->rows[--insights->row_count]);
}

/* -- Order */

static int compare_by(const struct stage *stage, const struct kept_row *a, const struct kept_row *b)
{
        const struct insights *insights = a->insights;

        for (size_t i = 0; i < stage->count; i++) {
                size_t at = insights->slots[stage->columns[i].slot].kept_at;
                int order = value_order(&a->values[at], &b->values[at]);

                if (order)
                        return stage->columns[i].is_down ? -order : order;
        }
        return 0;
}

static int compare(const void *x, const void *y)
{
        const struct kept_row *a = x, *b = y;
        const struct insights *insights = a->insights;
        size_t time = insights->slots[insights->timestamp].kept_at;
        int order = insights->sorting ? compare_by(insights->sorting, a, b)
                                      : value_order(&b->values[time], &a->values[time]);

        if (order)
                return order;
        return (a->order < b->order) == (insights->sorting != NULL) ? -1 : 1;
}

static void sort(struct insights *insights, const struct stage *stage)
{
        insights->sorting = stage;
        if (insights->row_count > 1)
                qsort(insights->rows, insights->row_count, sizeof(*insights->rows), compare);
}

/* -- dedup: "Log events with null values for any of the specified fields are retained." */

static int compare_dedup(const void *x, const void *y)
{
        const struct kept_row *a = x, *b = y;
        int order = compare_by(a->insights->sorting, a, b);

        return order ? order : a->order < b->order ? -1 : 1;
}

static bool has_none(const struct stage *stage, const struct kept_row *row)
{
        for (size_t i = 0; i < stage->count; i++)
                if (row->values[row->insights->slots[stage->columns[i].slot].kept_at].kind == VALUE_NONE)
                        return true;
        return false;
}

static int compare_order(const void *x, const void *y)
{
        const struct kept_row *a = x, *b = y;

        return a->order < b->order ? -1 : 1;
}

/* Numbers them as they stand, brings those that are alike together, and puts back what is left. */
static void dedup(struct insights *insights, const struct stage *stage)
{
        struct kept_row *rows = insights->rows;
        size_t left = 0;

        for (size_t i = 0; i < insights->row_count; i++)
                rows[i].order = i;
        insights->came = insights->row_count;
        insights->sorting = stage;
        if (insights->row_count < 2)
                return;
        qsort(rows, insights->row_count, sizeof(*rows), compare_dedup);
        for (size_t i = 0; i < insights->row_count; i++) {
                if (left && !has_none(stage, &rows[i]) && compare_by(stage, &rows[left - 1], &rows[i]) == 0)
                        drop(insights, &rows[i]);
                else
                        rows[left++] = rows[i];
        }
        insights->row_count = left;
        qsort(rows, left, sizeof(*rows), compare_order);
}

/* -- Commands over all rows */

static int pass_all(struct insights *insights, const struct stage *stage)
{
        struct value values[SLOTS_MAX];
        size_t left = 0;
        int r = 0;

        for (size_t i = 0; i < insights->row_count; i++) {
                struct kept_row kept = insights->rows[i], packed = kept;
                struct row row = {.values = values};

                insights_expand_row(insights, &kept, &row);
                if (r >= 0)
                        r = insights_pass(insights, stage, &row);
                if (r > 0 && pack(insights, values, &packed) < 0)
                        r = -ENOMEM;
                if (r > 0)
                        insights->bytes += packed.bytes + sizeof(packed);
                drop(insights, &kept);
                if (r > 0)
                        insights->rows[left++] = packed;
                arena_reset(&insights->scratch);
        }
        insights->row_count = left;
        return r < 0 ? r : 0;
}

/* The rows go into groups, and groups become rows. */
static int regroup(struct insights *insights, const struct stage *stage)
{
        struct value values[SLOTS_MAX];
        int r = 0;

        for (size_t i = 0; i < insights->row_count && r == 0; i++) {
                struct row row = {.values = values};

                insights_expand_row(insights, &insights->rows[i], &row);
                r = insights_group(insights, stage, &row);
                arena_reset(&insights->scratch);
        }
        insights_drop_rows(insights);
        return r < 0 ? r : insights_end_groups(insights, stage);
}

static int run(struct insights *insights, const struct stage *stage)
{
        switch (stage->kind) {
        case STAGE_SORT:
                sort(insights, stage);
                return 0;
        case STAGE_LIMIT:
                truncate_to(insights, stage->limit);
                return 0;
        case STAGE_DEDUP:
                dedup(insights, stage);
                return 0;
        case STAGE_STATS:
                return regroup(insights, stage);
        default:
                return pass_all(insights, stage);
        }
}

int insights_finish_rows(struct insights *insights, size_t stage)
{
        bool is_sorted = insights->stages[insights->streamed].kind == STAGE_STATS &&
                         insights->streamed < insights->stage_count;

        if (!is_sorted)
                sort(insights, NULL);
        for (size_t i = stage; i < insights->stage_count; i++)
                TRY(run(insights, &insights->stages[i]));
        truncate_to(insights, insights->terms.limit);
        return 0;
}

/* -- While they come */

/* How many rows will be shown at most, when all that follows keeps their order or drops those that are alike.
 * SIZE_MAX: that cannot be told. */
static size_t shown_at_most(const struct insights *insights)
{
        for (size_t i = insights->streamed; i < insights->stage_count; i++) {
                const struct stage *stage = &insights->stages[i];

                if (stage->kind == STAGE_LIMIT)
                        return stage->limit;
                if (stage->kind == STAGE_FILTER || stage->kind == STAGE_STATS ||
                    (stage->kind == STAGE_SORT && i != insights->streamed))
                        return SIZE_MAX;
        }
        return insights->terms.limit;
}

static void compact(struct insights *insights, size_t most)
{
        size_t at = insights->streamed;
        bool has_sort = at < insights->stage_count && insights->stages[at].kind == STAGE_SORT;

        sort(insights, has_sort ? &insights->stages[at] : NULL);
        for (; at < insights->stage_count; at++)
                if (insights->stages[at].kind == STAGE_DEDUP)
                        dedup(insights, &insights->stages[at]);
                else if (insights->stages[at].kind != STAGE_SORT && insights->stages[at].kind != STAGE_FIELDS)
                        break;
        if (most != SIZE_MAX)
                truncate_to(insights, most);
}

static int make_room(struct insights *insights)
{
        size_t room = insights->row_room ? 2 * insights->row_room : 64;
        struct kept_row *grown;

        if (insights->row_count < insights->row_room)
                return 0;
        grown = reallocarray(insights->rows, room, sizeof(*grown));
        if (!grown)
                return -ENOMEM;
        insights->rows = grown;
        insights->row_room = room;
        return 0;
}

/* Groups become rows one by one, and have no order yet. */
static int bound(struct insights *insights)
{
        size_t most = insights->groups ? SIZE_MAX : shown_at_most(insights);
        bool is_much = insights->bytes > INSIGHTS_BYTES_MAX / 2;

        if (most != SIZE_MAX &&
            (insights->row_count >= most + COMPACT_AT || (is_much && insights->row_count > most)))
                compact(insights, most);
        return insights->bytes > INSIGHTS_BYTES_MAX ? -E2BIG : 0;
}

int insights_keep_row(struct insights *insights, const struct row *row)
{
        struct kept_row kept = {.insights = insights, .order = insights->came++};

        TRY(make_room(insights));
        TRY(pack(insights, row->values, &kept));
        insights->bytes += kept.bytes + sizeof(kept);
        insights->rows[insights->row_count++] = kept;
        return bound(insights);
}
