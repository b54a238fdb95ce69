/* Replays: events of an archive once more, on the bus that they came to.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-archive.html#eb-archive-replay */
#pragma once

#include "services/events/archive.h"

#define EVENTS_STARTING   STR("STARTING")
#define EVENTS_RUNNING    STR("RUNNING")
#define EVENTS_CANCELLING STR("CANCELLING")

struct str events_replay_arn(struct call *call, const struct events_replay_record *replay);
/* STARTING, RUNNING or CANCELLING. */
bool events_replay_is_active(const struct events_replay_record *replay);

/* Its timer: replay_run.c */
must_check int events_replay_set_timer(struct call *call, const struct events_replay_record *replay,
                                       int64_t due_ms);
/* One more or less that is active, in its account and region. LimitExceededException. */
must_check int events_replay_count(struct call *call, const struct events_replay_record *replay,
                                   int64_t more);
