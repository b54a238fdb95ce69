#include "services/cloudtrail/feed.h"

#include "base/log.h"
#include "events/timers.h"
#include "services/cloudtrail/watch.h"

#define DELAY_MS MS_PER_S
/* "CloudTrail does not send these events": those of more than 256 KB. */
#define EVENT_MAX ((size_t)256 * 1024)
/* Events of reads are stored some time after they happened; while a disk is full, later. */
#define LATE_MS (3600 * MS_PER_S)

/* -- The group */

struct str feed_stream(struct call *call, struct str account, struct str home)
{
        return arena_printf(&call->arena, "%.*s_CloudTrail_%.*s", STR_ARG(account), STR_ARG(home));
}

int feed_read_group(struct call *call, struct str arn, struct logs_name *ret)
{
        if (logs_read_name(call, arn, ret) < 0 || !ret->is_arn || !str_ends(arn, STR(":*")))
                return -ENOENT;
        return 0;
}

int feed_put(struct call *call, const struct principal *role, const struct logs_name *group,
             const struct logs_input_log_event_list *events)
{
        const struct logs_deposit deposit = {
                .role = role,
                .service = TRAIL_SERVICE,
                .region = group->region,
                .group = group->group,
                .stream = feed_stream(call, group->account, group->region),
                .events = *events,
        };

        return logs_deliver(call, &deposit);
}

/* -- Its timer */

static struct timer timer_of(struct arena *arena, const struct cloudtrail_feed_record *feed, int64_t due_ms)
{
        return (struct timer){
                .due_ms = due_ms,
                .name = STR("cloudtrail.DeliverEvents"),
                .subject = arena_printf(arena, "%lld", (long long)feed->trail.value),
        };
}

int feed_wait(struct txn *txn, struct arena *arena, struct cloudtrail_feed_record *feed, int64_t due_ms)
{
        struct timer timer;

        if (feed->due.is_set) {
                timer = timer_of(arena, feed, feed->due.value);
                TRY(timer_take_back(txn, &timer));
        }
        feed->due = OPT_INT(due_ms);
        timer = timer_of(arena, feed, due_ms);
        return timer_set(txn, &timer);
}

/* -- The trail changes */

/* A new one, when there is none. */
static int find(struct call *call, const struct cloudtrail_trail_record *trail,
                struct cloudtrail_feed_record *ret)
{
        *ret = (struct cloudtrail_feed_record){.trail = trail->number};
        return call_get(call, &cloudtrail_feed_record_type, ret);
}

/* What a group or a role did not take is offered to the other one at once. */
static int lead(struct call *call, const struct cloudtrail_trail_record *trail,
                struct cloudtrail_feed_record *feed)
{
        feed->account = trail->account;
        feed->home = trail->region;
        feed->name = trail->name;
        feed->log_group = trail->log_group;
        feed->log_role = trail->log_role;
        feed->leaves = (struct opt_int){};
        if (feed->failures.value && feed->due.is_set)
                TRY(feed_wait(call->txn, &call->arena, feed, call->now_ms));
        return call_put(call, &cloudtrail_feed_record_type, feed);
}

int feed_follow(struct call *call, const struct cloudtrail_trail_record *trail)
{
        struct cloudtrail_feed_record feed;
        int r;

        if (!str_is_set(trail->log_group))
                return feed_leave(call, trail);
        r = find(call, trail, &feed);
        return r < 0 && r != -ENOENT ? r : lead(call, trail, &feed);
}

int feed_leave(struct call *call, const struct cloudtrail_trail_record *trail)
{
        struct cloudtrail_feed_record feed;
        int r = find(call, trail, &feed);

        if (r < 0 || feed.leaves.is_set)
                return r == -ENOENT ? 0 : r;
        feed.leaves = OPT_INT(call->now_ms + LATE_MS);
        if (!feed.due.is_set)
                TRY(feed_wait(call->txn, &call->arena, &feed, feed.leaves.value));
        return call_put(call, &cloudtrail_feed_record_type, &feed);
}

/* -- Events come */

static bool is_due_by(const struct cloudtrail_feed_record *feed, int64_t due_ms)
{
        return feed->due.is_set && (feed->due.value <= due_ms || feed->failures.value);
}

static int leave_out(const struct host *host, struct arena *arena, const struct event *event)
{
        losses_add(host->losses, LOSS_TRAIL_FEED_EVENTS, 1);
        log_event(LOG_WARNING, "an event is too long for the log group of a trail", "account",
                  arena_cstr(arena, event->account), "event", arena_cstr(arena, event->id), NULL);
        return 0;
}

int feed_take(const struct host *host, struct txn *txn, struct arena *arena, int64_t trail,
              const struct event *event)
{
        struct cloudtrail_feed_record feed = {.trail = OPT_INT(trail)};
        const struct cloudtrail_feed_event_record waiting = {
                .trail = feed.trail,
                .order = OPT_INT((int64_t)event->number),
                .time = OPT_INT(event->time_ms),
                .json = event->json,
        };
        int r;

        if (event_is_of_feed(event))
                return 0;
        if (event->json.len > EVENT_MAX)
                return leave_out(host, arena, event);
        r = record_get(txn, arena, &cloudtrail_feed_record_type, &feed);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        TRY(record_put(txn, &cloudtrail_feed_event_record_type, &waiting));
        if (is_due_by(&feed, event->time_ms + DELAY_MS))
                return 0;
        TRY(feed_wait(txn, arena, &feed, event->time_ms + DELAY_MS));
        return record_put(txn, &cloudtrail_feed_record_type, &feed);
}
