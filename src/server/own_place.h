/* Services with a place of their own on the API's address: hosts of theirs, and on all others but those of
 * buckets paths that can be no bucket's (`own-place` of api/<service>.api). */
#pragma once

#include "server/flight.h"

/* True: the request is at such a place. Sets the service, its path there, the region, and what stands in
 * front of the host. */
bool own_place_enter(struct flight *flight);
