#include "losses.h"

static const struct str NAMES[LOSS_KINDS] = {
        [LOSS_METRIC_FILTER_EVENTS] = STR_INIT("metric_filter_events"), /* it has not decided */
        [LOSS_METRIC_FILTERS] = STR_INIT("metric_filters"),             /* disabled, or not understood */
        [LOSS_LOG_QUERIES] = STR_INIT("log_queries"),                   /* failed, or out of time */
        [LOSS_REPLAYED_EVENTS] = STR_INIT("replayed_events"),
        [LOSS_RULE_EVENTS] = STR_INIT("rule_events"), /* no rule was asked */
        [LOSS_RULE_DELIVERIES] = STR_INIT("rule_deliveries"),
        [LOSS_TOPIC_DELIVERIES] = STR_INIT("topic_deliveries"),
        [LOSS_BUCKET_NOTIFICATIONS] = STR_INIT("bucket_notifications"),
        [LOSS_ACCESS_LOG_LINES] = STR_INIT("access_log_lines"),
        [LOSS_TRAIL_EVENTS] = STR_INIT("trail_events"),           /* in no file of a trail */
        [LOSS_TRAIL_FEED_EVENTS] = STR_INIT("trail_feed_events"), /* in no log group */
        [LOSS_TRAIL_DIGESTS] = STR_INIT("trail_digests"),
        [LOSS_ALARM_EVALUATIONS] = STR_INIT("alarm_evaluations"),
        [LOSS_COMPOSITE_ALARMS] = STR_INIT("composite_alarms"), /* not evaluated */
        [LOSS_NOTES] = STR_INIT("notes"),                       /* what follows from an event */
        [LOSS_OUTBOX_EVENTS] = STR_INIT("outbox_events"),       /* unreadable */
        [LOSS_WAKE_UPS] = STR_INIT("wake_ups"),                 /* who waits looks later */
};

void losses_add(struct losses *losses, enum loss loss, uint64_t count)
{
        if (losses)
                atomic_fetch_add(&losses->counts[loss], count);
}

uint64_t losses_get(const struct losses *losses, enum loss loss)
{
        return atomic_load(&losses->counts[loss]);
}

struct str loss_name(enum loss loss)
{
        return NAMES[loss];
}
