/* Filter patterns: what metric filters, FilterLogEvents and subscriptions look for in a message. Compiled
 * once, asked many times, by one thread at a time; no I/O, memory and work bounded by the pattern and the
 * message. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 *
 *   ERROR -"not found"          terms of unstructured text; also ?either ?or, and %regex%
 *   { $.a.b[0] = "x*" && ... }  properties of JSON
 *   [ip, ..., status=4*, size]  fields with blanks between them */
#pragma once

#include "base/arena.h"

#define PATTERN_MAX     1024
#define PATTERN_WHY_MAX 128
#define PATTERN_SLOTS   128 /* fields that a pattern names */

struct logs_pattern;
struct regex_budget;

/* -EINVAL: it is none; ret_why says what is wrong. What it keeps is its own. */
must_check int logs_pattern_compile(struct str text, struct logs_pattern **ret,
                                    char ret_why[PATTERN_WHY_MAX]);
void logs_pattern_free(struct logs_pattern *pattern); /* NULL is fine */
static inline void logs_pattern_freep(struct logs_pattern **pattern)
{
        logs_pattern_free(*pattern);
}

/* Of its regular expressions, for all messages together, and for one of them: a quarter of a second of two.
 * Who asks it about others may set it anew. */
struct regex_budget *logs_pattern_budget(struct logs_pattern *pattern);

/* 1: it matches; 0: it does not. Not decided: -E2BIG, this message takes a regular expression too long;
 * -ETIME, there is no time left for any. */
must_check int logs_pattern_match(struct logs_pattern *pattern, struct str message);

/* The same of a message that many patterns are asked for: {.text = ...}. */
struct json_t;
struct logs_pattern_message {
        struct str text;
        struct json_t *root; /* once it was read as JSON; NULL: it is no object */
        bool is_read;
};
must_check int logs_pattern_match_message(struct logs_pattern *pattern, struct logs_pattern_message *message);
const struct json_t *logs_pattern_message_json(struct logs_pattern_message *message);
void logs_pattern_message_done(struct logs_pattern_message *message);

/* What a metric takes from a message: "$.latency" of JSON, "$size" of fields. */
struct logs_pattern_source;
/* -EINVAL: it is none, or of another kind than the pattern is; ret_why says so. */
must_check int logs_pattern_source_new(const struct logs_pattern *pattern, struct str text,
                                       struct logs_pattern_source **ret, char ret_why[PATTERN_WHY_MAX]);
void logs_pattern_source_free(struct logs_pattern_source *source); /* NULL is fine */
/* Of a message that the pattern matches; absent: it has no such value. */
must_check int logs_pattern_source_read(const struct logs_pattern_source *source,
                                        struct logs_pattern_message *message, struct arena *arena,
                                        struct str *ret);

/* Fields of a message that a pattern of fields matches, by the names that metrics use: "$status_code", or
 * "$4" of one that has none. Of other patterns none. */
struct logs_pattern_field {
        struct str name, value; /* the value points into the message */
};
must_check int logs_pattern_fields(const struct logs_pattern *pattern, struct str message,
                                   struct arena *arena, struct logs_pattern_field **ret, size_t *ret_count);

/* The quotas speak of them. */
size_t logs_pattern_regex_count(const struct logs_pattern *pattern);
/* Has it fields, or properties, which dimensions may name? */
bool logs_pattern_is_structured(const struct logs_pattern *pattern);
