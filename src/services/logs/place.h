/* Where an event stands in its group: by when it happened, and among those of one time by when it came. */
#pragma once

#include "base/arena.h"

struct logs_place {
        int64_t ms;       /* of the event */
        int64_t sequence; /* in the group, never given twice; from 1 */
};

#define LOGS_FIRST_PLACE ((struct logs_place){INT64_MIN, INT64_MIN})
#define LOGS_LAST_PLACE  ((struct logs_place){INT64_MAX, INT64_MAX})

static inline int logs_place_compare(struct logs_place a, struct logs_place b)
{
        if (a.ms != b.ms)
                return a.ms < b.ms ? -1 : 1;
        return a.sequence == b.sequence ? 0 : a.sequence < b.sequence ? -1 : 1;
}

/* 56 digits, in the order of places. */
struct str logs_event_id(struct arena *arena, struct logs_place place);
/* Of what logs_event_id() gave; -EINVAL. */
must_check int logs_event_place(struct str id, struct logs_place *ret);
/* Of an upload; nobody asks for it any more. */
struct str logs_sequence_token(struct arena *arena, int64_t sequence);
