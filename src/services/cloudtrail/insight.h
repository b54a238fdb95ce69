/* Insights: calls and errors that come at another rate than they usually do. Calls are counted by the minute,
 * in each account and region whose trails ask for it; each minute is judged once it is over, by the seven
 * days before; what is found out is an event, that goes the way of all events.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-insights-events-with-cloudtrail.html */
#pragma once

#include "events/outbox.h"
#include "services/cloudtrail/trail.h"

#define INSIGHT_MINUTE_MS        (60 * MS_PER_S)
#define INSIGHT_BASELINE_MINUTES INT64_C(10080)
/* "CloudTrail may take up to 36 hours to begin delivering Insights events". */
#define INSIGHT_LEARNING_MINUTES (36 * INT64_C(60))

/* -- What trails ask for (insight.c) */

enum { INSIGHT_CALLS = 1, INSIGHT_ERRORS = 2 };

bool insights_have(const struct cloudtrail_insight_selector_list *selectors, struct str type, bool is_data);
/* Those that count an event. */
unsigned int insights_of(const struct cloudtrail_insight_selector_list *selectors, const struct event *event);

/* -- Counting (insight_count.c) */

must_check int insight_count(struct txn *txn, struct arena *arena, const struct event *event,
                             unsigned int which);
/* What a series is of, as its name has it. */
struct insight_series {
        struct str type, category, source, name, error; /* empty, the last: none */
};
void insight_read_series(struct str text, struct insight_series *ret);
must_check int insight_wait(struct txn *txn, struct arena *arena, struct cloudtrail_insight_desk_record *desk,
                            int64_t due_ms);
/* More of some, or less: those that are left with nothing are gone. Bounded: of each attribute the largest,
 * as far as that can be known. */
must_check int insight_share(struct arena *arena, struct cloudtrail_insight_share_list *shares,
                             const struct cloudtrail_insight_share *share, int64_t sign);

/* -- Events (insight_event.c) */

/* In the outbox, with the transaction. is_end: else it is the beginning. */
must_check int insight_tell(struct call *call, const struct cloudtrail_insight_open_record *open,
                            bool is_end);
/* Into the event history. */
must_check int insight_remember(struct txn *txn, struct arena *arena, const struct event *event);
