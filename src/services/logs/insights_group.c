/* stats: a group for each combination of what it is by. */
#include <stdlib.h>

#include "base/map.h"
#include "services/logs/insights_inside.h"

struct group {
        struct group *next;
        struct str key;
        struct value *by;
        struct tally *tallies;
};

struct groups {
        struct map map;
        size_t aggregate_count;
        struct group *first, *last; /* as they came */
};

static int find_all(struct insights *insights, const struct stage *stage)
{
        if (insights->groups)
                return 0;
        insights->groups = calloc(1, sizeof(*insights->groups));
        if (!insights->groups)
                return -ENOMEM;
        insights->groups->aggregate_count = stage->aggregate_count;
        map_init(&insights->groups->map);
        return 0;
}

/* -- One of them */

/* All values, each with its kind and its length. */
static struct str make_key(struct insights *insights, const struct value *by, size_t count)
{
        struct arena *arena = &insights->scratch;
        struct str texts[50];
        size_t len = 0, at = 0;
        char *key;

        for (size_t i = 0; i < count; i++) {
                texts[i] = value_to_text(&by[i], arena);
                len += sizeof(size_t) + 1 + texts[i].len;
        }
        key = arena_alloc(arena, len + 1);
        for (size_t i = 0; key && i < count; i++) {
                key[at++] = str_is_set(texts[i]) ? 'v' : 'n';
                memcpy(key + at, &texts[i].len, sizeof(size_t));
                at += sizeof(size_t);
                if (texts[i].len)
                        memcpy(key + at, texts[i].ptr, texts[i].len);
                at += texts[i].len;
        }
        return str_make(key ? key : "", at);
}

/* In one piece of memory. */
static struct group *make_group(struct insights *insights, const struct stage *stage, struct str key,
                                const struct value *by)
{
        size_t texts = 0, fixed = sizeof(struct group) + stage->count * sizeof(struct value) +
                                  stage->aggregate_count * sizeof(struct tally);
        struct group *group;
        char *room;

        for (size_t i = 0; i < stage->count; i++)
                texts += by[i].text.len;
        group = calloc(1, fixed + key.len + texts + 1);
        if (!group)
                return NULL;
        insights->bytes += fixed + key.len + texts + 64; /* with its place in the map */
        group->tallies = (struct tally *)(void *)(group + 1);
        group->by = (struct value *)(void *)(group->tallies + stage->aggregate_count);
        room = (char *)(group->by + stage->count);
        memcpy(room, key.ptr, key.len);
        group->key = str_make(room, key.len);
        room += key.len;
        for (size_t i = 0; i < stage->count; i++) {
                group->by[i] = by[i];
                if (by[i].text.len)
                        memcpy(room, by[i].text.ptr, by[i].text.len);
                if (by[i].kind == VALUE_TEXT)
                        group->by[i].text = str_make(room, by[i].text.len);
                room += by[i].text.len;
        }
        return group;
}

static int find_group(struct insights *insights, const struct stage *stage, const struct value *by,
                      struct group **ret)
{
        struct groups *groups = insights->groups;
        struct str key = make_key(insights, by, stage->count);
        struct group *group = map_get(&groups->map, key);

        *ret = group;
        if (group)
                return 0;
        group = make_group(insights, stage, key, by);
        if (!group)
                return -ENOMEM;
        if (groups->last)
                groups->last->next = group;
        else
                groups->first = group;
        groups->last = group;
        *ret = group;
        return map_put(&groups->map, group->key, group);
}

/* When an event happened; of rows without a time they count as they come. */
static double time_of(struct insights *insights, struct row *row)
{
        struct value value;

        if (row->event)
                return (double)row->event->ms;
        value = row->values[insights->timestamp];
        return value.kind == VALUE_TIME ? value.number : 0;
}

int insights_group(struct insights *insights, const struct stage *stage, struct row *row)
{
        struct value by[50], value;
        struct group *group;

        TRY(find_all(insights, stage));
        for (size_t i = 0; i < stage->count; i++) {
                if (stage->columns[i].node)
                        TRY(insights_evaluate(insights, row, stage->columns[i].node, &by[i]));
                else
                        TRY(insights_load(insights, row, stage->columns[i].slot, &by[i]));
        }
        TRY(find_group(insights, stage, by, &group));
        for (size_t i = 0; i < stage->aggregate_count; i++) {
                const struct aggregate *aggregate = &stage->aggregates[i];

                value = NUMBER_VALUE(1);
                if (aggregate->node)
                        TRY(insights_evaluate(insights, row, aggregate->node, &value));
                TRY(tally_add(&group->tallies[i], aggregate, &value, time_of(insights, row),
                              &insights->scratch, &insights->bytes));
        }
        return insights->bytes > INSIGHTS_BYTES_MAX || insights->scratch.failed ? -E2BIG : 0;
}

/* -- Their end */

static int end_group(struct insights *insights, const struct stage *stage, const struct group *group)
{
        struct value values[SLOTS_MAX] = {}, results[AGGREGATES_MAX], value;
        struct row row = {.values = values, .aggregates = results};

        for (size_t i = 0; i < stage->aggregate_count; i++)
                results[i] = tally_result(&group->tallies[i], &stage->aggregates[i]);
        for (size_t i = 0; i < stage->count; i++)
                values[stage->columns[i].slot] = group->by[i];
        for (size_t i = 0; i < stage->result_count; i++) {
                if (stage->results[i].node)
                        TRY(insights_evaluate(insights, &row, stage->results[i].node, &value));
                else
                        value = values[stage->results[i].slot];
                insights_set(&row, stage->results[i].slot, &value);
        }
        return insights_keep_row(insights, &row);
}

static void free_group(struct group *group, size_t aggregate_count)
{
        for (size_t i = 0; i < aggregate_count; i++)
                tally_done(&group->tallies[i]);
        free(group);
}

void insights_drop_groups(struct insights *insights)
{
        struct groups *groups = insights->groups;

        if (!groups)
                return;
        while (groups->first) {
                struct group *group = groups->first;

                groups->first = group->next;
                free_group(group, groups->aggregate_count);
        }
        map_done(&groups->map);
        free(groups);
        insights->groups = NULL;
}

int insights_end_groups(struct insights *insights, const struct stage *stage)
{
        int r = 0;

        for (const struct group *group = insights->groups ? insights->groups->first : NULL; group && r == 0;
             group = group->next) {
                r = end_group(insights, stage, group);
                arena_reset(&insights->scratch);
        }
        insights_drop_groups(insights);
        return r;
}
