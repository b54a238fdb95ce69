/* [a, b = 4*, ..., z]: fields of messages that stand between blanks. "Characters between brackets ("[]") and
 * double quotation marks ("") are considered single fields." */
#include <stdlib.h>

#include "services/logs/pattern_inside.h"

#define FIELDS_MAX     256 /* of a message; what is behind them is part of the last */
#define CONDITIONS_MAX 256

struct slot {
        char *name; /* NULL: it has none */
        size_t len;
        bool is_gap; /* "...": any number of fields */
};

struct condition {
        size_t slot;
        struct logs_pattern_test test;
};

struct logs_pattern_row {
        struct slot slots[PATTERN_SLOTS];
        size_t count;
        size_t gap; /* its number; count: there is none */
        struct condition conditions[CONDITIONS_MAX];
        size_t condition_count;
        struct logs_pattern_code codes[PATTERN_SLOTS];
};

/* -- Reading */

static bool is_name(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '-';
}

static struct str take_name(struct logs_pattern_text *text)
{
        size_t len = 0;
        struct str name;

        while (len < text->rest.len && is_name(text->rest.ptr[len]))
                len++;
        name = str_part(text->rest, 0, len);
        text->rest = str_from(text->rest, len);
        return name;
}

static struct str name_of(const struct slot *slot)
{
        return (struct str){slot->name, slot->len};
}

static int find_slot(const struct logs_pattern_row *row, struct logs_pattern_text *text, struct str name,
                     size_t *ret)
{
        for (size_t i = 0; i < row->count; i++)
                if (row->slots[i].name && str_eq(name_of(&row->slots[i]), name)) {
                        *ret = i;
                        return 0;
                }
        return logs_pattern_refuse(text, "Unknown field in condition of filter pattern");
}

static int take_condition(void *arg, struct logs_pattern_text *text, size_t *ret)
{
        struct logs_pattern_row *row = arg;
        struct condition *condition = &row->conditions[row->condition_count];

        if (row->condition_count == CONDITIONS_MAX)
                return logs_pattern_refuse(text, "Too many conditions in filter pattern");
        TRY(find_slot(row, text, take_name(text), &condition->slot));
        *ret = row->condition_count++;
        return logs_pattern_take_test(text, ",]&|()", &condition->test);
}

static int name_slot(struct logs_pattern_row *row, struct logs_pattern_text *text, struct slot *slot,
                     struct str name)
{
        for (size_t i = 0; i + 1 < row->count; i++)
                if (row->slots[i].name && str_eq(name_of(&row->slots[i]), name))
                        return logs_pattern_refuse(text, "Two fields of one name in filter pattern");
        slot->name = malloc(name.len);
        if (!slot->name)
                return -ENOMEM;
        memcpy(slot->name, name.ptr, name.len);
        slot->len = name.len;
        return 0;
}

static int take_gap(struct logs_pattern_row *row, struct logs_pattern_text *text)
{
        if (row->gap != PATTERN_SLOTS)
                return logs_pattern_refuse(text, "More than one ... in filter pattern");
        row->gap = row->count - 1;
        row->slots[row->gap].is_gap = true;
        return 0;
}

static int take_slot(struct logs_pattern_row *row, struct logs_pattern_text *text)
{
        struct logs_pattern_text ahead;
        struct str name;

        if (row->count == PATTERN_SLOTS)
                return logs_pattern_refuse(text, "Too many fields in filter pattern");
        row->count++;
        logs_pattern_skip_blanks(text);
        if (logs_pattern_take(text, STR("...")))
                return take_gap(row, text);
        ahead = *text;
        while (logs_pattern_take(&ahead, STR("(")))
                logs_pattern_skip_blanks(&ahead);
        name = take_name(&ahead);
        if (name.len == 0)
                return 0;
        TRY(name_slot(row, text, &row->slots[row->count - 1], name));
        logs_pattern_skip_blanks(&ahead);
        if (str_starts(ahead.rest, STR(",")) || str_starts(ahead.rest, STR("]"))) {
                *text = ahead;
                return 0;
        }
        return logs_pattern_take_code(text, ",]", take_condition, row, &row->codes[row->count - 1]);
}

/* "[]" is any fields, none of which has a name. */
static int take_slots(struct logs_pattern_row *row, struct logs_pattern_text *text)
{
        logs_pattern_skip_blanks(text);
        if (logs_pattern_take(text, STR("]"))) {
                row->count = 1;
                return take_gap(row, text);
        }
        for (;;) {
                TRY(take_slot(row, text));
                logs_pattern_skip_blanks(text);
                if (logs_pattern_take(text, STR("]")))
                        return 0;
                if (!logs_pattern_take(text, STR(",")))
                        return logs_pattern_refuse(text, "Expected , or ] in filter pattern");
        }
}

int logs_pattern_row_compile(struct logs_pattern_text *text, struct logs_pattern_row **ret)
{
        struct logs_pattern_row *row = calloc(1, sizeof(*row));

        if (!row)
                return -ENOMEM;
        *ret = row;
        row->gap = PATTERN_SLOTS;
        text->rest = str_from(text->rest, 1);
        TRY(take_slots(row, text));
        if (text->regexes > 2)
                return logs_pattern_refuse(text, "Too many regular expressions in filter pattern");
        return 0;
}

bool logs_pattern_row_has(const struct logs_pattern_row *row, struct str name)
{
        struct str rest = str_from(name, 1);
        uint64_t number;

        if (!str_starts(name, STR("$")))
                return false;
        for (size_t i = 0; i < row->count; i++)
                if (row->slots[i].name && str_eq(name_of(&row->slots[i]), rest))
                        return true;
        return str_to_u64(rest, &number) == 0 && number > 0 && number <= FIELDS_MAX;
}

void logs_pattern_row_free(struct logs_pattern_row *row)
{
        if (!row)
                return;
        for (size_t i = 0; i < row->count; i++)
                free(row->slots[i].name);
        for (size_t i = 0; i < row->condition_count + 1 && i < CONDITIONS_MAX; i++)
                logs_pattern_test_done(&row->conditions[i].test);
        free(row);
}

/* -- The fields of a message */

struct fields {
        struct str values[FIELDS_MAX];
        size_t starts[FIELDS_MAX]; /* where each begins, with what stands around it */
        size_t count;
};

static bool is_blank(char c)
{
        return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Where what begins here is closed, in front of a blank or the end; 0: nowhere, which holds for all that
 * follows, so that nobody looks for it again. */
static size_t find_closing(struct str message, size_t at, char closing, bool *is_open)
{
        if (*is_open)
                return 0;
        for (size_t i = at + 1; i < message.len; i++)
                if (message.ptr[i] == closing && (i + 1 == message.len || is_blank(message.ptr[i + 1])))
                        return i;
        *is_open = true;
        return 0;
}

/* Where a field that begins here ends, with its quotes or brackets. */
static size_t end_of(struct str message, size_t at, bool *is_open, struct str *ret_value)
{
        size_t end = at, close = 0;

        if (message.ptr[at] == '[')
                close = find_closing(message, at, ']', &is_open[0]);
        else if (message.ptr[at] == '"')
                close = find_closing(message, at, '"', &is_open[1]);
        if (close) {
                *ret_value = str_part(message, at + 1, close - at - 1);
                return close + 1;
        }
        while (end < message.len && !is_blank(message.ptr[end]))
                end++;
        *ret_value = str_part(message, at, end - at);
        return end;
}

static void split(struct str message, struct fields *ret)
{
        bool is_open[2] = {};
        size_t at = 0;

        ret->count = 0;
        while (ret->count < FIELDS_MAX) {
                while (at < message.len && is_blank(message.ptr[at]))
                        at++;
                if (at == message.len)
                        return;
                ret->starts[ret->count] = at;
                at = end_of(message, at, is_open, &ret->values[ret->count]);
                ret->count++;
        }
}

/* The last of the named ones has all that is left: [w1=ERROR, w2] is any line that begins with ERROR. */
static void join_rest(struct str message, size_t slots, struct fields *fields)
{
        struct str rest;

        if (fields->count <= slots || slots == 0)
                return;
        rest = str_from(message, fields->starts[slots - 1]);
        while (rest.len && is_blank(rest.ptr[rest.len - 1]))
                rest.len--;
        fields->values[slots - 1] = rest;
        fields->count = slots;
}

/* How many fields the gap stands for; none when there is no gap. -ENOENT: the message has too few. */
static int align(const struct logs_pattern_row *row, struct str message, struct fields *fields,
                 size_t *ret_gap)
{
        bool has_gap = row->gap < row->count;
        size_t named = row->count - (has_gap ? 1 : 0);

        *ret_gap = 0;
        if (!has_gap)
                join_rest(message, row->count, fields);
        if (fields->count < named)
                return -ENOENT;
        if (has_gap)
                *ret_gap = fields->count - named;
        return 0;
}

static size_t place_of(const struct logs_pattern_row *row, size_t slot, size_t gap)
{
        return slot > row->gap ? slot - 1 + gap : slot;
}

/* -- Matching */

struct asked {
        const struct logs_pattern_row *row;
        const struct fields *fields;
        size_t gap;
};

static int holds(void *arg, size_t number)
{
        const struct asked *asked = arg;
        const struct condition *condition = &asked->row->conditions[number];
        struct str value = asked->fields->values[place_of(asked->row, condition->slot, asked->gap)];
        double as_number;

        if (str_to_double(value, &as_number) == 0)
                return logs_pattern_test_number(&condition->test, as_number, value);
        return logs_pattern_test_text(&condition->test, value);
}

int logs_pattern_row_match(const struct logs_pattern_row *row, struct str message)
{
        struct fields fields;
        struct asked asked = {.row = row, .fields = &fields};
        int answer = 1;

        split(message, &fields);
        if (align(row, message, &fields, &asked.gap) < 0)
                return 0;
        for (size_t i = 0; i < row->count; i++) {
                int r = row->codes[i].count ? logs_pattern_code_run(&row->codes[i], holds, &asked) : 1;

                if (r == 0)
                        return 0;
                if (r < 0)
                        answer = r;
        }
        return answer;
}

int logs_pattern_row_fields(const struct logs_pattern_row *row, struct str message, struct arena *arena,
                            struct logs_pattern_field **ret, size_t *ret_count)
{
        struct fields fields;
        size_t gap;

        split(message, &fields);
        if (align(row, message, &fields, &gap) < 0)
                return 0;
        *ret = arena_new_array(arena, struct logs_pattern_field, fields.count + 1);
        if (!*ret)
                return -ENOMEM;
        for (size_t i = 0; i < fields.count; i++)
                (*ret)[i] = (struct logs_pattern_field){.name = arena_printf(arena, "$%zu", i + 1),
                                                        .value = fields.values[i]};
        for (size_t i = 0; i < row->count; i++)
                if (row->slots[i].name)
                        (*ret)[place_of(row, i, gap)].name =
                                arena_printf(arena, "$%.*s", STR_ARG(name_of(&row->slots[i])));
        *ret_count = fields.count;
        return arena->failed ? -ENOMEM : 0;
}
