/* What trails want: a watch is a trail for as long as it wanted just that. Events come to it some time after
 * they happened, so it is their time that decides which one is asked. */
#pragma once

#include "events/outbox.h"
#include "services/cloudtrail/trail.h"

/* Whether an event is one for the trail, whatever it chooses among those; and whether it is chosen. */
bool watch_covers(const struct cloudtrail_watch_record *watch, const struct event *event);
bool choice_fits(const struct cloudtrail_choice_record *choice, const struct event *event);
/* Of a trail without selectors: "all read and write management events". */
bool choice_is_usual(const struct event *event);
/* What the delivery into log groups itself records of data: a trail that wants it would have no end. */
bool event_is_of_feed(const struct event *event);

/* Gives each watch of the event's account that wants it; forgets those that were closed long before it. */
must_check int watch_each(struct txn *txn, struct arena *arena, const struct event *event,
                          int (*visit)(void *arg, const struct cloudtrail_watch_record *watch), void *arg);
