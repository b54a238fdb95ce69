/* May this principal do this? Every policy type that applies, on every permission that the operation asks
 * for. */
#pragma once

#include "server/flight.h"

/* -ECALL: denied, with AWS's text; the reasoning is in flight->trace. Any doubt (a policy that does not
 * compile, a key that cannot be found out, an operation without a permission) is a denial. */
must_check int authorise(struct flight *flight);

/* One more permission, for handlers: call->authorise. */
must_check int authorise_more(struct call *call, struct str action, const struct resource *resource);
