/* The delivery of what waits in a feed: as much as one upload takes, in the transaction in which it is taken
 * away. */
#include "services/cloudtrail/feed.h"
#include "services/cloudtrail/stream.h"
#include "services/iam/directory.h"
#include "services/sts/directory.h"

struct batch {
        struct logs_input_log_event *items;
        int64_t *orders, *times_ms;
        size_t count;
        int64_t bytes;
        bool is_all; /* that waits */
};

/* -- What waits */

/* "The Time column shows when the event was delivered to your log group." */
static void add(const struct call *call, struct batch *batch,
                const struct cloudtrail_feed_event_record *event)
{
        batch->items[batch->count] = (struct logs_input_log_event){
                .timestamp = OPT_INT(call->now_ms),
                .message = event->json,
        };
        batch->times_ms[batch->count] = event->time.value;
        batch->orders[batch->count++] = event->order.value;
        batch->bytes += (int64_t)event->json.len + LOGS_EVENT_OVERHEAD;
}

static bool has_room(const struct batch *batch, const struct cloudtrail_feed_event_record *event)
{
        return batch->count < LOGS_BATCH_EVENTS &&
               batch->bytes + (int64_t)event->json.len + LOGS_EVENT_OVERHEAD <= LOGS_BATCH_BYTES;
}

static int walk(struct call *call, const struct cloudtrail_feed_record *feed, struct batch *batch)
{
        const struct cloudtrail_feed_event_record like = {.trail = feed->trail};
        _cleanup_(record_scan_end) struct record_scan scan = {};

        TRY(record_scan_begin(&scan, call->txn, &call->arena, &cloudtrail_feed_event_record_type, NULL, &like,
                              1, STR_NONE));
        for (;;) {
                struct cloudtrail_feed_event_record event = {};
                int r = record_scan_next(&scan, &event);

                batch->is_all = r == -ENOENT;
                if (r < 0)
                        return batch->is_all ? 0 : r;
                if (!has_room(batch, &event))
                        return 0;
                add(call, batch, &event);
        }
}

static int gather(struct call *call, const struct cloudtrail_feed_record *feed, struct batch *ret)
{
        *ret = (struct batch){
                .items = arena_new_array(&call->arena, struct logs_input_log_event, LOGS_BATCH_EVENTS),
                .orders = arena_new_array(&call->arena, int64_t, LOGS_BATCH_EVENTS),
                .times_ms = arena_new_array(&call->arena, int64_t, LOGS_BATCH_EVENTS),
        };
        return ret->items && ret->orders && ret->times_ms ? walk(call, feed, ret) : -ENOMEM;
}

static int drop(struct call *call, const struct cloudtrail_feed_record *feed, const struct batch *batch,
                int64_t before_ms)
{
        for (size_t i = 0; i < batch->count; i++) {
                const struct cloudtrail_feed_event_record event = {.trail = feed->trail,
                                                                   .order = OPT_INT(batch->orders[i])};

                if (batch->times_ms[i] < before_ms)
                        TRY(call_delete(call, &cloudtrail_feed_event_record_type, &event));
        }
        return 0;
}

/* -- The role. Its session is kept until it expires, as AWS keeps it: the AssumeRole is an event that trails
 * want, too, and would otherwise bring the next delivery, and so on without end. */

static bool is_fresh(struct call *call, const struct cloudtrail_feed_record *feed)
{
        const struct cloudtrail_role_session *kept = feed->session;
        struct iam_role_record role;

        return kept && kept->expires.value > call->now_ms && str_eq(kept->issuer_arn, feed->log_role) &&
               iam_find_role(call->txn, &call->arena, feed->account, feed->log_role, &role) == 0 &&
               str_eq(role.id, kept->issuer_id);
}

static struct principal take_up(const struct cloudtrail_feed_record *feed)
{
        const struct cloudtrail_role_session *kept = feed->session;

        return (struct principal){
                .kind = ASSUMED_ROLE,
                .account = feed->account,
                .arn = kept->arn,
                .id = kept->id,
                .name = kept->name,
                .access_key_id = kept->access_key_id,
                .is_temporary = true,
                .session = {.issued_ms = kept->issued.value,
                            .expires_ms = kept->expires.value,
                            .issuer_arn = kept->issuer_arn,
                            .issuer_id = kept->issuer_id,
                            .issuer_name = kept->issuer_name},
        };
}

static int keep_session(struct call *call, const struct principal *role, struct cloudtrail_feed_record *feed)
{
        feed->session = arena_new(&call->arena, struct cloudtrail_role_session);
        if (!feed->session)
                return -ENOMEM;
        *feed->session = (struct cloudtrail_role_session){
                .arn = role->arn,
                .id = role->id,
                .name = role->name,
                .access_key_id = role->access_key_id,
                .issuer_arn = role->session.issuer_arn,
                .issuer_id = role->session.issuer_id,
                .issuer_name = role->session.issuer_name,
                .issued = OPT_INT(role->session.issued_ms),
                .expires = OPT_INT(role->session.expires_ms),
        };
        return 0;
}

static int assume(struct call *call, struct cloudtrail_feed_record *feed, struct principal *ret)
{
        if (is_fresh(call, feed)) {
                *ret = take_up(feed);
                return 0;
        }
        call->source_arn = trail_arn_of(call, feed->home, feed->account, feed->name);
        call->source_account = feed->account;
        TRY(sts_assume_as_service(call, feed->log_role, FEED_SESSION, ret));
        return keep_session(call, ret, feed);
}

/* -- Delivery */

static int put(struct call *call, struct cloudtrail_feed_record *feed, const struct batch *batch)
{
        const struct logs_input_log_event_list events = {batch->items, batch->count, true};
        struct principal role;
        struct logs_name group;

        TRY(feed_read_group(call, feed->log_group, &group));
        TRY(assume(call, feed, &role));
        return feed_put(call, &role, &group, &events);
}

static uint64_t count_before(const struct batch *batch, int64_t before_ms)
{
        uint64_t count = 0;

        for (size_t i = 0; i < batch->count; i++)
                count += batch->times_ms[i] < before_ms;
        return count;
}

/* What is given up makes room for what is behind it, at once. */
static int retry(struct call *call, struct cloudtrail_feed_record *feed, const struct batch *batch)
{
        int64_t kept_ms = call->now_ms - STREAM_KEPT_DAYS * MS_PER_DAY;
        bool is_old = batch->times_ms[batch->count - 1] < kept_ms;
        int64_t retry_ms = stream_refused(call, &feed->failed, &feed->failures);

        TRY(drop(call, feed, batch, kept_ms));
        call_lose(call, LOSS_TRAIL_FEED_EVENTS, count_before(batch, kept_ms),
                  "events of a trail were not taken by its log group and are given up", feed->name);
        TRY(feed_wait(call->txn, &call->arena, feed, is_old ? call->now_ms : retry_ms));
        return call_put(call, &cloudtrail_feed_record_type, feed);
}

/* The next upload; or nothing, until something comes. */
static int go_on(struct call *call, struct cloudtrail_feed_record *feed, bool is_all)
{
        if (!is_all)
                TRY(feed_wait(call->txn, &call->arena, feed, call->now_ms));
        else if (feed->leaves.is_set && feed->leaves.value <= call->now_ms)
                return call_delete(call, &cloudtrail_feed_record_type, feed);
        else if (feed->leaves.is_set)
                TRY(feed_wait(call->txn, &call->arena, feed, feed->leaves.value));
        return call_put(call, &cloudtrail_feed_record_type, feed);
}

static int deliver(struct call *call, struct cloudtrail_feed_record *feed, const struct batch *batch)
{
        int r = put(call, feed, batch);

        if (r == -ECALL)
                return retry(call, feed, batch);
        TRY(r);
        TRY(drop(call, feed, batch, INT64_MAX));
        feed->delivered = OPT_INT(call->now_ms);
        feed->failed = STR_NONE;
        feed->failures = (struct opt_int){};
        return go_on(call, feed, batch->is_all);
}

int cloudtrail_deliver_events_due(struct call *call, struct str subject)
{
        struct cloudtrail_feed_record feed = {.trail = {.is_set = true}};
        struct batch batch;
        int r;

        if (str_to_i64(subject, &feed.trail.value) < 0)
                return -EBADMSG;
        r = call_get(call, &cloudtrail_feed_record_type, &feed);
        if (r < 0)
                return r == -ENOENT ? 1 : r;
        call->account = feed.account;
        call->region = feed.home;
        feed.due = (struct opt_int){};
        TRY(gather(call, &feed, &batch));
        TRY(batch.count ? deliver(call, &feed, &batch) : go_on(call, &feed, true));
        return call->arena.failed ? -ENOMEM : 1;
}
