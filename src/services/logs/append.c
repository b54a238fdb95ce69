#include "services/logs/append.h"

#include "crypto/seal.h"
#include "services/logs/metric_filter.h"

#define GROWS_UNTIL ((size_t)16 * 1024) /* bytes: opened and sealed anew with what comes */
#define FULL_AT     ((size_t)64 * 1024)
#define CLEAR_MAX   ((size_t)2 * 1024 * 1024) /* one event may be as long as an upload */

static struct str bound(struct logs_append *append)
{
        return record_name(&append->call->arena, &logs_block_record_type, &append->block);
}

/* -- The block that is there */

static bool may_grow(const struct logs_append *append)
{
        return append->block.body.len < GROWS_UNTIL &&
               append->block.data_key.value == append->group->data_key.value;
}

static int open_block(struct logs_append *append)
{
        _cleanup_(secret_done) struct secret clear = {};

        TRY(seal_open(append->key, bound(append), append->block.body, &clear));
        buf_add(&append->clear, secret_str(&clear));
        append->has_block = true;
        return buf_check(&append->clear);
}

static int find_block(struct logs_append *append)
{
        const struct logs_log_stream_record *stream = append->stream;
        int r;

        if (!stream->block_number.is_set)
                return 0;
        append->block = (struct logs_block_record){
                .group = stream->group, .first = stream->block_first, .number = stream->block_number};
        r = call_get(append->call, &logs_block_record_type, &append->block);
        if (r == -ENOENT)
                return 0;
        TRY(r);
        return may_grow(append) ? open_block(append) : 0;
}

int logs_append_begin(struct logs_append *append)
{
        struct call *call = append->call;

        append->keys = (struct logs_keys){.call = call, .group = append->group};
        buf_init(&append->clear, CLEAR_MAX);
        TRY(logs_get_tally(call, append->group->number.value, &append->tally));
        append->since = append->tally.sequence.value;
        TRY(logs_current_key(&append->keys, append->group, &append->key));
        return find_block(append);
}

/* -- Filling */

static int close_block(struct logs_append *append)
{
        struct call *call = append->call;
        size_t len = append->clear.len + SEAL_OVERHEAD;
        uint8_t *body = arena_alloc(&call->arena, len);

        if (!body)
                return -ENOMEM;
        TRY(buf_check(&append->clear));
        TRY(seal_bytes(append->key, bound(append), buf_str(&append->clear), body));
        append->block.body = str_make(body, len);
        TRY(call_put(call, &logs_block_record_type, &append->block));
        if (append->group->metric_filters.value)
                TRY(logs_await_counting(call, &append->block, append->since));
        append->stream->block_first = append->block.first;
        append->stream->block_number = append->block.number;
        append->has_block = false;
        buf_clear(&append->clear);
        return 0;
}

static bool has_room(const struct logs_append *append, int64_t ms, size_t len)
{
        return ms >= append->block.last.value && ms - append->block.first.value < LOGS_BLOCK_SPAN_MS &&
               append->clear.len + len <= FULL_AT;
}

static void begin_block(struct logs_append *append, struct logs_place place)
{
        append->has_block = true;
        append->block = (struct logs_block_record){
                .group = append->group->number,
                .first = OPT_INT(place.ms),
                .number = OPT_INT(place.sequence),
                .stream = append->stream->number,
                .last = OPT_INT(place.ms),
                .bytes = OPT_INT(0),
                .data_key = append->group->data_key,
                .count = OPT_INT(0),
        };
}

static void count_event(struct logs_append *append, const struct logs_event *event)
{
        int64_t bytes = (int64_t)event->message.len + LOGS_EVENT_OVERHEAD;
        struct logs_log_stream_record *stream = append->stream;
        int64_t ms = event->place.ms;

        append->block.last = OPT_INT(ms);
        append->block.bytes.value += bytes;
        append->block.count.value++;
        append->tally.stored_bytes.value += bytes;
        append->tally.sequence = stream->sequence = OPT_INT(event->place.sequence);
        stream->stored_bytes.value += bytes;
        if (!stream->first_event.is_set || ms < stream->first_event.value)
                stream->first_event = OPT_INT(ms);
        if (!stream->last_event.is_set || ms > stream->last_event.value)
                stream->last_event = OPT_INT(ms);
        stream->rank = stream->last_event;
}

int logs_append_event(struct logs_append *append, int64_t ms, struct str message)
{
        const struct logs_event event = {
                .place = {ms, append->tally.sequence.value + 1},
                .came_ms = append->call->now_ms,
                .message = message,
        };

        if (append->has_block && !has_room(append, ms, message.len))
                TRY(close_block(append));
        if (!append->has_block)
                begin_block(append, event.place);
        logs_block_add(&append->clear, &event);
        count_event(append, &event);
        return buf_check(&append->clear);
}

int logs_append_end(struct logs_append *append)
{
        struct call *call = append->call;

        TRY(close_block(append));
        append->stream->last_ingestion = OPT_INT(call->now_ms);
        TRY(call_put(call, &logs_log_stream_record_type, append->stream));
        TRY(logs_await_expiry(call, append->group, append->block.last.value, &append->tally));
        if (append->group->metric_filters.value)
                TRY(logs_set_counting(call, &append->tally));
        return call_put(call, &logs_tally_record_type, &append->tally);
}

void logs_append_done(struct logs_append *append)
{
        logs_keys_done(&append->keys);
        buf_done_wiped(&append->clear);
}
