/* Queues, as targets and for what could not be delivered. */
#pragma once

#include "services/events/target_kind.h"

/* Sends to the dead-letter queue of a delivery that has ended. exhausted: which limit it reached; absent: it
 * was refused for good. -ECALL: it could not; the error is the call's. */
must_check int events_send_dead_letter(struct call *call, const struct events_parcel *parcel,
                                       struct str exhausted);
