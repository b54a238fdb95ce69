/* The events of a block, one after the other. */
#pragma once

#include "services/cloudtrail/history.h"
#include "services/squeeze.h"

struct history_block {
        struct unsqueezer unsqueezer;
        struct str account, region;
        struct str left;
};

/* The record has to stay. -EBADMSG. */
must_check int history_block_open(struct history_block *block,
                                  const struct cloudtrail_history_block_record *record);
/* The next of its events, newest first, that is what is asked; it points into the block, its lists into the
 * arena. -ENOENT: there is none. -EBADMSG: one cannot be read; it goes on with those behind it. */
must_check int history_block_next(struct history_block *block, struct arena *arena,
                                  enum history_attribute attribute, struct str value,
                                  struct cloudtrail_history_recent_record *ret);
/* An event that stays when the block is closed. */
must_check int history_block_take(struct arena *arena, const struct cloudtrail_history_recent_record *event,
                                  struct cloudtrail_history_recent_record *ret);
void history_block_done(struct history_block *block);
