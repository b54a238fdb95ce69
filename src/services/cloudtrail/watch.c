#include "services/cloudtrail/watch.h"

/* Of an account: its trails, and what is still kept of how they were. */
#define WATCHES_MOST 512
/* Events of reads are stored some tenths of a second after they happened; while a disk is full, later. */
#define LATE_MS (3600 * MS_PER_S)

/* -- Opening and closing: the event of the call that changes the trail is of the time before the change; that
 * of StartLogging, before which there was nothing, belongs to what it begins. */

static int close_watch(struct call *call, struct cloudtrail_trail_record *trail)
{
        struct cloudtrail_watch_record watch = {.account = trail->account, .number = trail->watch};

        TRY(call_get(call, &cloudtrail_watch_record_type, &watch));
        trail->watched_until =
                OPT_INT(call->now_ms >= watch.begins.value ? call->now_ms + 1 : watch.begins.value);
        watch.ends = trail->watched_until;
        trail->watch = (struct opt_int){};
        return call_put(call, &cloudtrail_watch_record_type, &watch);
}

static int64_t begin_of(const struct call *call, const struct cloudtrail_trail_record *trail)
{
        return trail->watched_until.is_set && trail->watched_until.value > call->now_ms
                       ? trail->watched_until.value
                       : call->now_ms;
}

static int open_watch(struct call *call, struct cloudtrail_trail_record *trail)
{
        struct cloudtrail_watch_record watch = {
                .account = trail->account,
                .number = {.is_set = true},
                .trail = trail->number,
                .region = trail->region,
                .name = trail->name,
                .multi_region = trail->multi_region,
                .global_events = trail->global_events,
                .recursive = trail->recursive,
                .selectors = trail->selectors,
                .advanced = trail->advanced,
                .begins = OPT_INT(begin_of(call, trail)),
        };

        TRY(trail_new_number(call, &watch.number.value));
        trail->watch = watch.number;
        return call_insert(call, &cloudtrail_watch_record_type, &watch);
}

int trail_watch(struct call *call, struct cloudtrail_trail_record *trail)
{
        if (trail->watch.is_set)
                TRY(close_watch(call, trail));
        return trail->logging.value ? open_watch(call, trail) : 0;
}

/* -- For an event */

static bool is_of_its_time(const struct cloudtrail_watch_record *watch, const struct event *event)
{
        return event->time_ms >= watch->begins.value &&
               (!watch->ends.is_set || event->time_ms < watch->ends.value);
}

static int forget(struct txn *txn, const struct cloudtrail_watch_record *watch)
{
        int r = record_delete(txn, &cloudtrail_watch_record_type, watch);

        return r == -ENOENT ? 0 : r;
}

/* Those that are over, found on the way. */
struct found {
        struct cloudtrail_watch_record over[4];
        size_t over_count;
        const struct cloudtrail_watch_record *wanting[WATCHES_MOST];
        size_t wanting_count;
};

static void take(struct found *found, const struct cloudtrail_watch_record *watch, const struct event *event)
{
        if (watch->ends.is_set && watch->ends.value + LATE_MS < event->time_ms &&
            found->over_count < ARRAY_LEN(found->over))
                found->over[found->over_count++] = *watch;
        else if (is_of_its_time(watch, event) && watch_wants(watch, event))
                found->wanting[found->wanting_count++] = watch;
}

static int look(struct txn *txn, struct arena *arena, const struct event *event, struct found *found)
{
        const struct cloudtrail_watch_record like = {.account = event->account};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        int r = 0;

        TRY(record_scan_begin(&scan, txn, arena, &cloudtrail_watch_record_type, NULL, &like, 1, STR_NONE));
        while (found->wanting_count < WATCHES_MOST) {
                struct cloudtrail_watch_record *watch = arena_new(arena, struct cloudtrail_watch_record);

                if (!watch)
                        return -ENOMEM;
                r = record_scan_next(&scan, watch);
                if (r < 0)
                        return r == -ENOENT ? 0 : r;
                take(found, watch, event);
        }
        return 0;
}

int watch_each(struct txn *txn, struct arena *arena, const struct event *event,
               int (*visit)(void *arg, const struct cloudtrail_watch_record *watch), void *arg)
{
        struct found found;

        found.over_count = found.wanting_count = 0; /* not the arrays: most accounts have no trail */
        TRY(look(txn, arena, event, &found));
        for (size_t i = 0; i < found.over_count; i++)
                TRY(forget(txn, &found.over[i]));
        for (size_t i = 0; i < found.wanting_count; i++)
                TRY(visit(arg, found.wanting[i]));
        return 0;
}
