/* What fell due, done by its service, with its event: the functions of the server's timers. */
#pragma once

#include "events/timers.h"

/* server: the struct server. What prepare leaves is a flight: its call->prepared and call->received are
 * those of the call that fires. */
must_check int due_prepare(void *server, const struct timer *timer, int64_t now_ms, void **ret);
must_check int due_fire(void *server, struct txn *txn, const struct timer *timer, int64_t now_ms,
                        void *prepared);
void due_done(void *server, void *prepared, bool succeeded);
/* At the start: sets the timers that fall due whenever the server starts. */
struct server;
must_check int due_set_at_start(struct server *server);
