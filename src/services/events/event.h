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
/* JSON of whoever sent it. NULL: it is none. Integers that are too large for one are numbers with a fraction.
 */
json_t *events_json_load(struct str text);
size_t events_json_depth(const json_t *json); /* of values in each other: 1 is a number's, or that of {} */
/* An event read, with its detail, which is taken whatever happens: what is put into one stands between other
 * members, so that it is read by itself, and once, for it may be large. */
must_check int events_read(struct arena *arena, const struct events_event_parts *parts, json_t *detail,
                           json_t **ret);
/* For _cleanup_(). */
void events_json_done(json_t **json);
