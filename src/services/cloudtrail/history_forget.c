/* What is too old to be shown makes room: now and then some of it, more than has come meanwhile. */
#include "services/cloudtrail/history.h"

#define BLOCKS_AT_ONCE  4
#define VOLUMES_AT_ONCE 2
#define ROWS_AT_ONCE    (2 * HISTORY_BLOCK_EVENTS)
#define BYTES_AT_ONCE   ((size_t)4 * 1024 * 1024) /* no more are read then: they take memory */

struct forgetting {
        struct txn *txn;
        struct arena *arena;
        struct damage *damage;
        struct cloudtrail_history_state_record *state;
        int64_t before;
};

/* What cannot be read goes in its time as everything does. */
static int drop_damaged(const struct forgetting *forgetting, struct record_scan *scan)
{
        history_tell(forgetting->damage, "a part of the history that is over", forgetting->state->account,
                     forgetting->state->region, history_place_of(scan, forgetting->arena));
        return record_scan_drop(scan);
}

/* Places the scan at what has an event before that, as `like` says it. Nearly always there is nothing. */
static int scan_old(const struct forgetting *forgetting, const struct record_type *type, const void *like,
                    struct record_scan *scan)
{
        struct str after;

        TRY(record_scan_token_at(forgetting->arena, type, like, 2, 3, &after));
        return record_scan_begin(scan, forgetting->txn, forgetting->arena, type, NULL, like, 2, after);
}

/* A block of no volume has its words beside it, and is counted. */
static int forget_words(const struct forgetting *forgetting,
                        const struct cloudtrail_history_block_record *block)
{
        struct cloudtrail_history_state_record *state = forgetting->state;
        struct cloudtrail_history_words_record words = {
                .account = block->account, .region = block->region, .oldest = block->oldest};
        int r = record_get(forgetting->txn, forgetting->arena, &cloudtrail_history_words_record_type, &words);

        if (r == -ENOENT || r == -EBADMSG) /* those are left out of the next volume */
                return 0;
        TRY(r);
        state->blocks = OPT_INT(state->blocks.value - 1);
        state->words = OPT_INT(state->words.value - (int64_t)(words.words.len / HISTORY_WORD_LEN));
        return record_delete(forgetting->txn, &cloudtrail_history_words_record_type, &words);
}

static int forget_blocks(const struct forgetting *forgetting)
{
        const struct record_type *type = &cloudtrail_history_block_record_type;
        const struct cloudtrail_history_block_record like = {.account = forgetting->state->account,
                                                             .region = forgetting->state->region,
                                                             .oldest = OPT_INT(forgetting->before)};
        _cleanup_(record_scan_end) struct record_scan scan = {};

        TRY(scan_old(forgetting, type, &like, &scan));
        for (size_t i = 0; i < BLOCKS_AT_ONCE; i++) {
                struct cloudtrail_history_block_record block = {};
                int r = record_scan_next(&scan, &block);

                if (r == -EBADMSG && scan.is_past_damage) {
                        TRY(drop_damaged(forgetting, &scan));
                        continue;
                }
                if (r < 0)
                        return r == -ENOENT ? 0 : r;
                if (block.newest.value < forgetting->before) /* not all of it is */
                        continue;
                TRY(forget_words(forgetting, &block));
                TRY(record_delete(forgetting->txn, type, &block));
        }
        return 0;
}

static int forget_shelves(const struct forgetting *forgetting,
                          const struct cloudtrail_history_volume_record *volume)
{
        for (int64_t shelf = 0; shelf < HISTORY_SHELVES; shelf++) {
                const struct cloudtrail_history_register_record row = {.account = forgetting->state->account,
                                                                       .region = forgetting->state->region,
                                                                       .shelf = OPT_INT(shelf),
                                                                       .oldest = volume->oldest};
                int r = record_delete(forgetting->txn, &cloudtrail_history_register_record_type, &row);

                if (r < 0 && r != -ENOENT)
                        return r;
        }
        return 0;
}

static int forget_volumes(const struct forgetting *forgetting)
{
        const struct record_type *type = &cloudtrail_history_volume_record_type;
        const struct cloudtrail_history_volume_record like = {.account = forgetting->state->account,
                                                              .region = forgetting->state->region,
                                                              .oldest = OPT_INT(forgetting->before)};
        _cleanup_(record_scan_end) struct record_scan scan = {};

        TRY(scan_old(forgetting, type, &like, &scan));
        for (size_t i = 0; i < VOLUMES_AT_ONCE; i++) {
                struct cloudtrail_history_volume_record volume = {};
                int r = record_scan_next(&scan, &volume);

                if (r == -EBADMSG && scan.is_past_damage) {
                        volume.oldest = OPT_INT(history_place_of(&scan, forgetting->arena));
                        TRY(forget_shelves(forgetting, &volume));
                        TRY(drop_damaged(forgetting, &scan));
                        continue;
                }
                if (r < 0)
                        return r == -ENOENT ? 0 : r;
                if (volume.newest.value < forgetting->before)
                        continue;
                TRY(forget_shelves(forgetting, &volume));
                TRY(record_delete(forgetting->txn, type, &volume));
        }
        return 0;
}

/* Rows that came too late for a block. */
static int forget_rows(const struct forgetting *forgetting)
{
        const struct record_type *type = &cloudtrail_history_recent_record_type;
        const struct cloudtrail_history_recent_record like = {
                .account = forgetting->state->account,
                .region = forgetting->state->region,
                .newest_first = OPT_INT(forgetting->before),
        };
        _cleanup_(record_scan_end) struct record_scan scan = {};
        size_t bytes = 0;

        TRY(scan_old(forgetting, type, &like, &scan));
        for (size_t i = 0; i < ROWS_AT_ONCE && bytes < BYTES_AT_ONCE; i++) {
                struct cloudtrail_history_recent_record row = {};
                int r = record_scan_next(&scan, &row);

                if (r == -EBADMSG && scan.is_past_damage) {
                        TRY(drop_damaged(forgetting, &scan));
                        continue;
                }
                if (r < 0)
                        return r == -ENOENT ? 0 : r;
                bytes += row.json.len;
                TRY(record_delete(forgetting->txn, type, &row));
                if (!forgetting->state->border.is_set ||
                    row.newest_first.value < forgetting->state->border.value)
                        forgetting->state->recent.value--;
        }
        return 0;
}

int history_forget(struct txn *txn, struct arena *arena, struct damage *damage,
                   struct cloudtrail_history_state_record *state, int64_t before)
{
        const struct forgetting forgetting = {txn, arena, damage, state, before};

        TRY(forget_blocks(&forgetting));
        TRY(forget_volumes(&forgetting));
        return forget_rows(&forgetting);
}
