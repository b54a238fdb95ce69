/* Which service and which operation a request means. */
#pragma once

#include "server/flight.h"

/* Finds the service: by the credential scope where it is signed, else by what the protocols say
 * (X-Amz-Target, Action and Version) and the Host. Then the operation. Sets service, protocol, action and
 * call.operation; the operation stays NULL when the service has none of this name, which is told only after
 * authentication. -ECALL: no service. */
must_check int router_identify(struct flight *flight);

/* The refusal for an operation that was not found. */
must_check int router_require_operation(struct flight *flight);
