#include "services/logs/pattern_inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define REGEX_TIME_NS INT64_C(2000000000)
#define REGEX_EACH_NS INT64_C(250000000)

struct logs_pattern {
        struct logs_pattern_terms *terms; /* one of the three; none: everything matches */
        struct logs_pattern_json *json;
        struct logs_pattern_row *row;
        size_t regexes;
        struct regex_budget budget;
};

int logs_pattern_refuse(struct logs_pattern_text *text, const char *format, ...)
{
        va_list args;

        va_start(args, format);
        (void)vsnprintf(text->why, PATTERN_WHY_MAX, format, args);
        va_end(args);
        return -EINVAL;
}

static bool is_blank(char c)
{
        return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

void logs_pattern_skip_blanks(struct logs_pattern_text *text)
{
        while (text->rest.len && is_blank(text->rest.ptr[0]))
                text->rest = str_from(text->rest, 1);
}

bool logs_pattern_take(struct logs_pattern_text *text, struct str token)
{
        if (!str_starts(text->rest, token))
                return false;
        text->rest = str_from(text->rest, token.len);
        return true;
}

int logs_pattern_take_quoted(struct logs_pattern_text *text, char **ret, size_t *ret_len)
{
        char *copy = malloc(text->rest.len + 1);
        size_t len = 0, at = 1;

        if (!copy)
                return -ENOMEM;
        while (at < text->rest.len && text->rest.ptr[at] != '"') {
                if (text->rest.ptr[at] == '\\' && at + 1 < text->rest.len &&
                    (text->rest.ptr[at + 1] == '"' || text->rest.ptr[at + 1] == '\\'))
                        at++;
                copy[len++] = text->rest.ptr[at++];
        }
        if (at >= text->rest.len) {
                free(copy);
                return logs_pattern_refuse(text, "Unclosed quotation mark in filter pattern");
        }
        text->rest = str_from(text->rest, at + 1);
        *ret = copy;
        *ret_len = len;
        return 0;
}

/* -- What it is is told by how it begins */

static int compile(struct logs_pattern_text *text, struct logs_pattern *pattern)
{
        logs_pattern_skip_blanks(text);
        if (text->rest.len == 0)
                return 0;
        switch (text->rest.ptr[0]) {
        case '{':
                return logs_pattern_json_compile(text, &pattern->json);
        case '[':
                return logs_pattern_row_compile(text, &pattern->row);
        default:
                return logs_pattern_terms_compile(text, &pattern->terms);
        }
}

int logs_pattern_compile(struct str text, struct logs_pattern **ret, char ret_why[PATTERN_WHY_MAX])
{
        struct logs_pattern_text reading = {.rest = text, .why = ret_why};
        struct logs_pattern *pattern = calloc(1, sizeof(*pattern));
        int r;

        ret_why[0] = '\0';
        if (!pattern)
                return -ENOMEM;
        pattern->budget = (struct regex_budget){.left_ns = REGEX_TIME_NS, .each_ns = REGEX_EACH_NS};
        reading.budget = &pattern->budget;
        r = text.len > PATTERN_MAX ? logs_pattern_refuse(&reading, "Filter pattern is too long")
                                   : compile(&reading, pattern);
        logs_pattern_skip_blanks(&reading);
        if (r == 0 && reading.rest.len)
                r = logs_pattern_refuse(&reading, "Text behind the end of the filter pattern");
        if (r < 0) {
                logs_pattern_free(pattern);
                return r;
        }
        pattern->regexes = reading.regexes;
        *ret = pattern;
        return 0;
}

void logs_pattern_free(struct logs_pattern *pattern)
{
        if (!pattern)
                return;
        logs_pattern_terms_free(pattern->terms);
        logs_pattern_json_free(pattern->json);
        logs_pattern_row_free(pattern->row);
        free(pattern);
}

struct regex_budget *logs_pattern_budget(struct logs_pattern *pattern)
{
        return &pattern->budget;
}

int logs_pattern_match_message(struct logs_pattern *pattern, struct logs_pattern_message *message)
{
        regex_budget_next(&pattern->budget);
        if (pattern->json)
                return logs_pattern_json_match(pattern->json, logs_pattern_message_json(message));
        if (pattern->row)
                return logs_pattern_row_match(pattern->row, message->text);
        return pattern->terms ? logs_pattern_terms_match(pattern->terms, message->text) : 1;
}

int logs_pattern_match(struct logs_pattern *pattern, struct str text)
{
        struct logs_pattern_message message = {.text = text};
        int r = logs_pattern_match_message(pattern, &message);

        logs_pattern_message_done(&message);
        return r;
}

int logs_pattern_fields(const struct logs_pattern *pattern, struct str message, struct arena *arena,
                        struct logs_pattern_field **ret, size_t *ret_count)
{
        *ret = NULL;
        *ret_count = 0;
        return pattern->row ? logs_pattern_row_fields(pattern->row, message, arena, ret, ret_count) : 0;
}

size_t logs_pattern_regex_count(const struct logs_pattern *pattern)
{
        return pattern->regexes;
}

/* -- What metrics take from messages */

struct logs_pattern_source {
        struct logs_pattern_selector selector; /* of JSON; else it is a field, by its name with the $ */
        const struct logs_pattern_row *row;
        char *name;
        size_t len;
};

static int read_selector(struct logs_pattern_text *text, struct logs_pattern_source *source)
{
        TRY(logs_pattern_take_selector(text, &source->selector));
        return text->rest.len || source->selector.wildcards
                       ? logs_pattern_refuse(text, "Not a selector of one property")
                       : 0;
}

static int read_field(const struct logs_pattern *pattern, struct logs_pattern_text *text,
                      struct logs_pattern_source *source)
{
        if (!pattern->row || !logs_pattern_row_has(pattern->row, text->rest))
                return logs_pattern_refuse(text, "Not a field of the filter pattern");
        source->row = pattern->row;
        source->len = text->rest.len;
        source->name = malloc(text->rest.len);
        if (!source->name)
                return -ENOMEM;
        memcpy(source->name, text->rest.ptr, text->rest.len);
        return 0;
}

int logs_pattern_source_new(const struct logs_pattern *pattern, struct str text,
                            struct logs_pattern_source **ret, char ret_why[PATTERN_WHY_MAX])
{
        struct logs_pattern_text reading = {.rest = text, .why = ret_why};
        struct logs_pattern_source *source = calloc(1, sizeof(*source));
        int r;

        if (!source)
                return -ENOMEM;
        r = pattern->json ? read_selector(&reading, source) : read_field(pattern, &reading, source);
        if (r < 0)
                logs_pattern_source_free(source);
        else
                *ret = source;
        return r;
}

void logs_pattern_source_free(struct logs_pattern_source *source)
{
        if (!source)
                return;
        logs_pattern_selector_done(&source->selector);
        free(source->name);
        free(source);
}

static int read_row(const struct logs_pattern_source *source, struct str message, struct arena *arena,
                    struct str *ret)
{
        struct logs_pattern_field *fields;
        size_t count;

        TRY(logs_pattern_row_fields(source->row, message, arena, &fields, &count));
        for (size_t i = 0; i < count; i++)
                if (str_eq(fields[i].name, str_make(source->name, source->len)))
                        *ret = fields[i].value;
        return 0;
}

struct reading {
        struct arena *arena;
        struct str *ret;
};

static int read_value(const void *arg, const json_t *value)
{
        const struct reading *reading = arg;

        if (json_is_string(value))
                *reading->ret =
                        arena_dup_bytes(reading->arena, json_string_value(value), json_string_length(value));
        else if (json_is_integer(value))
                *reading->ret = arena_printf(reading->arena, "%lld", (long long)json_integer_value(value));
        else if (json_is_real(value))
                *reading->ret = arena_printf(reading->arena, "%.17g", json_real_value(value));
        else if (json_is_boolean(value))
                *reading->ret = json_is_true(value) ? STR("true") : STR("false");
        return 1;
}

int logs_pattern_source_read(const struct logs_pattern_source *source, struct logs_pattern_message *message,
                             struct arena *arena, struct str *ret)
{
        const struct reading reading = {arena, ret};
        int r;

        *ret = STR_NONE;
        if (source->row)
                return read_row(source, message->text, arena, ret);
        r = logs_pattern_any(&source->selector, logs_pattern_message_json(message), read_value, &reading);
        TRY(r);
        return arena->failed ? -ENOMEM : 0;
}

bool logs_pattern_is_structured(const struct logs_pattern *pattern)
{
        return pattern->json || pattern->row;
}
