#include "services/cloudtrail/history_block.h"

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

/* The state says how many there are, but for what was damaged. */
static int make_room(struct arena *arena, struct gathered *gathered, size_t more)
{
        size_t room = gathered->room + more;
        uint64_t *entries;

        if (gathered->count + more <= gathered->room)
                return 0;
        entries = arena_new_array(arena, uint64_t, room);
        if (!entries)
                return -ENOMEM;
        memcpy(entries, gathered->entries, gathered->count * sizeof(*entries));
        gathered->entries = entries;
        gathered->room = room;
        return 0;
}

static int gather_block(struct arena *arena, struct gathered *gathered,
                        const struct cloudtrail_history_words_record *words)
{
        size_t count = words->words.len / HISTORY_WORD_LEN;
        char *order = gathered->blocks + gathered->block_count * ORDER_LEN;

        if (gathered->block_count > BLOCKS_MOST)
                return -EBADMSG; /* the state said otherwise */
        TRY(make_room(arena, gathered, count));
        for (size_t i = 0; i < count; i++)
                gathered->entries[gathered->count++] =
                        read_big(words->words.ptr + i * HISTORY_WORD_LEN, HISTORY_WORD_LEN) << 8 |
                        gathered->block_count;
        for (size_t i = 0; i < ORDER_LEN; i++)
                order[i] = (char)((uint64_t)words->oldest.value >> (56 - 8 * i));
        gathered->block_count++;
        return 0;
}

/* -EBADMSG: not all of its events can be read; their words are given. */
static int read_words(struct arena *arena, const struct cloudtrail_history_block_record *record,
                      struct str *ret)
{
        struct cloudtrail_history_recent_record *events =
                arena_new_array(arena, struct cloudtrail_history_recent_record, HISTORY_BLOCK_EVENTS);
        _cleanup_(history_block_done) struct history_block block = {};
        size_t count = 0;
        int r;

        if (!events)
                return -ENOMEM;
        r = history_block_open(&block, record);
        while (r == 0 && count < HISTORY_BLOCK_EVENTS) {
                r = history_block_next(&block, arena, HISTORY_ALL, STR_NONE, &events[count]);
                count += r == 0;
        }
        TRY(history_words(arena, events, count, ret));
        return r == -ENOENT ? 0 : r;
}

/* What cannot be read of the words is made again, of the events. */
static int make_words_again(struct txn *txn, struct arena *arena, struct damage *damage, int64_t oldest,
                            struct cloudtrail_history_words_record *words)
{
        struct cloudtrail_history_block_record block = {
                .account = words->account, .region = words->region, .oldest = OPT_INT(oldest)};
        int r = record_get(txn, arena, &cloudtrail_history_block_record_type, &block);

        history_tell(damage, "an index of the history", words->account, words->region, oldest);
        words->oldest = OPT_INT(oldest);
        words->words = STR("");
        if (r == 0)
                r = read_words(arena, &block, &words->words);
        return r == -EBADMSG || r == -ENOENT ? 0 : r;
}

/* The words of the open blocks, which stand in no volume after this. */
static int gather(struct txn *txn, struct arena *arena, struct damage *damage,
                  const struct cloudtrail_history_state_record *state, struct gathered *gathered,
                  int64_t *ret_oldest)
{
        const struct record_type *type = &cloudtrail_history_words_record_type;
        const struct cloudtrail_history_words_record like = {.account = state->account,
                                                             .region = state->region};
        _cleanup_(record_scan_end) struct record_scan scan = {};

        TRY(record_scan_begin(&scan, txn, arena, type, NULL, &like, 2, STR_NONE));
        while (true) {
                struct cloudtrail_history_words_record words = {};
                int r = record_scan_next(&scan, &words);

                if (r == -EBADMSG && scan.is_past_damage) {
                        words = like;
                        r = make_words_again(txn, arena, damage, history_place_of(&scan, arena), &words);
                }
                if (r < 0)
                        return r == -ENOENT ? 0 : r;
                TRY(gather_block(arena, gathered, &words));
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

static int make(struct txn *txn, struct arena *arena, struct damage *damage,
                const struct cloudtrail_history_state_record *state)
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
        TRY(gather(txn, arena, damage, state, gathered, &oldest));
        if (gathered->block_count == 0)
                return 0;
        volume.oldest = OPT_INT(oldest);
        volume.blocks = str_make(gathered->blocks, gathered->block_count * ORDER_LEN);
        TRY(record_insert(txn, &cloudtrail_history_volume_record_type, &volume));
        return put_shelves(txn, arena, &volume, gathered);
}

int history_volume_make(struct txn *txn, struct arena *arena, struct damage *damage,
                        struct cloudtrail_history_state_record *state)
{
        if (state->words.value < WORDS_MOST && state->blocks.value < BLOCKS_MOST)
                return 0;
        TRY(make(txn, arena, damage, state));
        state->words = state->blocks = OPT_INT(0);
        return 0;
}
