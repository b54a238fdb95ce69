/* From the outbox to the streams of the trails that want an event. */
#include "services/cloudtrail/feed.h"
#include "services/cloudtrail/insight.h"
#include "services/cloudtrail/store.h"
#include "services/cloudtrail/stream.h"
#include "services/cloudtrail/watch.h"

struct collecting {
        const struct host *host;
        struct txn *txn;
        struct arena *arena;
        const struct event *event;
        unsigned int insights; /* that the trails which want the event ask for */
};

/* The first event of a region. */
static int begin(const struct collecting *collecting, struct cloudtrail_stream_record *stream)
{
        struct cloudtrail_trail_record trail;
        int r = stream_trail(collecting->txn, collecting->arena, stream, &trail);

        if (r == -ENOENT)
                return stream_follow(collecting->txn, collecting->arena, stream);
        if (r == 0 && stream_wants_digests(stream, &trail))
                r = stream_begin_digests(collecting->txn, collecting->arena, stream,
                                         collecting->event->time_ms);
        return r;
}

static int find(const struct collecting *collecting, const struct cloudtrail_watch_record *watch,
                struct cloudtrail_stream_record *ret)
{
        int r;

        *ret = (struct cloudtrail_stream_record){.trail = watch->trail, .region = collecting->event->region};
        r = record_get(collecting->txn, collecting->arena, &cloudtrail_stream_record_type, ret);
        if (r != -ENOENT)
                return r;
        ret->account = watch->account;
        ret->home = watch->region;
        ret->name = watch->name;
        return begin(collecting, ret);
}

static int keep_for_file(const struct collecting *collecting, const struct cloudtrail_watch_record *watch)
{
        const struct event *event = collecting->event;
        const struct cloudtrail_waiting_event_record waiting = {
                .trail = watch->trail,
                .region = event->region,
                .order = OPT_INT((int64_t)event->number),
                .time = OPT_INT(event->time_ms),
                .json = event->json,
                .insight = {.is_set = event->is_insight, .value = event->is_insight},
        };
        struct cloudtrail_stream_record stream;
        int r = find(collecting, watch, &stream);

        if (r == -ENOENT) /* the trail is gone for long: there is nowhere to put it */
                return 0;
        TRY(r);
        TRY(record_put(collecting->txn, &cloudtrail_waiting_event_record_type, &waiting));
        if (stream.due.is_set)
                return 0;
        TRY(stream_wait(collecting->txn, collecting->arena, &stream,
                        event->time_ms + collecting->host->trail_delay_ms));
        return record_put(collecting->txn, &cloudtrail_stream_record_type, &stream);
}

static int keep(void *arg, const struct cloudtrail_watch_record *watch)
{
        struct collecting *collecting = arg;

        if (watch->is_store.value)
                return store_take(collecting->txn, watch->trail.value, collecting->event);
        collecting->insights |= insights_of(&watch->insights, collecting->event);
        TRY(keep_for_file(collecting, watch));
        return watch->feeds.value ? feed_take(collecting->host, collecting->txn, collecting->arena,
                                              watch->trail.value, collecting->event)
                                  : 0;
}

static int collect(const void *arg, struct txn *txn, struct arena *arena, const struct event *event)
{
        struct collecting collecting = {.host = arg, .txn = txn, .arena = arena, .event = event};

        if (event->account.len == 0)
                return 0;
        TRY(watch_each(txn, arena, event, keep, &collecting));
        return collecting.insights ? insight_count(txn, arena, event, collecting.insights) : 0;
}

const struct subscriber cloudtrail_trails = {.name = "cloudtrail-trails", .handle = collect};
