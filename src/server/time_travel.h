/* Advances of a test server's clock, kept in the store: time must not run backwards when the process ends, or
 * what had expired would be valid again. */
#pragma once

#include "server/server.h"

/* Advances the clock durably. */
must_check int time_travel_advance(struct server *server, int64_t ms);
/* At start: the clock as the processes before left it. */
must_check int time_travel_resume(struct server *server);
