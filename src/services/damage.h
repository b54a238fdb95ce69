/* What is stored and cannot be read again: it is passed over, so that it hides nothing else; counted; and
 * told in the log, so that somebody looks after it. Thread-safe. */
#pragma once

#include "base/str.h"

#include <stdatomic.h>

struct damage {
        _Atomic uint64_t met; /* every time */
        _Atomic int64_t told_ns;
};

/* A line in the log, but not more than one a second: what it leaves out is counted, and found by a scrub.
 * time_ms: of when what is lost came, or the last of it. NULL: nobody wants to know. */
void damage_tell(struct damage *damage, const char *what, struct str account, struct str region,
                 int64_t time_ms);
