/* Reading JSON (RFC 8259) piece by piece, straight into structs. Internal to the codecs.
 *
 * A library's tree of the whole text would take up to eighty times the text's size from the heap
 * ("{},{},{}...") before the first look at it; this takes nothing but the strings with escapes, from the
 * arena, and skips what no shape asks for. */
#pragma once

#include "base/arena.h"

enum json_kind {
        JSON_IS_NOTHING, /* end of the text, or no JSON value */
        JSON_IS_OBJECT,
        JSON_IS_ARRAY,
        JSON_IS_STRING,
        JSON_IS_NUMBER,
        JSON_IS_TRUE,
        JSON_IS_FALSE,
        JSON_IS_NULL,
};

/* The text is valid UTF-8, checked by the caller. All functions give -EINVAL for a syntax error, -ENOMEM, or
 * -E2BIG for brackets nested deeper than WIRE_MAX_DEPTH. */
struct json_read {
        const char *at, *end;
        struct arena *arena;
        unsigned int depth;
};

enum json_kind json_read_peek(struct json_read *read);

/* Without escapes it stays in the text; with them it is built in the arena. */
must_check int json_read_string(struct json_read *read, struct str *ret);
must_check int json_read_number(struct json_read *read, struct str *ret); /* its text, of the right grammar */
must_check int json_read_word(struct json_read *read);                    /* true, false, null */

/* '{' or '['. */
must_check int json_read_open(struct json_read *read);
/* 1: another element follows; 0: the closing bracket was there and is taken. *is_first starts as true. */
must_check int json_read_next(struct json_read *read, char closing, bool *is_first);
must_check int json_read_key(struct json_read *read, struct str *ret); /* and its colon */

/* Any value; *ret (may be NULL) is its text. */
must_check int json_read_skip(struct json_read *read, struct str *ret);
must_check int json_read_end(struct json_read *read); /* nothing but blanks is left */
