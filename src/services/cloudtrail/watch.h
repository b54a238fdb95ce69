/* What trails want: a watch is a trail for as long as it wanted just that. Events come to it some time after
 * they happened, so it is their time that decides which one is asked. */
#pragma once

#include "events/outbox.h"
#include "services/cloudtrail/trail.h"

bool watch_wants(const struct cloudtrail_watch_record *watch, const struct event *event);

/* Gives each watch of the event's account that wants it; forgets those that were closed long before it. */
must_check int watch_each(struct txn *txn, struct arena *arena, const struct event *event,
                          int (*visit)(void *arg, const struct cloudtrail_watch_record *watch), void *arg);
