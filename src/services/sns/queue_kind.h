/* Queues, as subscribers and for what could not be delivered. */
#pragma once

#include "services/sns/kind.h"

/* To the dead-letter queue of the parcel's subscription, in the form in which it would have been delivered.
 * -ECALL: it could not; the error is the call's. */
must_check int sns_send_dead_letter(struct call *call, const struct sns_parcel *parcel,
                                    const struct sns_delivery_record *delivery);
