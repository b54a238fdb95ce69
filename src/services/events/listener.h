/* Which rules of a bus an event may be for. */
#pragma once

#include "services/events/events.h"

/* Under which listeners for any source stand. */
#define EVENTS_ANY_SOURCE STR("*")
/* A source as it stands in keys: its beginning. */
struct str events_source_key(struct str source);
