/* Permission to put an event on a bus: what PutEvents is asked on. */
#pragma once

#include "services/events/events.h"

struct events_put {
        struct events_bus bus;
        struct str source, detail_type;
        bool by_rule; /* of another account: events:eventBusInvocation */
};

must_check int events_put_resource(struct call *call, const struct events_put *put, struct resource *ret);
