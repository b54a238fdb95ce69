#include "services/logs/pattern_inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct logs_pattern {
        struct logs_pattern_terms *terms; /* one of the three; none: everything matches */
        struct logs_pattern_json *json;
        struct logs_pattern_row *row;
        size_t regexes;
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

int logs_pattern_match(const struct logs_pattern *pattern, struct str message)
{
        if (pattern->json)
                return logs_pattern_json_match(pattern->json, message);
        if (pattern->row)
                return logs_pattern_row_match(pattern->row, message);
        return !pattern->terms || logs_pattern_terms_match(pattern->terms, message);
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

bool logs_pattern_is_structured(const struct logs_pattern *pattern)
{
        return pattern->json || pattern->row;
}
