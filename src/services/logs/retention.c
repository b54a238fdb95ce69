/* How long events are kept. What has expired is given to nobody from that moment on; it goes from the disk
 * some blocks at a time, by a timer.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
#include "events/timers.h"
#include "services/logs/block.h"
#include "services/logs/logs.h"

#define AT_ONCE       200
#define LOOKED_AT     2000
#define READ_ONCE     ((size_t)8 * 1024 * 1024) /* bytes, with what blocks hold */
#define LEAST_WAIT_MS INT64_C(3600000)

/* "Possible values are". */
static const int64_t DAYS[] = {1,   3,   5,   7,   14,   30,   60,   90,   120,  150,  180,
                               365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653};

int64_t logs_cutoff_ms(const struct call *call, const struct logs_log_group_record *group)
{
        return group->retention_days.is_set ? call->now_ms - group->retention_days.value * MS_PER_DAY
                                            : INT64_MIN;
}

/* -- The timer */

static int set_due(struct call *call, int64_t group, int64_t due_ms, struct logs_tally_record *tally)
{
        tally->due = OPT_INT(due_ms > call->now_ms ? due_ms : call->now_ms);
        return logs_set_timer(call, STR("Expire"), tally->due.value, group);
}

static int take_back(struct call *call, struct logs_tally_record *tally)
{
        const struct timer timer = {
                .due_ms = tally->due.value,
                .name = STR("logs.Expire"),
                .subject = arena_printf(&call->arena, "%lld", (long long)tally->group.value),
        };

        if (!tally->due.is_set)
                return 0;
        tally->due = (struct opt_int){};
        return timer_take_back(call->txn, &timer);
}

int logs_await_expiry(struct call *call, const struct logs_log_group_record *group, int64_t last_ms,
                      struct logs_tally_record *tally)
{
        if (!group->retention_days.is_set || tally->due.is_set)
                return 0;
        return set_due(call, group->number.value, last_ms + group->retention_days.value * MS_PER_DAY + 1,
                       tally);
}

/* Another retention counts at once, for what is there too. */
static int change(struct call *call, struct str name, struct opt_int days)
{
        struct logs_log_group_record group;
        struct logs_tally_record tally;

        TRY(logs_need_group(call, name, &group));
        if (str_eq(group.class, LOGS_DELIVERY))
                return call_invalid(call,
                                    "The retention of log groups of the Delivery class is always 1 day.");
        group.retention_days = days;
        TRY(call_put(call, &logs_log_group_record_type, &group));
        TRY(logs_get_tally(call, group.number.value, &tally));
        TRY(take_back(call, &tally));
        if (days.is_set)
                TRY(set_due(call, group.number.value, call->now_ms, &tally));
        return call_put(call, &logs_tally_record_type, &tally);
}

int logs_put_retention_policy(struct call *call, const struct logs_put_retention_policy_in *in,
                              struct logs_put_retention_policy_out *out)
{
        (void)out;
        for (size_t i = 0; i < ARRAY_LEN(DAYS); i++)
                if (DAYS[i] == in->retention_in_days.value)
                        return change(call, in->log_group_name, in->retention_in_days);
        return call_invalid(
                call,
                "1 validation error detected: Value '%lld' at 'retentionInDays' failed to satisfy "
                "constraint: Member must satisfy enum value set: [1, 3, 5, 7, 14, 30, 60, 90, 120, "
                "150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]",
                (long long)in->retention_in_days.value);
}

int logs_delete_retention_policy(struct call *call, const struct logs_delete_retention_policy_in *in,
                                 struct logs_delete_retention_policy_out *out)
{
        (void)out;
        return change(call, in->log_group_name, (struct opt_int){});
}

/* -- Its work */

struct expiry {
        struct call *call;
        struct logs_tally_record tally;
        int64_t cutoff_ms;
        struct logs_block_record gone[AT_ONCE]; /* without bodies */
        size_t count;
        struct opt_int next; /* the earliest end of those that stay */
        bool is_cut;         /* there may be more */
};

/* In order of their first events: behind the first that begins later nothing has expired. */
static int gather(struct expiry *expiry)
{
        struct call *call = expiry->call;
        _cleanup_(record_scan_end) struct record_scan scan = {};
        const struct logs_block_record like = {.group = expiry->tally.group};
        struct logs_block_record block = {};
        int r = 0;

        TRY(record_scan_begin(&scan, call->txn, &call->arena, &logs_block_record_type, NULL, &like, 1,
                              STR_NONE));
        for (size_t seen = 0; (r = record_scan_next(&scan, &block)) == 0; seen++) {
                expiry->is_cut =
                        expiry->count == AT_ONCE || seen == LOOKED_AT || call->arena.used >= READ_ONCE;
                if (expiry->is_cut)
                        return 0;
                block.body = STR_NONE;
                if (block.last.value < expiry->cutoff_ms)
                        expiry->gone[expiry->count++] = block;
                else if (!expiry->next.is_set || block.last.value < expiry->next.value)
                        expiry->next = block.last;
                if (block.first.value >= expiry->cutoff_ms)
                        return 0;
                block = (struct logs_block_record){};
        }
        return r == -ENOENT ? 0 : r;
}

/* When the first event of what is left happened. */
static int first_of(struct call *call, int64_t stream, struct opt_int *ret)
{
        struct logs_block_record block = {.stream = OPT_INT(stream)};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        int r;

        *ret = (struct opt_int){};
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &logs_block_record_type, logs_block_by_stream,
                              &block, 1, STR_NONE));
        r = record_scan_next(&scan, &block);
        if (r == 0)
                *ret = block.first;
        return r == -ENOENT ? 0 : r;
}

static int forget(struct expiry *expiry, const struct logs_block_record *block)
{
        struct call *call = expiry->call;
        struct logs_log_stream_record stream = {.number = block->stream};
        int r;

        TRY(call_delete(call, &logs_block_record_type, block));
        r = call_get(call, &logs_log_stream_record_type, &stream);
        if (r == -ENOENT)
                return 0; /* its bytes are counted no more */
        TRY(r);
        expiry->tally.stored_bytes.value -= block->bytes.value;
        stream.stored_bytes.value -= block->bytes.value;
        TRY(first_of(call, stream.number.value, &stream.first_event));
        return call_put(call, &logs_log_stream_record_type, &stream);
}

static int expire(struct expiry *expiry, const struct logs_log_group_record *group)
{
        struct call *call = expiry->call;
        int64_t due_ms = call->now_ms + LEAST_WAIT_MS;
        int64_t ends_ms = expiry->next.value + group->retention_days.value * MS_PER_DAY + 1;

        for (size_t i = 0; i < expiry->count; i++)
                TRY(forget(expiry, &expiry->gone[i]));
        if (expiry->is_cut && expiry->count)
                due_ms = call->now_ms;
        else if (!expiry->is_cut && !expiry->next.is_set)
                return 0;
        else if (ends_ms > due_ms)
                due_ms = ends_ms;
        return set_due(call, group->number.value, due_ms, &expiry->tally);
}

int logs_expire_due(struct call *call, struct str subject)
{
        struct logs_log_group_record group = {};
        struct expiry *expiry = arena_new(&call->arena, struct expiry);
        int r;

        if (!expiry)
                return -ENOMEM;
        TRY(str_to_i64(subject, &group.number.value));
        group.number.is_set = true;
        r = call_get(call, &logs_log_group_record_type, &group);
        if (r == -ENOENT)
                return 1;
        TRY(r);
        expiry->call = call;
        expiry->cutoff_ms = logs_cutoff_ms(call, &group);
        TRY(logs_get_tally(call, group.number.value, &expiry->tally));
        expiry->tally.due = (struct opt_int){};
        if (group.retention_days.is_set) {
                TRY(gather(expiry));
                TRY(expire(expiry, &group));
        }
        TRY(call_put(call, &logs_tally_record_type, &expiry->tally));
        return 1; /* AWS records nothing of it */
}
