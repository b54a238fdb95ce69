#include "services/cloudtrail/history_block.h"

#define LENGTH_LEN 4
/* The last event that was added may be as long as events get, with names around it. */
#define OPEN_MAX ((size_t)16 * 1024 * 1024)

/* -- Making one */

static void add_event(struct buf *out, const struct cloudtrail_history_recent_record *event)
{
        struct cloudtrail_history_recent_record bare = *event;
        size_t start = out->len;
        size_t len;

        bare.account = bare.region = STR_NONE; /* the block's */
        buf_add_bytes(out, "\0\0\0\0", LENGTH_LEN);
        if (record_encode(cloudtrail_history_recent_record_type.type, &bare, out) < 0 || out->failed) {
                out->failed = true;
                return;
        }
        len = out->len - start - LENGTH_LEN;
        for (size_t i = 0; i < LENGTH_LEN; i++)
                out->data[start + i] = (char)(len >> (8 * i));
}

static int squeeze_events(const struct cloudtrail_history_recent_record *events, size_t count,
                          struct buf *out)
{
        _cleanup_(buf_done) struct buf plain = {};

        buf_init(&plain, OPEN_MAX);
        buf_reserve(&plain, 2 * HISTORY_BLOCK_BYTES);
        for (size_t i = 0; i < count; i++)
                add_event(&plain, &events[i]);
        TRY(buf_check(&plain));
        return squeeze(buf_str(&plain), out);
}

static int put_block(struct txn *txn, const struct cloudtrail_history_state_record *state,
                     const struct cloudtrail_history_recent_record *events, size_t count)
{
        _cleanup_(buf_done) struct buf packed = {};
        struct cloudtrail_history_block_record block = {
                .account = state->account,
                .region = state->region,
                .oldest = events[count - 1].newest_first,
                .newest = events[0].newest_first,
                .count = OPT_INT((int64_t)count),
        };

        buf_init(&packed, 2 * OPEN_MAX);
        TRY(squeeze_events(events, count, &packed));
        block.packed = buf_str(&packed);
        return record_insert(txn, &cloudtrail_history_block_record_type, &block);
}

int history_block_make(struct txn *txn, struct arena *arena, struct cloudtrail_history_state_record *state,
                       const struct cloudtrail_history_recent_record *events, size_t count)
{
        struct cloudtrail_history_words_record words = {
                .account = state->account,
                .region = state->region,
                .oldest = events[count - 1].newest_first,
        };

        TRY(put_block(txn, state, events, count));
        TRY(history_words(arena, events, count, &words.words));
        TRY(record_insert(txn, &cloudtrail_history_words_record_type, &words));
        state->border = events[0].newest_first;
        state->blocks = OPT_INT(state->blocks.value + 1);
        state->words = OPT_INT(state->words.value + (int64_t)(words.words.len / HISTORY_WORD_LEN));
        return 0;
}

/* -- Reading one */

int history_block_open(struct history_block *block, const struct cloudtrail_history_block_record *record)
{
        block->account = record->account;
        block->region = record->region;
        return unsqueeze(&block->unsqueezer, record->packed, OPEN_MAX, &block->left);
}

static int take_bytes(struct str *left, struct str *ret)
{
        const unsigned char *bytes = (const unsigned char *)left->ptr;
        size_t len = 0;

        if (left->len < LENGTH_LEN) {
                len = left->len;
                *left = STR("");
                return len ? -EBADMSG : -ENOENT;
        }
        for (size_t i = 0; i < LENGTH_LEN; i++)
                len |= (size_t)bytes[i] << (8 * i);
        *left = str_from(*left, LENGTH_LEN);
        if (len > left->len) {
                *left = STR(""); /* of what follows it is not known where it begins */
                return -EBADMSG;
        }
        *ret = str_part(*left, 0, len);
        *left = str_from(*left, len);
        return 0;
}

/* Strings stand in it as they are: most events are passed over by this alone. */
static bool may_be(struct str bytes, enum history_attribute attribute, struct str value)
{
        return attribute == HISTORY_ALL || memmem(bytes.ptr, bytes.len, value.ptr, value.len);
}

int history_block_next(struct history_block *block, struct arena *arena, enum history_attribute attribute,
                       struct str value, struct cloudtrail_history_recent_record *ret)
{
        struct str bytes;

        while (true) {
                struct cloudtrail_history_recent_record event = {.account = block->account,
                                                                 .region = block->region};

                TRY(take_bytes(&block->left, &bytes));
                if (!may_be(bytes, attribute, value))
                        continue;
                TRY(record_decode(cloudtrail_history_recent_record_type.type, bytes, arena, false, &event));
                if (!event.newest_first.is_set)
                        return -EBADMSG;
                if (!history_is(&event, attribute, value))
                        continue;
                *ret = event;
                return 0;
        }
}

int history_block_take(struct arena *arena, const struct cloudtrail_history_recent_record *event,
                       struct cloudtrail_history_recent_record *ret)
{
        *ret = *event;
        ret->id = arena_dup(arena, event->id);
        ret->name = arena_dup(arena, event->name);
        ret->source = arena_dup(arena, event->source);
        ret->username = arena_dup(arena, event->username);
        ret->access_key_id = arena_dup(arena, event->access_key_id);
        ret->read_only = arena_dup(arena, event->read_only);
        ret->json = arena_dup(arena, event->json);
        for (size_t i = 0; i < event->resources.count; i++) {
                struct cloudtrail_resource *resource = &ret->resources.items[i];

                resource->resource_type = arena_dup(arena, resource->resource_type);
                resource->resource_name = arena_dup(arena, resource->resource_name);
        }
        return arena->failed ? -ENOMEM : 0;
}

void history_block_done(struct history_block *block)
{
        unsqueezer_done(&block->unsqueezer);
}
