/* From JSON to a compiled policy. */
#pragma once

#include "policy/model.h"

#include <jansson.h>

/* Bounds of any one document, far above every limit of AWS, so that none can exhaust us. */
#define POLICY_DOCUMENT_MAX   (256 * 1024)
#define POLICY_STATEMENTS_MAX 4096
#define POLICY_ARENA_FACTOR   96

struct grammar {
        struct policy *policy;
        char *problem; /* POLICY_PROBLEM_MAX bytes */
};

#define SYNTAX_ERRORS "Syntax errors in policy."

/* Records AWS's text and gives -EINVAL. */
int grammar_fail(struct grammar *grammar, const char *format, ...) _printf_(2, 3);

static inline struct str json_text(const json_t *string)
{
        return str_make(json_string_value(string), json_string_length(string));
}

/* A value that may stand alone or in a list. */
static inline size_t json_items(const json_t *value)
{
        return json_is_array(value) ? json_array_size(value) : 1;
}

static inline json_t *json_item(json_t *value, size_t i)
{
        return json_is_array(value) ? json_array_get(value, i) : value;
}

must_check int grammar_statement(struct grammar *grammar, json_t *json, struct statement *ret);
must_check int grammar_actions(struct grammar *grammar, json_t *value, struct statement *ret);
must_check int grammar_resources(struct grammar *grammar, json_t *value, struct statement *ret);
must_check int grammar_principals(struct grammar *grammar, json_t *value, struct statement *ret);
must_check int grammar_conditions(struct grammar *grammar, json_t *value, struct statement *ret);
