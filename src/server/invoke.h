/* Calls of one service by another, within the transaction of the one: call->invoke. */
#pragma once

#include "server/flight.h"

must_check int invoke(struct call *call, const struct api_operation *operation, const void *in, void *out,
                      struct str via_service);
/* In the name of a role: call->act. */
must_check int act(struct call *call, const struct call_act *act);

/* call->as_service */
must_check int invoke_by_service(struct call *call, const struct call_by_service *by,
                                 const struct api_operation *operation, const void *in, void *out);
/* A step of inner calls: takes in the body that such a one has. */
must_check int invoke_receive(struct flight *flight);

/* What becomes of the events of a call's inner calls. Those of changes live and die with the transaction;
 * every other one is on record whatever the outer call comes to, once, before the outer call's own.
 *
 * As part of the outer call's record, in its transaction: those that are not in it yet. */
must_check int invoke_append(struct flight *outer, struct txn *txn);
/* At the end of a call without a transaction, or whose transaction was undone. */
must_check int invoke_queue(struct flight *outer);
/* Before a call that begins again, and at its very end: what it made of others until now counts for nothing.
 */
void invoke_forget(struct flight *outer);
