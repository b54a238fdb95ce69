#include "services/events/pattern_index.h"

#include "services/events/pattern_model.h"

#include <stdlib.h>
#include <string.h>

#define FIELDS_MAX 8  /* of a pattern that are weighed */
#define WORDS_MAX  16 /* of such a field: with more it says little */
#define STEPS_MAX  8  /* of objects in each other */

/* The way to a field. */
struct path {
        struct str names[STEPS_MAX];
        size_t count;
};

/* A word that a pattern takes there. */
struct row {
        const struct path *path;
        struct str word;
        bool is_beginning;
        size_t pattern;
        size_t shorter; /* the next row of the group that is a beginning of this one's word, from 1 on; 0:
                           none */
};

/* Rows of one way stand together, in the order of their words. */
struct group {
        const struct path *path;
        struct row *rows;
        size_t count;
        size_t words; /* that differ */
};

struct event_index {
        size_t count;     /* of patterns */
        uint64_t *always; /* those that stand under no word */
        struct group *groups;
        size_t group_count;
};

size_t event_index_words(const struct event_index *index)
{
        return (index->count + 63) / 64;
}

static void set_bit(uint64_t *bits, size_t bit)
{
        bits[bit / 64] |= UINT64_C(1) << bit % 64;
}

/* -- Gathering */

struct gathering {
        struct arena *arena; /* of the ways */
        struct row *rows;    /* the heap's */
        size_t count, room;
        size_t pattern, fields; /* that it is at */
};

static void gathering_done(struct gathering *gathering)
{
        free(gathering->rows);
}

static int add_row(struct gathering *gathering, const struct path *path, struct str word, bool is_beginning)
{
        if (gathering->count == gathering->room) {
                size_t room = gathering->room ? 2 * gathering->room : 64;
                struct row *rows = realloc(gathering->rows, room * sizeof(*rows));

                if (!rows)
                        return -ENOMEM;
                gathering->rows = rows;
                gathering->room = room;
        }
        gathering->rows[gathering->count++] = (struct row){
                .path = path, .word = word, .is_beginning = is_beginning, .pattern = gathering->pattern};
        return 0;
}

/* What a text that fits is, or begins with; false: it may be anything. */
static bool read_word(const struct event_test *test, struct str *ret, bool *ret_is_beginning)
{
        ptrdiff_t star = test->kind == TEST_WILDCARD ? str_find_byte(test->text, '\0') : -1;

        *ret = star >= 0 ? str_part(test->text, 0, (size_t)star) : test->text;
        *ret_is_beginning = star >= 0 || test->kind == TEST_PREFIX;
        if (test->nocase || (*ret_is_beginning && ret->len == 0))
                return false;
        return test->kind == TEST_TEXT || test->kind == TEST_PREFIX || test->kind == TEST_WILDCARD;
}

/* Any of them may be there, and nothing else. */
static bool are_words(const struct event_test *tests)
{
        size_t count = 0;
        struct str word;
        bool is_beginning;

        for (const struct event_test *test = tests; test; test = test->next)
                if (!read_word(test, &word, &is_beginning) || ++count > WORDS_MAX)
                        return false;
        return count > 0;
}

static int add_words(struct gathering *gathering, const struct path *path, const struct event_test *tests)
{
        struct path *copy = arena_new(gathering->arena, struct path);

        if (!copy)
                return -ENOMEM;
        *copy = *path;
        gathering->fields++;
        for (const struct event_test *test = tests; test; test = test->next) {
                struct str word = STR_NONE;
                bool is_beginning = false;

                if (read_word(test, &word, &is_beginning))
                        TRY(add_row(gathering, copy, word, is_beginning));
        }
        return 0;
}

/* What stands within "$or" is not demanded. */
static int gather(struct gathering *gathering, const struct event_pattern *pattern, struct path *path)
{
        if (path->count == STEPS_MAX)
                return 0;
        path->count++;
        for (const struct event_field *field = pattern->fields; field; field = field->next) {
                path->names[path->count - 1] = field->name;
                if (field->inside)
                        TRY(gather(gathering, field->inside, path));
                else if (gathering->fields < FIELDS_MAX && are_words(field->tests))
                        TRY(add_words(gathering, path, field->tests));
        }
        path->count--;
        return 0;
}

/* -- Ordering */

static int compare_paths(const struct path *a, const struct path *b)
{
        for (size_t i = 0; i < a->count && i < b->count; i++) {
                int order = str_cmp(a->names[i], b->names[i]);

                if (order != 0)
                        return order;
        }
        return (a->count > b->count) - (a->count < b->count);
}

static int compare_rows(const void *one, const void *other)
{
        const struct row *a = one, *b = other;
        int order = compare_paths(a->path, b->path);

        if (order == 0)
                order = str_cmp(a->word, b->word);
        return order != 0 ? order : b->is_beginning - a->is_beginning;
}

/* NULL groups: they are only counted. */
static size_t make_groups(struct row *rows, size_t count, struct group *groups)
{
        struct group unused = {}, *group = &unused;
        size_t made = 0;

        for (size_t i = 0; i < count; i++) {
                bool is_new = i == 0 || compare_paths(rows[i].path, rows[i - 1].path) != 0;

                if (is_new) {
                        group = groups ? &groups[made] : &unused;
                        *group = (struct group){.path = rows[i].path, .rows = &rows[i]};
                        made++;
                }
                group->count++;
                group->words += is_new || !str_eq(rows[i].word, rows[i - 1].word);
        }
        return made;
}

/* -- Choosing: each pattern stands where the patterns differ most */

static int choose(struct gathering *all, size_t patterns, const struct group *groups, size_t group_count)
{
        size_t *best = calloc(patterns + 1, sizeof(*best)), kept = 0; /* a group's number, from 1 on */

        if (!best)
                return -ENOMEM;
        for (size_t g = 0; g < group_count; g++)
                for (size_t i = 0; i < groups[g].count; i++) {
                        size_t *mine = &best[groups[g].rows[i].pattern];

                        if (*mine == 0 || groups[*mine - 1].words < groups[g].words)
                                *mine = g + 1;
                }
        for (size_t g = 0; g < group_count; g++)
                for (size_t i = 0; i < groups[g].count; i++) {
                        const struct row row = groups[g].rows[i];

                        if (best[row.pattern] == g + 1)
                                all->rows[kept++] = row;
                }
        all->count = kept;
        free(best);
        return 0;
}

static int order_and_choose(struct gathering *all, size_t patterns)
{
        struct group *groups;
        size_t count;
        int r;

        if (all->count == 0)
                return 0;
        qsort(all->rows, all->count, sizeof(*all->rows), compare_rows);
        count = make_groups(all->rows, all->count, NULL);
        groups = calloc(count, sizeof(*groups));
        if (!groups)
                return -ENOMEM;
        (void)make_groups(all->rows, all->count, groups);
        r = choose(all, patterns, groups, count);
        free(groups);
        return r;
}

/* Beginnings of a word stand before it, each before what it is a beginning of. */
static void link_beginnings(struct group *group)
{
        struct row *rows = group->rows;

        for (size_t i = 1; i < group->count; i++) {
                size_t at = rows[i - 1].is_beginning ? i : rows[i - 1].shorter;

                while (at > 0 && !str_starts(rows[i].word, rows[at - 1].word))
                        at = rows[at - 1].shorter;
                rows[i].shorter = at;
        }
}

static int keep(struct arena *arena, const struct gathering *all, struct event_index *index)
{
        struct row *rows = arena_new_array(arena, struct row, all->count + 1);

        index->group_count = make_groups(all->rows, all->count, NULL);
        index->groups = arena_new_array(arena, struct group, index->group_count + 1);
        index->always = arena_new_array(arena, uint64_t, event_index_words(index) + 1);
        if (!rows || !index->groups || !index->always)
                return -ENOMEM;
        if (all->count)
                memcpy(rows, all->rows, all->count * sizeof(*rows));
        (void)make_groups(rows, all->count, index->groups);
        for (size_t i = 0; i < index->group_count; i++)
                link_beginnings(&index->groups[i]);
        for (size_t i = 0; i < index->count; i++)
                set_bit(index->always, i);
        for (size_t i = 0; i < all->count; i++)
                index->always[rows[i].pattern / 64] &= ~(UINT64_C(1) << rows[i].pattern % 64);
        return 0;
}

int event_index_make(struct arena *arena, const struct event_pattern *const *patterns, size_t count,
                     const struct event_index **ret)
{
        _cleanup_(gathering_done) struct gathering all = {.arena = arena};
        struct event_index *index = arena_new(arena, struct event_index);

        if (!index)
                return -ENOMEM;
        index->count = count;
        for (size_t i = 0; i < count; i++) {
                struct path path = {};

                all.pattern = i;
                all.fields = 0;
                TRY(gather(&all, patterns[i], &path));
        }
        TRY(order_and_choose(&all, count));
        TRY(keep(arena, &all, index));
        *ret = index;
        return 0;
}

/* -- Finding */

/* How many rows have words up to this one. */
static size_t count_up_to(const struct group *group, struct str word)
{
        size_t low = 0, high = group->count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (str_cmp(group->rows[middle].word, word) <= 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

/* All words between a beginning of this text and the text itself begin so, too: from the last of them on,
 * what is linked holds every beginning of the text. */
static void find_text(const struct group *group, struct str text, uint64_t *bits)
{
        size_t at = count_up_to(group, text);

        for (; at > 0 && !group->rows[at - 1].is_beginning && str_eq(group->rows[at - 1].word, text); at--)
                set_bit(bits, group->rows[at - 1].pattern);
        while (at > 0) {
                const struct row *row = &group->rows[at - 1];

                if (row->is_beginning && str_starts(text, row->word))
                        set_bit(bits, row->pattern);
                at = row->shorter;
        }
}

/* Through arrays too, whose elements are each what the pattern may mean. */
static void walk(const struct group *group, const json_t *value, size_t step, uint64_t *bits)
{
        size_t i;
        json_t *one;

        if (json_is_array(value)) {
                json_array_foreach((json_t *)value, i, one) walk(group, one, step, bits);
                return;
        }
        if (step < group->path->count)
                value = json_object_get(value, group->path->names[step].ptr);
        if (step < group->path->count && value)
                walk(group, value, step + 1, bits);
        else if (json_is_string(value))
                find_text(group, event_text(value), bits);
}

void event_index_find(const struct event_index *index, const json_t *event, uint64_t *bits)
{
        memcpy(bits, index->always, event_index_words(index) * sizeof(*bits));
        for (size_t g = 0; g < index->group_count; g++)
                walk(&index->groups[g], event, 0, bits);
}
