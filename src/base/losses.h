/* What was not done because of a bound, counted: nothing is left out without a word. A counter each, of the
 * process, on /metrics. Who leaves something out counts it here, says so in the log, and where its owner
 * looks, if there is such a place. A transaction that is repeated counts again. */
#pragma once

#include "str.h"

#include <stdatomic.h>

enum loss {
        LOSS_METRIC_FILTER_EVENTS,
        LOSS_METRIC_FILTERS,
        LOSS_LOG_QUERIES,
        LOSS_REPLAYED_EVENTS,
        LOSS_RULE_EVENTS,
        LOSS_RULE_DELIVERIES,
        LOSS_TOPIC_DELIVERIES,
        LOSS_BUCKET_NOTIFICATIONS,
        LOSS_ACCESS_LOG_LINES,
        LOSS_TRAIL_EVENTS,
        LOSS_TRAIL_FEED_EVENTS,
        LOSS_TRAIL_DIGESTS,
        LOSS_ALARM_EVALUATIONS,
        LOSS_COMPOSITE_ALARMS,
        LOSS_NOTES,
        LOSS_OUTBOX_EVENTS,
        LOSS_WAKE_UPS,
        LOSS_KINDS
};

struct losses {
        _Atomic uint64_t counts[LOSS_KINDS];
};

/* losses: NULL counts nothing. */
void losses_add(struct losses *losses, enum loss loss, uint64_t count);
uint64_t losses_get(const struct losses *losses, enum loss loss);
/* "metric_filter_events" */
struct str loss_name(enum loss loss);
