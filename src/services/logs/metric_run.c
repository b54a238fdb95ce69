/* What metric filters find in events that have come: looked for behind the upload, on a thread that others do
 * not wait for, some blocks at a time (metric_look.c). The data points are stored in the transaction in which
 * the blocks count as seen, so that a crash neither loses nor doubles any. */
#include "events/timers.h"
#include "services/logs/metric_filter.h"
#include "services/logs/metric_gap.h"
#include "services/logs/metric_look.h"

#define MINUTE_MS INT64_C(60000)
#define AGAIN_MS  (5 * MINUTE_MS) /* after KMS has refused */

/* -- In the transaction. Nobody else moves what has been seen. */

/* That keys could be opened belongs to the transaction, and so do the events of it. */
static int open_again(struct call *call, const struct logs_log_group_record *group,
                      const struct logs_counting *counting)
{
        struct logs_keys keys = {.call = call, .group = group};
        const uint8_t *key;
        int r = 0;

        for (size_t i = 0; i < counting->block_count && r == 0; i++)
                if (counting->blocks[i].count)
                        r = logs_key(&keys, counting->blocks[i].data_key, &key);
        logs_keys_done(&keys);
        if (r == -ECALL)
                call_forgive(call);
        return r;
}

/* What has come into it since is looked at next. */
static int settle(struct call *call, const struct logs_seen_block *seen)
{
        struct logs_uncounted_block_record row = seen->row;
        struct logs_block_record block = {.group = row.group, .first = row.first, .number = row.number};
        int r = call_get(call, &logs_block_record_type, &block);

        if (r < 0 && r != -ENOENT)
                return r;
        if (r == 0 && (!seen->is_whole || block.count.value != seen->count)) {
                row.since = OPT_INT(seen->last);
                return call_put(call, &logs_uncounted_block_record_type, &row);
        }
        r = call_delete(call, &logs_uncounted_block_record_type, &row);
        return r == -ENOENT ? 0 : r;
}

static int note_minutes(struct call *call, const struct logs_counting *counting)
{
        bool any = false;

        for (size_t i = 0; i < counting->plan_count; i++)
                any |= counting->has_default[i];
        for (size_t i = 0; i < counting->minute_count && any; i++) {
                const struct logs_seen_minute *seen = &counting->minutes[i];
                struct logs_minute minute = {.ms = seen->ms};

                minute.matched.items = arena_new_array(&call->arena, struct str, PLANS_MAX);
                minute.matched.is_set = true;
                if (!minute.matched.items)
                        return -ENOMEM;
                for (size_t k = 0; k < counting->plan_count; k++)
                        if (seen->matched[k] && counting->has_default[k])
                                minute.matched.items[minute.matched.count++] = counting->names[k];
                TRY(logs_note_minute(call, counting->group.number.value, &minute));
        }
        return 0;
}

static int tell_undecided(struct call *call, const struct logs_counting *counting)
{
        for (size_t i = 0; i < counting->plan_count; i++)
                if (counting->undecided[i])
                        TRY(logs_tell_undecided(call, &counting->group, counting->names[i],
                                                counting->undecided[i]));
        return 0;
}

static int store(struct call *call, const struct logs_counting *counting)
{
        for (size_t i = 0; i < counting->block_count; i++)
                TRY(settle(call, &counting->blocks[i]));
        TRY(logs_record_samples(call, counting->group.number.value, counting->samples,
                                counting->sample_count));
        TRY(tell_undecided(call, counting));
        return note_minutes(call, counting);
}

static int set_due(struct call *call, int64_t group, int64_t due_ms)
{
        const struct timer timer = {
                .due_ms = due_ms,
                .name = STR("logs.CountMetrics"),
                .subject = arena_printf(&call->arena, "%lld", (long long)group),
                .lane = TIMER_SLOW,
        };

        return call->arena.failed ? -ENOMEM : timer_set(call->txn, &timer);
}

static int has_more(struct call *call, int64_t group, bool *ret)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct logs_uncounted_block_record row = {.group = OPT_INT(group)};
        int r;

        TRY(record_scan_begin(&scan, call->txn, &call->arena, &logs_uncounted_block_record_type, NULL, &row,
                              1, STR_NONE));
        r = record_scan_next(&scan, &row);
        *ret = r == 0;
        return r == -ENOENT ? 0 : r;
}

static int go_on(struct call *call, int64_t group, bool is_refused)
{
        struct logs_tally_record tally;
        bool more;

        TRY(logs_get_tally(call, group, &tally));
        TRY(has_more(call, group, &more));
        tally.is_counting = OPT_BOOL(more);
        TRY(call_put(call, &logs_tally_record_type, &tally));
        return more ? set_due(call, group, call->now_ms + (is_refused ? AGAIN_MS : 0)) : 0;
}

int logs_count_metrics_due(struct call *call, struct str subject)
{
        const struct logs_counting *counting = call->prepared;
        struct logs_log_group_record group;
        bool is_refused = counting->refused_count > 0 && counting->block_count == 0;
        int r = logs_find_counted(call, subject, &group);

        if (r < 0)
                return r == -ENOENT ? 1 : r;
        r = open_again(call, &group, counting);
        if (r == 0)
                r = store(call, counting);
        else if (r == -ECALL)
                is_refused = true;
        TRY(r == -ECALL ? 0 : r);
        TRY(go_on(call, group.number.value, is_refused));
        return 1; /* AWS records nothing of it */
}

/* -- What an upload sees to */

int logs_await_counting(struct call *call, const struct logs_block_record *block, int64_t since)
{
        struct logs_uncounted_block_record row = {
                .group = block->group, .first = block->first, .number = block->number};
        int r = call_get(call, &logs_uncounted_block_record_type, &row);

        if (r != -ENOENT)
                return r;
        row.since = OPT_INT(since);
        return call_put(call, &logs_uncounted_block_record_type, &row);
}

int logs_set_counting(struct call *call, struct logs_tally_record *tally)
{
        if (tally->is_counting.value)
                return 0;
        tally->is_counting = OPT_BOOL(true);
        return set_due(call, tally->group.value, call->now_ms);
}

int logs_drop_uncounted(struct call *call, int64_t group, bool *ret_more)
{
        const struct logs_uncounted_block_record like = {.group = OPT_INT(group)};

        for (size_t i = 0; i < BLOCKS_MAX; i++) {
                _cleanup_(record_scan_end) struct record_scan scan = {};
                struct logs_uncounted_block_record row = like;
                int r;

                TRY(record_scan_begin(&scan, call->txn, &call->arena, &logs_uncounted_block_record_type, NULL,
                                      &like, 1, STR_NONE));
                r = record_scan_next(&scan, &row);
                if (r < 0)
                        return r == -ENOENT ? 0 : r;
                record_scan_end(&scan); /* before this transaction writes again */
                TRY(call_delete(call, &logs_uncounted_block_record_type, &row));
        }
        *ret_more = true;
        return 0;
}
