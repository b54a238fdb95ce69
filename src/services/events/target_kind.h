/* The kinds of targets that events are really delivered to: a row for each. */
#pragma once

#include "services/events/events.h"

/* A delivery, and its event. */
struct events_parcel {
        const struct events_delivery_record *delivery;
        const struct events_event_record *event;
        struct str text; /* what the target gets */
};

struct events_target_kind {
        struct str service; /* as in ARNs */
        /* What PutTargets must refuse: -ECALL. */
        int (*check)(struct call *call, const struct events_bus *bus, const struct events_target *target);
        /* -ECALL: not delivered; then *ret_code is one of AWS's codes of dead letters. */
        int (*deliver)(struct call *call, const struct events_parcel *parcel, struct str *ret_code);
};

/* NULL: events are not delivered to such a thing. */
const struct events_target_kind *events_target_kind_of(struct str arn);

/* -- The rows */

extern const struct events_target_kind events_bus_target;
extern const struct events_target_kind events_queue_target;
extern const struct events_target_kind events_log_target;
extern const struct events_target_kind events_topic_target;
