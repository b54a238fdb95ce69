#include "services/cloudtrail/watch.h"

#include "services/cloudtrail/insight.h"

/* That want one event: five trails and ten stores are in a region at a time, and an event is of one time. */
#define WANTING_MOST 64
/* Events of reads are stored some tenths of a second after they happened; while a disk is full, later. */
#define LATE_MS    (3600 * MS_PER_S)
#define CHOICE_MAX ((size_t)8 * 1024 * 1024) /* as much as a request may bring */

/* Of an account, those that were closed within the hour included: all are looked at for each of its events,
 * so nobody may make as many as he likes. AWS throttles these calls as well.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html */
#define WATCHES_MAX 300

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

static int choose(struct call *call, const struct cloudtrail_trail_record *trail)
{
        const struct cloudtrail_choice_record choice = {
                .watch = trail->watch,
                .selectors = trail->selectors,
                .advanced = trail->advanced,
        };

        return call_insert(call, &cloudtrail_choice_record_type, &choice);
}

static int open_watch(struct call *call, struct cloudtrail_trail_record *trail, bool is_store)
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
                .begins = OPT_INT(begin_of(call, trail)),
                .insights = trail->insights,
                .is_store = {.is_set = is_store, .value = is_store},
                .feeds = OPT_BOOL(str_is_set(trail->log_group)),
                .chooses = OPT_BOOL(trail->selectors.count + trail->advanced.count > 0),
        };

        TRY(trail_new_number(call, &watch.number.value));
        trail->watch = watch.number;
        TRY(call_insert(call, &cloudtrail_watch_record_type, &watch));
        return watch.chooses.value ? choose(call, trail) : 0;
}

static int check_rate(struct call *call, const struct cloudtrail_trail_record *trail)
{
        const struct cloudtrail_watch_record like = {.account = trail->account};
        _cleanup_(record_scan_end) struct record_scan scan = {};
        size_t count = 0;
        int r = 0;

        TRY(record_scan_begin(&scan, call->txn, &call->arena, &cloudtrail_watch_record_type, NULL, &like, 1,
                              STR_NONE));
        while (count <= WATCHES_MAX && r == 0) {
                struct cloudtrail_watch_record watch = {};

                r = record_scan_next(&scan, &watch);
                count += r == 0;
        }
        if (r < 0 && r != -ENOENT)
                return r;
        return count < WATCHES_MAX ? 0 : fail(call, &cloudtrail_throttling_exception, "Rate exceeded");
}

static int watch_anew(struct call *call, struct cloudtrail_trail_record *trail, bool is_store)
{
        if (trail->logging.value)
                TRY(check_rate(call, trail));
        if (trail->watch.is_set)
                TRY(close_watch(call, trail));
        return trail->logging.value ? open_watch(call, trail, is_store) : 0;
}

int trail_watch(struct call *call, struct cloudtrail_trail_record *trail)
{
        return watch_anew(call, trail, false);
}

int trail_watch_as_store(struct call *call, struct cloudtrail_trail_record *store)
{
        return watch_anew(call, store, true);
}

/* -- For an event */

struct found {
        struct cloudtrail_watch_record over[4]; /* found on the way */
        size_t over_count;
        struct cloudtrail_watch_record wanting[WANTING_MOST];
        size_t wanting_count;
};

static int forget(struct txn *txn, const struct cloudtrail_watch_record *watch)
{
        const struct cloudtrail_choice_record choice = {.watch = watch->number};

        TRY(record_delete(txn, &cloudtrail_watch_record_type, watch));
        return watch->chooses.value ? record_delete(txn, &cloudtrail_choice_record_type, &choice) : 0;
}

/* Selectors take memory for as long as they are asked. */
static int ask(struct txn *txn, const struct cloudtrail_watch_record *watch, const struct event *event,
               bool *ret)
{
        struct cloudtrail_choice_record choice = {.watch = watch->number};
        _cleanup_(arena_done) struct arena arena = {};

        if (event->is_insight) {
                *ret = insights_have(&watch->insights, event->resources[0].type, event->is_data);
                return 0;
        }
        if (!watch->chooses.value) {
                *ret = choice_is_usual(event);
                return 0;
        }
        arena_init(&arena, CHOICE_MAX);
        TRY(record_get(txn, &arena, &cloudtrail_choice_record_type, &choice));
        *ret = choice_fits(&choice, event);
        return 0;
}

static int take(struct txn *txn, struct found *found, const struct cloudtrail_watch_record *watch,
                const struct event *event)
{
        bool is_wanted = false;

        if (watch->ends.is_set && watch->ends.value + LATE_MS < event->time_ms) {
                if (found->over_count < ARRAY_LEN(found->over))
                        found->over[found->over_count++] = *watch;
                return 0;
        }
        if (watch_covers(watch, event))
                TRY(ask(txn, watch, event, &is_wanted));
        if (is_wanted)
                found->wanting[found->wanting_count++] = *watch;
        return 0;
}

static int look(struct txn *txn, struct arena *arena, const struct event *event, struct found *found)
{
        const struct cloudtrail_watch_record like = {.account = event->account};
        _cleanup_(record_scan_end) struct record_scan scan = {};

        TRY(record_scan_begin(&scan, txn, arena, &cloudtrail_watch_record_type, NULL, &like, 1, STR_NONE));
        while (found->wanting_count < WANTING_MOST) {
                struct cloudtrail_watch_record watch = {};
                int r = record_scan_next(&scan, &watch);

                if (r < 0)
                        return r == -ENOENT ? 0 : r;
                TRY(take(txn, found, &watch, event));
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
                TRY(visit(arg, &found.wanting[i]));
        return 0;
}
