/* Threads that may wait for a disk, so that those of the connections need not. As many are started as wait at
 * once, up to a maximum. Inside this folder. */
#pragma once

#include "base/str.h"

struct crew;

struct crew_job {
        bool (*run)(struct crew_job *job); /* true: it waits for another turn; else it may be gone */
        struct crew_job *next;             /* the crew's own */
};

must_check int crew_start(unsigned int most, struct crew **ret);
void crew_add(struct crew *crew, struct crew_job *job); /* always taken; not while it waits already */
void crew_stop(struct crew *crew);                      /* does what waits first; NULL is fine */
