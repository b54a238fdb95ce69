/* AWS's patterns are written for Java's java.util.regex. Internal to pattern.c. */
#pragma once

#include "base/buf.h"

/* Rewrites what PCRE2 spells differently: \uXXXX (surrogate pairs are one character), and the POSIX classes
 * \p{ASCII}, \p{Print}, \p{Alnum}, ... a hyphen behind a class, counts
 * beyond 65535. Everything else is the same in both. */
void pattern_from_java(struct buf *out, struct str pattern);
