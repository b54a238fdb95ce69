/* The clear bytes of a block: events of one stream, one behind the other, in order.
 *
 *   when it happened (8 bytes, big-endian), when it came (8), its sequence (8), length (4), message */
#pragma once

#include "base/buf.h"
#include "services/logs/place.h"

/* From its first event to its last; readers look so far back. Never to be made shorter. */
#define LOGS_BLOCK_SPAN_MS INT64_C(3600000)

struct logs_event {
        struct logs_place place;
        int64_t came_ms;
        struct str message; /* in the block */
};

void logs_block_add(struct buf *block, const struct logs_event *event);
/* Takes an event off the front. false: that was all. */
must_check int logs_block_next(struct str *block, struct logs_event *ret, bool *ret_is_there);
