/* What a client said of a body before it came: its hash, or chunks that are each signed. It holds for the
 * whole of the body, so nothing that came counts before body_proof_end(). */
#pragma once

#include "server/flight.h"

/* For a request that has been authenticated. -ECALL: what was said makes no sense. */
must_check int body_proof_begin(struct flight *flight);
/* The next bytes as they came; give() is handed what they mean. */
must_check int body_proof_add(struct flight *flight, struct str bytes,
                              int (*give)(void *arg, struct str bytes), void *arg);
/* That was all. Sets call.trailers. -ECALL: it is not what was said. */
must_check int body_proof_end(struct flight *flight);
void body_proof_done(struct flight *flight); /* at any time */
