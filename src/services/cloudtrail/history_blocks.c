/* Blocks that may have what is asked: all from a time on; or those with a word, first the ones of no volume,
 * then volume after volume. */
#include "services/cloudtrail/history_walk.h"

#define ORDER_LEN 8
#define REST_LEN  (HISTORY_WORD_LEN - 1) /* of a word on its shelf */

/* Rows from the question's time on. */
static int begin_rows(struct history_walk *walk, const struct record_type *type, const void *like,
                      size_t prefix)
{
        struct history_blocks *blocks = &walk->blocks;
        struct str after;

        record_scan_end(&blocks->scan);
        TRY(record_scan_token_at(walk->arena, type, like, prefix, prefix + 1, &after));
        return record_scan_begin(&blocks->scan, walk->txn, walk->arena, type, NULL, like, prefix, after);
}

static int begin_all(struct history_walk *walk)
{
        const struct cloudtrail_history_block_record like = {.account = walk->question->account,
                                                             .region = walk->question->region,
                                                             .oldest = OPT_INT(walk->packed_from)};

        walk->blocks.stage = BLOCKS_ALL;
        return begin_rows(walk, &cloudtrail_history_block_record_type, &like, 2);
}

static int begin_open(struct history_walk *walk)
{
        const struct cloudtrail_history_words_record like = {.account = walk->question->account,
                                                             .region = walk->question->region,
                                                             .oldest = OPT_INT(walk->question->from)};

        walk->blocks.stage = BLOCKS_OPEN;
        return begin_rows(walk, &cloudtrail_history_words_record_type, &like, 2);
}

static int begin_volumes(struct history_walk *walk)
{
        const struct cloudtrail_history_register_record like = {.account = walk->question->account,
                                                                .region = walk->question->region,
                                                                .shelf = OPT_INT(walk->blocks.shelf),
                                                                .oldest = OPT_INT(walk->question->from)};

        walk->blocks.stage = BLOCKS_VOLUMES;
        return begin_rows(walk, &cloudtrail_history_register_record_type, &like, 3);
}

static int begin(struct history_walk *walk)
{
        const struct history_question *question = walk->question;
        uint64_t word;

        walk->blocks.is_begun = true;
        if (question->attribute == HISTORY_ALL)
                return begin_all(walk);
        word = history_word(question->attribute, question->value);
        walk->blocks.shelf = history_shelf(word);
        history_word_write(walk->blocks.word, word);
        return begin_open(walk);
}

static int look(struct history_walk *walk, size_t cost)
{
        walk->looked[HISTORY_PACKED] += cost;
        return walk->looked[HISTORY_PACKED] <= HISTORY_LOOK_MOST ? 0 : -EAGAIN;
}

static int get_block(struct history_walk *walk, int64_t oldest, struct cloudtrail_history_block_record *ret)
{
        *ret = (struct cloudtrail_history_block_record){.account = walk->question->account,
                                                        .region = walk->question->region,
                                                        .oldest = OPT_INT(oldest)};
        return record_get(walk->txn, walk->arena, &cloudtrail_history_block_record_type, ret);
}

/* The next of the blocks that are in no volume and have the word. */
static int next_open(struct history_walk *walk, int64_t *ret_oldest)
{
        while (true) {
                struct cloudtrail_history_words_record row = {};

                TRY(record_scan_next(&walk->blocks.scan, &row));
                TRY(look(walk, 1));
                *ret_oldest = row.oldest.value;
                if (history_find(row.words, walk->blocks.word, HISTORY_WORD_LEN).len)
                        return 0;
                walk->packed_from = row.oldest.value + 1;
        }
}

/* -- Of volumes */

/* -ENOENT: it is gone. */
static int open_volume(struct history_walk *walk, const struct cloudtrail_history_register_record *row,
                       struct str hits)
{
        walk->blocks.volume = (struct cloudtrail_history_volume_record){
                .account = row->account, .region = row->region, .oldest = row->oldest};
        walk->blocks.hits = hits;
        return record_get(walk->txn, walk->arena, &cloudtrail_history_volume_record_type,
                          &walk->blocks.volume);
}

static int next_volume(struct history_walk *walk)
{
        while (true) {
                struct cloudtrail_history_register_record row = {};
                struct str hits;
                int r = 0;

                TRY(record_scan_next(&walk->blocks.scan, &row));
                TRY(look(walk, 1));
                hits = history_find(row.entries, walk->blocks.word + 1, REST_LEN);
                if (hits.len)
                        r = open_volume(walk, &row, hits);
                if (hits.len && r != -ENOENT)
                        return r;
                walk->packed_from = row.oldest.value + 1;
        }
}

static int64_t order_at(struct str list, size_t index)
{
        uint64_t value = 0;

        for (size_t i = 0; i < ORDER_LEN; i++)
                value = value << 8 | (unsigned char)list.ptr[index * ORDER_LEN + i];
        return (int64_t)value;
}

/* The next hit, in the volume that is open or one behind it. */
static int next_closed(struct history_walk *walk, int64_t *ret_oldest)
{
        struct history_blocks *blocks = &walk->blocks;
        size_t index;

        if (blocks->hits.len == 0)
                TRY(next_volume(walk));
        index = (unsigned char)blocks->hits.ptr[REST_LEN];
        blocks->hits = str_from(blocks->hits, HISTORY_WORD_LEN);
        if ((index + 1) * ORDER_LEN > blocks->volume.blocks.len)
                return -EBADMSG;
        *ret_oldest = order_at(blocks->volume.blocks, index);
        return 0;
}

static int next_with_word(struct history_walk *walk, int64_t *ret_oldest)
{
        int r;

        if (walk->blocks.stage == BLOCKS_VOLUMES)
                return next_closed(walk, ret_oldest);
        r = next_open(walk, ret_oldest);
        if (r != -ENOENT)
                return r;
        TRY(begin_volumes(walk));
        return next_closed(walk, ret_oldest);
}

static int next_found(struct history_walk *walk, struct cloudtrail_history_block_record *ret)
{
        int64_t oldest;
        int r;

        do {
                TRY(next_with_word(walk, &oldest));
                /* Before the question's time, or gone meanwhile, of a volume of which others are still there.
                 */
                r = oldest < walk->question->from ? -ENOENT : get_block(walk, oldest, ret);
                if (r == -EBADMSG) {
                        history_walk_tell(walk, "a block of the history", oldest);
                        r = -ENOENT;
                }
        } while (r == -ENOENT);
        return r;
}

/* What cannot be read of words and volumes hides no block: from there on all are looked at. */
static int next_anyhow(struct history_walk *walk, struct cloudtrail_history_block_record *ret)
{
        int r = walk->blocks.stage == BLOCKS_ALL ? -EBADMSG : next_found(walk, ret);

        if (r != -EBADMSG)
                return r;
        if (walk->blocks.stage != BLOCKS_ALL) {
                history_walk_tell(walk, "an index of the history", walk->packed_from);
                TRY(begin_all(walk));
        }
        return history_walk_row(walk, &walk->blocks.scan, "a block of the history", ret, sizeof(*ret));
}

int history_blocks_next(struct history_walk *walk, struct cloudtrail_history_block_record *ret)
{
        if (!walk->blocks.is_begun)
                TRY(begin(walk));
        TRY(next_anyhow(walk, ret));
        if (ret->newest.value > walk->question->until)
                return -ENOENT;
        return look(walk, HISTORY_BLOCK_COST);
}
