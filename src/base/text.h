/* Forms of bytes as text: hexadecimal, base32, base64, percent-encoding, UTF-8. */
#pragma once

#include "arena.h"
#include "buf.h"

void hex_write(char *out, const void *bytes, size_t len); /* 2 * len lower-case digits, no NUL */
struct str hex_encode(struct arena *arena, struct str bytes);
must_check int hex_decode(struct str text, void *out, size_t len); /* exactly 2 * len digits, else -EINVAL */

/* RFC 4648, of whole groups: len is a multiple of 5, and len / 5 * 8 characters are written, no NUL. */
void base32_write(char *out, const void *bytes, size_t len);

/* Standard alphabet with padding; decoding is strict (no blanks, right padding): -EINVAL. */
struct str base64_encode(struct arena *arena, struct str bytes);
must_check int base64_decode(struct arena *arena, struct str text, struct str *ret_bytes);
void base64_append(struct buf *buf, struct str bytes);
/* URL-safe alphabet without padding. */
struct str base64url_encode(struct arena *arena, struct str bytes);
must_check int base64url_decode(struct arena *arena, struct str text, struct str *ret_bytes);

/* RFC 3986: all but A-Za-z0-9-._~ become %XX with capital digits; '/' stays if keep_slash. */
void percent_encode(struct buf *buf, struct str s, bool keep_slash);
/* A '%' without two hexadecimal digits: -EINVAL. plus_is_space for application/x-www-form-urlencoded. */
must_check int percent_decode(struct arena *arena, struct str s, bool plus_is_space, struct str *ret);

/* True for well-formed UTF-8 (no surrogates, nothing overlong, at most U+10FFFF). */
bool utf8_is_valid(struct str s);
/* Characters as AWS counts them: Unicode code points. Only for valid UTF-8. */
size_t utf8_length(struct str s);
/* Takes one code point off the front of a non-empty string; -EINVAL for malformed bytes. */
must_check int utf8_next(struct str *s, uint32_t *ret_code_point);
void utf8_append(struct buf *buf, uint32_t code_point);
