/* What fell due, done by its service, with its event: the fire function of the server's timers. */
#pragma once

#include "events/timers.h"

/* arg is the struct server. */
must_check int due_fire(void *server, struct txn *txn, const struct timer *timer, int64_t now_ms);
struct server;
/* At the start: sets the timers that fall due whenever the server starts. */
must_check int due_set_at_start(struct server *server);
