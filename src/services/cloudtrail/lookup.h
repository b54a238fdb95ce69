/* One LookupEvents on its way, and its tokens. */
#pragma once

#include "services/call.h"
#include "services/cloudtrail/history_walk.h"

/* One look-up: what is asked, and what has been found. */
struct lookup {
        struct call *call;
        const struct cloudtrail_lookup_events_in *in;
        struct str key; /* the attribute's name; absent: all events */
        struct history_question question;
        size_t page;
        struct cloudtrail_event *events;
        size_t count, bytes;
        int64_t last; /* newest_first of the last that was given; or, without an id, where to go on */
        struct str last_id;
        bool is_cut; /* there is more */
};

/* Of the last that was given, for the next page; bound to the question, so that it is good for no other. */
must_check int lookup_make_token(const struct lookup *lookup, struct str *ret);
/* The question goes on where it says. InvalidNextTokenException. */
must_check int lookup_read_token(struct lookup *lookup, struct str token);
