/* What is done for a call, in tables of steps. The order is the law of the house: docs/life-of-a-request.md.
 * A step that fails ends the call: -ECALL with an AWS error, or the reason why the server could not. */
#pragma once

#include "server/flight.h"

/* In a snapshot: which service and operation; then the rest, as far as the input. */
must_check int steps_identify(struct flight *flight);
must_check int steps_enter(struct flight *flight);
/* The input alone: once more, for another page of a website. */
must_check int steps_read(struct flight *flight);

/* In a read's snapshot or a write's transaction: permission, handler, record. */
must_check int steps_act(struct flight *flight);
/* Without the permission, which has been given in this very snapshot. */
must_check int steps_act_allowed(struct flight *flight);

/* Before the transaction of a slow write, on a worker. */
must_check int steps_prepare(struct flight *flight);

/* Of a call within another's transaction: its input is decoded and its principal known. Without its record.
 */
must_check int steps_run_inner(struct flight *flight);
/* As far as its body has been received. */
must_check int steps_receive_inner(struct flight *flight);
