/* Patterns of policies: text with wildcards and policy variables, classified when compiled so that the
 * common shapes match by one memcmp.
 *
 * Compiled text is the policy's text with wildcards replaced by bytes that never occur in UTF-8, so that a
 * literal asterisk (from ${*}, or from the value of a variable) is never taken for a wildcard. */
#pragma once

#include "base/arena.h"
#include "base/str.h"

struct policy_question;

enum pattern_flags {
        PATTERN_WILDCARDS = 1, /* '*' and '?' mean something */
        PATTERN_VARIABLES = 2, /* ${...} is replaced */
        PATTERN_LOWER = 4,     /* letters are lowered: actions */
        PATTERN_SEGMENTS = 8,  /* colons separate segments that some wildcards do not leave: resources */
};

enum pattern_shape {
        PATTERN_SHAPE_ANY, /* "*" */
        PATTERN_SHAPE_LITERAL,
        PATTERN_SHAPE_PREFIX, /* literal, then one '*' at the end */
        PATTERN_SHAPE_SUFFIX,
        PATTERN_SHAPE_GLOB,
        PATTERN_SHAPE_DYNAMIC, /* has variables: expanded for each request */
};

struct pattern_part {
        struct str text;     /* compiled text; used if there is no key */
        struct str key;      /* name of a context key */
        struct str fallback; /* ${key, 'fallback'}; absent if there is none */
};

struct pattern {
        enum pattern_shape shape;
        bool narrow;                /* has wildcards that stay within their segment */
        struct str text;            /* compiled; for PREFIX and SUFFIX without the wildcard */
        struct str source;          /* as written */
        struct pattern_part *parts; /* DYNAMIC only */
        size_t part_count;
};

/* Longest text that a pattern with variables may expand to; a longer one matches nothing. */
#define PATTERN_EXPANDED_MAX 8192

/* -ENOMEM when the arena is full. */
must_check int pattern_compile(struct arena *arena, struct str source, unsigned flags, struct pattern *ret);

/* Does the text match; variables take their values from the question (may be NULL if there are none). */
bool pattern_match(const struct pattern *pattern, struct str text, const struct policy_question *question);
/* Literal comparison without regard to the case of ASCII letters. */
bool pattern_equals_nocase(const struct pattern *pattern, struct str text,
                           const struct policy_question *question);
/* ARN against ARN, each of the six parts by itself. */
bool pattern_match_arn(const struct pattern *pattern, struct str text,
                       const struct policy_question *question);

/* Length of the variable at the start of text ("${name}", "${name, 'default'}"), or 0 if there is none. */
size_t variable_parse(struct str text, struct str *ret_name, struct str *ret_fallback);
