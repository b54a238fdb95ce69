/* What the files of patterns share. */
#pragma once

#include <jansson.h>

#include "services/logs/pattern.h"
#include "wire/regex.h"

/* -- Reading a pattern from left to right */

struct logs_pattern_text {
        struct str rest;
        char *why; /* PATTERN_WHY_MAX */
        size_t regexes;
        struct regex_budget *budget; /* of all of them */
};
must_check int logs_pattern_refuse(struct logs_pattern_text *text, const char *format, ...) _printf_(2, 3);
void logs_pattern_skip_blanks(struct logs_pattern_text *text);
bool logs_pattern_take(struct logs_pattern_text *text, struct str token);
/* "...", the quotes and their escapes taken off; the caller frees it. */
must_check int logs_pattern_take_quoted(struct logs_pattern_text *text, char **ret, size_t *ret_len);

/* -- Regular expressions between percent signs */

must_check int logs_pattern_take_regex(struct logs_pattern_text *text, struct regex **ret);

/* -- A comparison with a value */

enum logs_pattern_operator {
        PATTERN_EQUAL,
        PATTERN_UNEQUAL,
        PATTERN_LESS,
        PATTERN_AT_MOST,
        PATTERN_MORE,
        PATTERN_AT_LEAST
};

struct logs_pattern_test {
        enum logs_pattern_operator operator;
        char *text; /* without the stars at its ends */
        size_t len;
        bool open_start, open_end; /* there was a star */
        bool is_number;
        double number;
        struct regex *regex; /* in place of all these; NULL: none */
};
/* "= 4*": the operator and the value. Values without quotes end before any of `ends`, or a blank. */
must_check int logs_pattern_take_test(struct logs_pattern_text *text, const char *ends,
                                      struct logs_pattern_test *ret);
void logs_pattern_test_done(struct logs_pattern_test *test);
/* As all that asks here: 1, 0, or why it was not decided (wire/regex.h). */
must_check int logs_pattern_test_text(const struct logs_pattern_test *test, struct str value);
must_check int logs_pattern_test_number(const struct logs_pattern_test *test, double value,
                                        struct str as_text);

/* -- Conditions joined by && and ||, with parentheses: in the order in which a stack works them off */

#define PATTERN_CODE_MAX 512
#define PATTERN_DEEP     64

enum logs_pattern_word { PATTERN_CONDITION, PATTERN_AND, PATTERN_OR };
struct logs_pattern_code {
        struct {
                uint16_t word; /* enum logs_pattern_word */
                uint16_t condition;
        } steps[PATTERN_CODE_MAX];
        size_t count;
};
/* Reads up to one of `ends`, which stays; take_condition() reads one and gives its number. */
must_check int logs_pattern_take_code(struct logs_pattern_text *text, const char *ends,
                                      int (*take_condition)(void *arg, struct logs_pattern_text *text,
                                                            size_t *ret),
                                      void *arg, struct logs_pattern_code *ret);
/* What was not decided may not matter: beside what is false for &&, and what is true for ||. */
must_check int logs_pattern_code_run(const struct logs_pattern_code *code,
                                     int (*holds)(void *arg, size_t condition), void *arg);

/* -- Properties of JSON */

struct step;
struct logs_pattern_selector {
        struct step *steps;
        size_t count, wildcards; /* at most one */
};
must_check int logs_pattern_take_selector(struct logs_pattern_text *text, struct logs_pattern_selector *ret);
void logs_pattern_selector_done(struct logs_pattern_selector *selector);
/* Does it hold for the value that is there, or for one of those that a wildcard means? */
must_check int logs_pattern_any(const struct logs_pattern_selector *selector, const json_t *root,
                                int (*holds)(const void *arg, const json_t *value), const void *arg);

/* -- The three kinds */

struct logs_pattern_terms;
must_check int logs_pattern_terms_compile(struct logs_pattern_text *text, struct logs_pattern_terms **ret);
must_check int logs_pattern_terms_match(const struct logs_pattern_terms *terms, struct str message);
void logs_pattern_terms_free(struct logs_pattern_terms *terms);

struct logs_pattern_json;
must_check int logs_pattern_json_compile(struct logs_pattern_text *text, struct logs_pattern_json **ret);
/* root: NULL, of a message that is no object. */
must_check int logs_pattern_json_match(const struct logs_pattern_json *json, const json_t *root);
void logs_pattern_json_free(struct logs_pattern_json *json);

struct logs_pattern_row;
must_check int logs_pattern_row_compile(struct logs_pattern_text *text, struct logs_pattern_row **ret);
must_check int logs_pattern_row_match(const struct logs_pattern_row *row, struct str message);
must_check int logs_pattern_row_fields(const struct logs_pattern_row *row, struct str message,
                                       struct arena *arena, struct logs_pattern_field **ret,
                                       size_t *ret_count);
/* Of a name with its $: "$status", or "$4" of any that may have no name. */
bool logs_pattern_row_has(const struct logs_pattern_row *row, struct str name);
void logs_pattern_row_free(struct logs_pattern_row *row);
