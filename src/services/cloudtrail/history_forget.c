/* What is too old to be shown makes room: some of it whenever a block is made, more than that brings. */
#include "services/cloudtrail/history.h"

#define BLOCKS_AT_ONCE 4
#define ROWS_AT_ONCE   (2 * HISTORY_BLOCK_EVENTS)

struct forgetting {
        struct txn *txn;
        struct arena *arena;
        struct cloudtrail_history_state_record *state;
        int64_t before;
};

/* 0, and *ret is the last; 1: there is none. */
static int last_of(const struct forgetting *forgetting, const struct record_type *type, const void *like,
                   void *ret)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        int r;

        TRY(record_scan_begin_down(&scan, forgetting->txn, forgetting->arena, type, NULL, like, 2, STR_NONE));
        r = record_scan_next(&scan, ret);
        return r == -ENOENT ? 1 : r;
}

/* A block of no volume has its words beside it, and is counted. */
static int forget_words(const struct forgetting *forgetting,
                        const struct cloudtrail_history_block_record *block)
{
        struct cloudtrail_history_state_record *state = forgetting->state;
        struct cloudtrail_history_words_record words = {
                .account = block->account, .region = block->region, .oldest = block->oldest};
        int r = record_get(forgetting->txn, forgetting->arena, &cloudtrail_history_words_record_type, &words);

        if (r == -ENOENT)
                return 0;
        TRY(r);
        state->blocks = OPT_INT(state->blocks.value - 1);
        state->words = OPT_INT(state->words.value - (int64_t)(words.words.len / HISTORY_WORD_LEN));
        return record_delete(forgetting->txn, &cloudtrail_history_words_record_type, &words);
}

static int forget_blocks(const struct forgetting *forgetting)
{
        const struct record_type *type = &cloudtrail_history_block_record_type;

        for (size_t i = 0; i < BLOCKS_AT_ONCE; i++) {
                struct cloudtrail_history_block_record block = {.account = forgetting->state->account,
                                                                .region = forgetting->state->region};
                int r = last_of(forgetting, type, &block, &block);

                if (r != 0 || block.newest.value < forgetting->before)
                        return r < 0 ? r : 0;
                TRY(forget_words(forgetting, &block));
                TRY(record_delete(forgetting->txn, type, &block));
        }
        return 0;
}

static int forget_volume(const struct forgetting *forgetting)
{
        struct cloudtrail_history_volume_record volume = {.account = forgetting->state->account,
                                                          .region = forgetting->state->region};
        int r = last_of(forgetting, &cloudtrail_history_volume_record_type, &volume, &volume);

        if (r != 0 || volume.newest.value < forgetting->before)
                return r < 0 ? r : 0;
        for (int64_t shelf = 0; shelf < HISTORY_SHELVES; shelf++) {
                const struct cloudtrail_history_register_record row = {.account = volume.account,
                                                                       .region = volume.region,
                                                                       .shelf = OPT_INT(shelf),
                                                                       .oldest = volume.oldest};

                r = record_delete(forgetting->txn, &cloudtrail_history_register_record_type, &row);
                if (r < 0 && r != -ENOENT)
                        return r;
        }
        return record_delete(forgetting->txn, &cloudtrail_history_volume_record_type, &volume);
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
        struct str after;

        TRY(record_scan_token_at(forgetting->arena, type, &like, 2, 3, &after));
        TRY(record_scan_begin(&scan, forgetting->txn, forgetting->arena, type, NULL, &like, 2, after));
        for (size_t i = 0; i < ROWS_AT_ONCE; i++) {
                struct cloudtrail_history_recent_record row = {};
                int r = record_scan_next(&scan, &row);

                if (r < 0)
                        return r == -ENOENT ? 0 : r;
                TRY(record_delete(forgetting->txn, type, &row));
                if (!forgetting->state->border.is_set ||
                    row.newest_first.value < forgetting->state->border.value)
                        forgetting->state->recent.value--;
        }
        return 0;
}

int history_forget(struct txn *txn, struct arena *arena, struct cloudtrail_history_state_record *state,
                   int64_t before)
{
        const struct forgetting forgetting = {txn, arena, state, before};

        TRY(forget_blocks(&forgetting));
        TRY(forget_volume(&forgetting));
        return forget_rows(&forgetting);
}
