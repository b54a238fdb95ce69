/* Bytes that are kept for long, in little room: Zstandard, RFC 8878, one frame with its size. */
#pragma once

#include "base/buf.h"

must_check int squeeze(struct str bytes, struct buf *out); /* appends; -ENOMEM, -EMSGSIZE */

/* Opens one after the other in memory that it keeps: what is given stays until the next, or the end. All zero
 * at first. */
struct unsqueezer {
        void *context;
        char *room;
        size_t size;
};
/* most: bytes that may come out. -EBADMSG: it is no such frame, or a longer one. */
must_check int unsqueeze(struct unsqueezer *unsqueezer, struct str squeezed, size_t most, struct str *ret);
void unsqueezer_done(struct unsqueezer *unsqueezer);
