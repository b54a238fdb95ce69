/* What other services need of EventBridge. */
#pragma once

#include "services/call.h"
#include "services/events/pattern_cache.h" /* the language of patterns, which filters of others speak */

/* An event that a service tells of, whole, as targets get it, on the default bus of an account and region. In
 * a transaction. */
must_check int events_put_service_event(struct call *call, struct str account, struct str region,
                                        struct str event);
