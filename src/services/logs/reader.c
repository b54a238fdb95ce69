#include "services/logs/reader.h"

#include "crypto/seal.h"

#include <stdlib.h>

#define WORK_MAX                                                                                             \
        ((size_t)16 * 1024 * 1024) /* bytes opened in one call, and so many for each row looked at: */
#define ROW_WORK ((size_t)512)

/* The next page begins with the event at which this one ends. */
static bool is_step(const struct logs_reader *reader, struct logs_place at)
{
        if (!reader->selection->is_backward)
                return logs_place_compare(at, reader->from) > 0;
        at.sequence++;
        return logs_place_compare(at, reader->to) < 0;
}

static int end_page(struct logs_reader *reader, struct logs_place at)
{
        if (!is_step(reader, at))
                return -ETIME;
        logs_selection_cut(reader->selection, at);
        return 0;
}

static int offer(struct logs_reader *reader, const struct logs_event *event, int64_t stream)
{
        if (logs_place_compare(event->place, reader->from) < 0 ||
            logs_place_compare(event->place, reader->to) >= 0 ||
            logs_selection_is_behind(reader->selection, event->place))
                return 0;
        if (reader->wants_event) {
                int r = reader->wants_event(reader->arg, event);

                if (r <= 0)
                        return r == -ETIME ? end_page(reader, event->place) : r;
        }
        return logs_selection_offer(reader->selection, event, stream);
}

/* The last first, so that a page that ends has come as far as it could. */
static int offer_down(struct logs_reader *reader, const struct logs_event *events, size_t count,
                      int64_t stream)
{
        for (size_t i = count; i > 0; i--)
                TRY(offer(reader, &events[i - 1], stream));
        return 0;
}

static int gather(struct str block, struct logs_event **ret, size_t *ret_count)
{
        size_t room = 0;

        for (;;) {
                struct logs_event event, *grown;
                bool is_there;

                TRY(logs_block_next(&block, &event, &is_there));
                if (!is_there)
                        return 0;
                if (*ret_count == room) {
                        room = room ? 2 * room : 64;
                        grown = reallocarray(*ret, room, sizeof(*grown));
                        if (!grown)
                                return -ENOMEM;
                        *ret = grown;
                }
                (*ret)[(*ret_count)++] = event;
        }
}

static int offer_all_down(struct logs_reader *reader, struct str block, int64_t stream)
{
        struct logs_event *events = NULL;
        size_t count = 0;
        int r = gather(block, &events, &count);

        if (r == 0)
                r = offer_down(reader, events, count, stream);
        free(events);
        return r;
}

static int offer_all(struct logs_reader *reader, struct str events, int64_t stream)
{
        struct logs_event event;
        bool is_there;

        for (;;) {
                TRY(logs_block_next(&events, &event, &is_there));
                if (!is_there)
                        return 0;
                TRY(offer(reader, &event, stream));
        }
}

static int open_block(struct logs_reader *reader, const struct logs_block_record *block)
{
        _cleanup_(secret_done) struct secret clear = {};
        const uint8_t *key;

        TRY(logs_key(&reader->keys, block->data_key.value, &key));
        TRY(seal_open(key, record_name(&reader->call->arena, &logs_block_record_type, block), block->body,
                      &clear));
        reader->work += block->body.len;
        return reader->wants_event && reader->selection->is_backward
                       ? offer_all_down(reader, secret_str(&clear), block->stream.value)
                       : offer_all(reader, secret_str(&clear), block->stream.value);
}

/* Does it hold any of what is asked for? */
static int wants(struct logs_reader *reader, const struct logs_block_record *block)
{
        const struct logs_place begin = {block->first.value, INT64_MIN}, end = {block->last.value, INT64_MAX};

        if (logs_place_compare(end, reader->from) < 0 || logs_place_compare(begin, reader->to) >= 0)
                return 0; /* those of the hour before are looked at on each page: they are no work that ends
                             it */
        reader->work += ROW_WORK;
        if (logs_selection_is_behind(reader->selection, reader->selection->is_backward ? end : begin))
                return 0;
        return reader->wants_stream ? reader->wants_stream(reader->arg, block->stream.value) : 1;
}

/* Blocks come in order of their first events, and none is longer than LOGS_BLOCK_SPAN_MS: from where nothing
 * of those that follow can be. */
static struct logs_place horizon(const struct logs_reader *reader, const struct logs_block_record *block)
{
        if (!reader->selection->is_backward)
                return (struct logs_place){block->first.value, INT64_MIN};
        return (struct logs_place){block->first.value + LOGS_BLOCK_SPAN_MS, INT64_MAX};
}

/* After much work the page is what it is, if that is a step forward. */
static bool is_over(struct logs_reader *reader, const struct logs_block_record *block)
{
        struct logs_place at = horizon(reader, block);
        bool is_backward = reader->selection->is_backward;

        if (is_backward ? logs_place_compare(at, reader->from) < 0 : logs_place_compare(at, reader->to) >= 0)
                return true;
        if (logs_selection_is_behind(reader->selection, at))
                return true;
        if (reader->work < WORK_MAX || (is_backward ? logs_place_compare(at, reader->to) >= 0
                                                    : logs_place_compare(at, reader->from) <= 0))
                return false;
        logs_selection_cut(reader->selection, at);
        return true;
}

static int scan_all(struct logs_reader *reader, struct record_scan *scan)
{
        struct logs_block_record block = {};
        int r;

        while ((r = record_scan_next(scan, &block)) == 0) {
                if (is_over(reader, &block))
                        return 0;
                r = wants(reader, &block);
                if (r > 0)
                        r = open_block(reader, &block);
                TRY(r);
                block = (struct logs_block_record){};
        }
        return r == -ENOENT ? 0 : r;
}

static int64_t minus(int64_t a, int64_t b)
{
        return a < INT64_MIN + b ? INT64_MIN : a - b;
}

/* Where the first block that may have any begins; absent: with all. */
static int start_token(struct logs_reader *reader, const struct record_index *index,
                       struct logs_block_record *like, struct str *ret)
{
        int64_t ms = minus(reader->from.ms, LOGS_BLOCK_SPAN_MS);

        if (reader->selection->is_backward)
                ms = reader->to.ms == INT64_MAX ? INT64_MAX : reader->to.ms + 1;
        like->first = OPT_INT(ms);
        return record_scan_token_in(&reader->call->arena, &logs_block_record_type, index, like, 1, 2, ret);
}

static int scan(struct logs_reader *reader)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct logs_block_record like = {.group = reader->group->number, .stream = reader->stream};
        const struct record_index *index = reader->stream.is_set ? logs_block_by_stream : NULL;
        struct call *call = reader->call;
        struct str after;

        TRY(start_token(reader, index, &like, &after));
        if (reader->selection->is_backward)
                TRY(record_scan_begin_down(&scan, call->txn, &call->arena, &logs_block_record_type, index,
                                           &like, 1, after));
        else
                TRY(record_scan_begin(&scan, call->txn, &call->arena, &logs_block_record_type, index, &like,
                                      1, after));
        return scan_all(reader, &scan);
}

int logs_read_events(struct logs_reader *reader)
{
        const struct logs_place kept = {logs_cutoff_ms(reader->call, reader->group), INT64_MIN};
        int r;

        if (logs_place_compare(reader->from, kept) < 0)
                reader->from = kept;
        reader->keys = (struct logs_keys){
                .call = reader->call, .group = reader->group, .allowed = reader->keys.allowed};
        r = scan(reader);
        logs_keys_done(&reader->keys);
        logs_selection_end(reader->selection);
        return r;
}
