/* Regular expressions whose work is bounded: what takes more does not match. A compiled one is for one thread
 * at a time. */
#pragma once

#include "base/str.h"

struct regex;

/* The notation is PCRE2's, without captures; a point is any byte. -EINVAL: it is none. */
must_check int regex_compile(struct str text, struct regex **ret);
/* Anywhere in the subject. */
bool regex_match(const struct regex *regex, struct str subject);
void regex_free(struct regex *regex); /* NULL is fine */
