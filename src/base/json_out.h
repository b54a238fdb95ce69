/* Writing JSON into a buffer: the few lines that a library would only make slower.
 * Reading JSON is jansson's work. Invalid UTF-8 is written as U+FFFD. */
#pragma once

#include "buf.h"

void json_add_string(struct buf *buf, struct str s); /* with quotes; an absent string is written as null */

/* An object or array under construction: commas and colons are placed by these.
 *         struct json_out out = {.buf = &buf};
 *         json_open(&out, '{');  json_key(&out, STR("a"));  json_str(&out, value);  json_close(&out, '}'); */
struct json_out {
        struct buf *buf;
        bool need_comma;
};

void json_open(struct json_out *out, char bracket);
void json_close(struct json_out *out, char bracket);
void json_key(struct json_out *out, struct str key);
void json_str(struct json_out *out, struct str value);
void json_int(struct json_out *out, int64_t value);
void json_bool(struct json_out *out, bool value);
void json_nil(struct json_out *out);                  /* null; the library for reading has the better name */
void json_raw(struct json_out *out, struct str json); /* a finished JSON value */

/* Key and value in one; the _opt form writes nothing for an absent string. */
void json_pair(struct json_out *out, struct str key, struct str value);
void json_pair_opt(struct json_out *out, struct str key, struct str value);
