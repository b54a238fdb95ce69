/* By what archives and replays are listed: by one of these at most. */
#pragma once

#include "services/events/page.h"

struct events_choice {
        struct str name_prefix, source, state;
};

/* Begins the page; what: "archives". ValidationException: it is more than one. */
must_check int events_choice_begin(const struct events_choice *choice, struct call *call, const char *what,
                                   struct str token, struct opt_int limit, struct events_page *page);
/* Is this one asked for? source: an ARN. */
bool events_choice_takes(const struct events_choice *choice, struct str name, struct str source,
                         struct str state);
