#include "services/s3/replication_task.h"

#include "events/timers.h"
#include "services/s3/body.h"

#define PAUSE_MS     (INT64_C(1) * MS_PER_S)
#define PAUSE_MAX_MS (15 * 60 * MS_PER_S)
#define DOUBLINGS    20

/* -- The timer */

static struct timer timer_of(struct call *call, const struct s3_replication_record *task)
{
        return (struct timer){
                .due_ms = task->due.value,
                .name = STR("s3.ReplicateVersion"),
                .subject = arena_printf(&call->arena, "%lld %lld %.*s %.*s", (long long)task->space.value,
                                        (long long)task->order.value, STR_ARG(task->target),
                                        STR_ARG(task->part)),
                .lane = TIMER_SLOW,
        };
}

static int read_number(struct str *rest, struct opt_int *ret)
{
        struct str word;

        ret->is_set = true;
        return str_cut(rest, ' ', &word) ? str_to_i64(word, &ret->value) : -EINVAL;
}

int s3_replication_find(struct call *call, struct str subject, struct s3_replication_record *ret)
{
        *ret = (struct s3_replication_record){};
        TRY(read_number(&subject, &ret->space));
        TRY(read_number(&subject, &ret->order));
        if (!str_cut(&subject, ' ', &ret->target))
                return -EINVAL;
        ret->part = str_is_set(subject) ? subject : STR("");
        return call_get(call, &s3_replication_record_type, ret);
}

static int set(struct call *call, struct s3_replication_record *task, int64_t due_ms)
{
        struct timer timer;

        task->due = OPT_INT(due_ms);
        timer = timer_of(call, task);
        TRY(timer_set(call->txn, &timer));
        return call_put(call, &s3_replication_record_type, task);
}

int s3_replication_go_on(struct call *call, struct s3_replication_record *task)
{
        return set(call, task, call->now_ms);
}

int s3_replication_put_off(struct call *call, struct s3_replication_record *task)
{
        int64_t attempts = task->attempts.value, pause = PAUSE_MAX_MS;

        if (attempts < DOUBLINGS && PAUSE_MS << attempts < PAUSE_MAX_MS)
                pause = PAUSE_MS << attempts;
        task->attempts = OPT_INT(attempts + 1);
        return set(call, task, call->now_ms + pause);
}

int s3_replication_begin(struct call *call, const struct s3_replication_record *task)
{
        struct s3_replication_record is_there = *task, begun = *task;
        int r = call_get(call, &s3_replication_record_type, &is_there);

        if (r == -ENOENT)
                return set(call, &begun, call->now_ms);
        TRY(r);
        if (!is_there.changes.is_set)
                return 0;
        is_there.changes.value |= task->changes.value;
        return call_put(call, &s3_replication_record_type, &is_there);
}

/* -- The end */

int s3_replication_drop(struct call *call, const struct s3_replication_record *task)
{
        int r;

        if (task->body.is_set)
                TRY(s3_drop_body(call, task->body.value));
        r = call_delete(call, &s3_replication_record_type, task);
        return r == -ENOENT ? 0 : r;
}

/* 1: it is still on its way to another bucket. */
static int has_others(struct call *call, const struct s3_replication_record *task)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct s3_replication_record other = {};
        int r;

        TRY(record_scan_begin(&scan, call->txn, &call->arena, &s3_replication_record_type, NULL, task, 3,
                              STR_NONE));
        r = record_scan_next(&scan, &other);
        return r == -ENOENT ? 0 : r < 0 ? r : 1;
}

/* "The header of the source object returns a value of COMPLETED only when replication is successful to all
 * destinations. ... If one or more destinations fail replication, the header returns FAILED." */
int s3_replication_end(struct call *call, const struct s3_replication_record *task,
                       struct s3_version *version, bool succeeded)
{
        struct s3_object_record *row = &version->row;
        int r;

        TRY(s3_replication_drop(call, task));
        r = has_others(call, task);
        TRY(r);
        if (!succeeded)
                row->replication = STR("FAILED");
        else if (r == 0 && str_eq(row->replication, STR("PENDING")))
                row->replication = row->is_replica.value ? STR("REPLICA") : STR("COMPLETED");
        return s3_row_put(call, &version->place, row);
}
