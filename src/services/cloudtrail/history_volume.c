#include "services/cloudtrail/history.h"

/* So many words that a shelf of them mostly fills a page of the store; and blocks are told by one byte. */
#define WORDS_MOST  38000
#define BLOCKS_MOST 250

#define ORDER_LEN 8

/* What will be in the volume: words, each followed by the number of its block. */
struct gathered {
        uint64_t *entries;
        size_t count, room;
        char blocks[(BLOCKS_MOST + 1) * ORDER_LEN];
        size_t block_count;
};

static uint64_t read_big(const char *bytes, size_t len)
{
        uint64_t value = 0;

        for (size_t i = 0; i < len; i++)
                value = value << 8 | (unsigned char)bytes[i];
        return value;
}

static int gather_block(struct gathered *gathered, const struct cloudtrail_history_words_record *words)
{
        size_t count = words->words.len / HISTORY_WORD_LEN;
        char *order = gathered->blocks + gathered->block_count * ORDER_LEN;

        if (gathered->block_count > BLOCKS_MOST || gathered->count + count > gathered->room)
                return -EBADMSG; /* the state said otherwise */
        for (size_t i = 0; i < count; i++)
                gathered->entries[gathered->count++] =
                        read_big(words->words.ptr + i * HISTORY_WORD_LEN, HISTORY_WORD_LEN) << 8 |
                        gathered->block_count;
        for (size_t i = 0; i < ORDER_LEN; i++)
                order[i] = (char)((uint64_t)words->oldest.value >> (56 - 8 * i));
        gathered->block_count++;
        return 0;
}

/* The words of the open blocks, which stand in no volume after this. */
static int gather(struct txn *txn, struct arena *arena, const struct cloudtrail_history_state_record *state,
                  struct gathered *gathered, int64_t *ret_oldest)
{
        const struct record_type *type = &cloudtrail_history_words_record_type;
        const struct cloudtrail_history_words_record like = {.account = state->account,
                                                             .region = state->region};
        _cleanup_(record_scan_end) struct record_scan scan = {};

        TRY(record_scan_begin(&scan, txn, arena, type, NULL, &like, 2, STR_NONE));
        while (true) {
                struct cloudtrail_history_words_record words = {};
                int r = record_scan_next(&scan, &words);

                if (r < 0)
                        return r == -ENOENT ? 0 : r;
                TRY(gather_block(gathered, &words));
                *ret_oldest = words.oldest.value;
                TRY(record_delete(txn, type, &words));
        }
}

static int compare(const void *a, const void *b)
{
        uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

        return left < right ? -1 : left > right;
}

static size_t shelf_end(const struct gathered *gathered, size_t at)
{
        int64_t shelf = history_shelf(gathered->entries[at] >> 8);

        while (at < gathered->count && history_shelf(gathered->entries[at] >> 8) == shelf)
                at++;
        return at;
}

static int put_shelf(struct txn *txn, struct arena *arena, const struct gathered *gathered, size_t from,
                     size_t to, struct cloudtrail_history_register_record *row)
{
        char *out = arena_alloc(arena, (to - from) * HISTORY_WORD_LEN);

        if (!out)
                return -ENOMEM;
        row->shelf = OPT_INT(history_shelf(gathered->entries[from] >> 8));
        row->entries = str_make(out, (to - from) * HISTORY_WORD_LEN);
        /* What leaves the word at its front is the shelf. */
        for (size_t i = from; i < to; i++, out += HISTORY_WORD_LEN)
                history_word_write(out, gathered->entries[i]);
        return record_insert(txn, &cloudtrail_history_register_record_type, row);
}

static int put_shelves(struct txn *txn, struct arena *arena,
                       const struct cloudtrail_history_volume_record *volume, struct gathered *gathered)
{
        struct cloudtrail_history_register_record row = {
                .account = volume->account, .region = volume->region, .oldest = volume->oldest};

        qsort(gathered->entries, gathered->count, sizeof(*gathered->entries), compare);
        for (size_t from = 0, to; from < gathered->count; from = to) {
                to = shelf_end(gathered, from);
                TRY(put_shelf(txn, arena, gathered, from, to, &row));
        }
        return 0;
}

static int make(struct txn *txn, struct arena *arena, const struct cloudtrail_history_state_record *state)
{
        struct cloudtrail_history_volume_record volume = {
                .account = state->account, .region = state->region, .newest = state->border};
        struct gathered *gathered = arena_new(arena, struct gathered);
        int64_t oldest = 0;

        if (!gathered)
                return -ENOMEM;
        gathered->room = (size_t)state->words.value;
        gathered->entries = arena_new_array(arena, uint64_t, gathered->room + 1);
        if (!gathered->entries)
                return -ENOMEM;
        TRY(gather(txn, arena, state, gathered, &oldest));
        if (gathered->block_count == 0)
                return 0;
        volume.oldest = OPT_INT(oldest);
        volume.blocks = str_make(gathered->blocks, gathered->block_count * ORDER_LEN);
        TRY(record_insert(txn, &cloudtrail_history_volume_record_type, &volume));
        return put_shelves(txn, arena, &volume, gathered);
}

int history_volume_make(struct txn *txn, struct arena *arena, struct cloudtrail_history_state_record *state)
{
        if (state->words.value < WORDS_MOST && state->blocks.value < BLOCKS_MOST)
                return 0;
        TRY(make(txn, arena, state));
        state->words = state->blocks = OPT_INT(0);
        return 0;
}
