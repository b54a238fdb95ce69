/* Logs of requests that services keep for their customers (S3's server access logs): what a service says of
 * the end of a call, stored with a change, or after the answer of anything else has been made. A call that is
 * not logged costs a look at a pointer; one that was refused, a look for who might log it. */
#pragma once

#include "server/flight.h"

/* In the transaction that the call belongs to. sent: bytes of the answer's body. */
must_check int access_log_append(struct flight *flight, struct txn *txn, uint64_t sent);
/* Of a read or a refusal whose answer has been made. What cannot be stored is told in the log of the server:
 * it holds up nobody. */
void access_log_queue(struct flight *flight);
