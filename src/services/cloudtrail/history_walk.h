/* The events of the history that are asked for, newest first, wherever they are kept. */
#pragma once

#include "services/cloudtrail/history_block.h"

struct history_question {
        struct str account, region;
        enum history_attribute attribute;
        struct str value;
        int64_t from, until; /* newest_first of the newest and the oldest that are asked for */
        struct str after_id; /* of the event at `from` itself; that one is not asked for. Absent: all are */
};

bool history_is_asked(const struct history_question *question,
                      const struct cloudtrail_history_recent_record *event);

enum history_place { HISTORY_RECENT, HISTORY_EARLY, HISTORY_PACKED, HISTORY_PLACES };

/* The next event of one place. */
struct history_head {
        struct cloudtrail_history_recent_record event;
        bool is_there, has_ended;
        bool is_pause; /* so much has been looked at: the event says only where it goes on */
};

/* Which blocks may have what is asked, newest first. */
struct history_blocks {
        struct record_scan scan;
        enum { BLOCKS_ALL, BLOCKS_OPEN, BLOCKS_VOLUMES } stage;
        char word[HISTORY_WORD_LEN];
        int64_t shelf;
        struct cloudtrail_history_volume_record volume;
        struct str hits; /* of the volume, that are left */
        bool is_begun;
};

struct history_walk {
        struct txn *txn;
        struct arena *arena;
        struct damage *damage; /* told of what cannot be read and is passed over; may be NULL */
        const struct history_question *question;
        struct record_scan recent, early;
        struct history_blocks blocks;
        struct history_block block;
        bool is_block_open;
        int64_t block_oldest;
        int64_t packed_from; /* what is newer has been looked at, of what is in blocks */
        struct history_head heads[HISTORY_PLACES];
        size_t looked[HISTORY_PLACES];
};

/* What looking at a block costs, in rows; and how many rows of one place one walk may look at. */
#define HISTORY_BLOCK_COST 50
#define HISTORY_LOOK_MOST  25000

/* The question has to stay. */
must_check int history_walk_begin(struct history_walk *walk, struct txn *txn, struct arena *arena,
                                  struct damage *damage, const struct history_question *question);
/* -ENOENT: that was all. -EAGAIN: a walk whose question is `from` *ret's newest_first finds the rest; this
 * one has looked at enough. */
must_check int history_walk_next(struct history_walk *walk, struct cloudtrail_history_recent_record *ret);
void history_walk_end(struct history_walk *walk);

/* The walk's own. Of what cannot be read the position is told; up to there it is lost. */
void history_walk_tell(struct history_walk *walk, const char *what, int64_t newest_first);
/* The next row of a scan that can be read. -EBADMSG: what is behind it cannot be found either. */
must_check int history_walk_row(struct history_walk *walk, struct record_scan *scan, const char *what,
                                void *record, size_t size);
/* -ENOENT; or -EAGAIN, it would go on at packed_from. */
must_check int history_blocks_next(struct history_walk *walk, struct cloudtrail_history_block_record *ret);
