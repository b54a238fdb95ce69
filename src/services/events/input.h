/* What a target gets of an event.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html */
#pragma once

#include "services/events/events.h"

/* -ECALL: one of its forms is not what it should be, or there are several. */
must_check int events_check_input(struct call *call, const struct events_target *target);

struct events_input {
        const json_t *event;
        struct str rule_arn, rule_name;
        int64_t taken_ms; /* by EventBridge */
};

/* Absent: the event as it is. The text is the arena's. */
must_check int events_target_input(struct arena *arena, const struct events_target *target,
                                   const struct events_input *input, struct str *ret);
