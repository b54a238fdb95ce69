/* What is left of groups and streams that were deleted goes some rows at a time. Nobody finds it any more: it
 * is known by numbers that are given once. */
#include "services/logs/data_key.h"
#include "services/logs/logs.h"
#include "services/logs/metric_filter.h"

#define AT_ONCE   200
#define READ_ONCE ((size_t)8 * 1024 * 1024) /* bytes, with what blocks hold */

struct numbers {
        struct logs_block_record blocks[AT_ONCE]; /* keys alone */
        size_t count;
};

static int gather_blocks(struct call *call, const struct record_index *index,
                         const struct logs_block_record *like, struct numbers *ret)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        int r = 0;

        TRY(record_scan_begin(&scan, call->txn, &call->arena, &logs_block_record_type, index, like, 1,
                              STR_NONE));
        while (ret->count < AT_ONCE && call->arena.used < READ_ONCE &&
               (r = record_scan_next(&scan, &ret->blocks[ret->count])) == 0)
                ret->blocks[ret->count++].body = STR_NONE;
        return r == -ENOENT ? 0 : r;
}

/* *ret_more: there may be others. */
static int drop_blocks(struct call *call, const struct record_index *index,
                       const struct logs_block_record *like, bool *ret_more)
{
        struct numbers *numbers = arena_new(&call->arena, struct numbers);

        if (!numbers)
                return -ENOMEM;
        TRY(gather_blocks(call, index, like, numbers));
        for (size_t i = 0; i < numbers->count; i++)
                TRY(call_delete(call, &logs_block_record_type, &numbers->blocks[i]));
        *ret_more = numbers->count == AT_ONCE || call->arena.used >= READ_ONCE;
        return 0;
}

int logs_drop_stream_due(struct call *call, struct str subject)
{
        struct logs_block_record like = {};
        bool more;

        TRY(str_to_i64(subject, &like.stream.value));
        like.stream.is_set = true;
        TRY(drop_blocks(call, logs_block_by_stream, &like, &more));
        if (more)
                TRY(logs_set_timer(call, STR("DropStream"), call->now_ms, like.stream.value));
        return 1;
}

static int drop_streams(struct call *call, int64_t group, bool *ret_more)
{
        struct logs_log_stream_record stream;
        int r = 0;

        for (size_t i = 0; i < AT_ONCE; i++) {
                _cleanup_(record_scan_end) struct record_scan scan = {};
                const struct logs_log_stream_record like = {.group = OPT_INT(group)};

                TRY(record_scan_begin(&scan, call->txn, &call->arena, &logs_log_stream_record_type,
                                      logs_log_stream_by_name, &like, 1, STR_NONE));
                stream = (struct logs_log_stream_record){};
                r = record_scan_next(&scan, &stream);
                if (r == -ENOENT)
                        return 0;
                TRY(r);
                TRY(call_delete(call, &logs_log_stream_record_type, &stream));
        }
        *ret_more = true;
        return 0;
}

static int drop_rest(struct call *call, int64_t group)
{
        const struct logs_tally_record tally = {.group = OPT_INT(group)};
        int r;

        TRY(logs_drop_keys(call, group));
        r = call_delete(call, &logs_tally_record_type, &tally);
        return r == -ENOENT ? 0 : r;
}

int logs_drop_group_due(struct call *call, struct str subject)
{
        struct logs_block_record like = {};
        bool more = false;

        TRY(str_to_i64(subject, &like.group.value));
        like.group.is_set = true;
        TRY(drop_blocks(call, NULL, &like, &more));
        if (!more)
                TRY(drop_streams(call, like.group.value, &more));
        if (!more)
                TRY(logs_drop_uncounted(call, like.group.value, &more));
        if (more)
                TRY(logs_set_timer(call, STR("DropGroup"), call->now_ms, like.group.value));
        else
                TRY(drop_rest(call, like.group.value));
        return 1;
}
