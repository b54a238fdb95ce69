/* Events as targets get them.
 * https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html */
#pragma once

#include "services/events/events.h"

struct events_event_parts {
        struct str id, detail_type, source, account, region;
        int64_t time_ms;
        const struct str *resources;
        size_t resource_count;
        struct str detail; /* JSON */
};

must_check int events_write(struct arena *arena, const struct events_event_parts *parts, struct str *ret);
/* For _cleanup_(). */
void events_json_done(json_t **json);
