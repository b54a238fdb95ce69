/* Wildcard matching in time proportional to pattern times text, never worse. */
#pragma once

#include "base/str.h"

/* Wildcards of compiled patterns: bytes that never occur in UTF-8. The narrow ones do not match a colon. */
enum glob_byte {
        GLOB_MANY = 0xF8,
        GLOB_ONE = 0xF9,
        GLOB_MANY_NARROW = 0xFA,
        GLOB_ONE_NARROW = 0xFB,
        GLOB_FIRST = GLOB_MANY,
};

/* GLOB_MANY and GLOB_ONE only. */
bool glob_match(struct str pattern, struct str text);
/* All four; slower. */
bool glob_match_narrow(struct str pattern, struct str text);
