/* The event history: a subscriber of the outbox. */
#pragma once

#include "api/cloudtrail.h"
#include "events/subscriber.h"

extern const struct subscriber cloudtrail_history;

#define HISTORY_KEPT_DAYS                                                                                    \
        90 /* https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html */

/* Newest first: what came later has the smaller number. Events of one millisecond are in the order of the
 * outbox, of whose number the last bits are kept. */
#define HISTORY_ORDER_BITS 18
int64_t history_newest_first(const struct event *event);
/* The newest of what is too old to be shown when an event comes. */
int64_t history_oldest(const struct event *event);
int64_t history_time_ms(int64_t newest_first);

/* Texts that a client chooses, as they stand in keys, which are bounded: their beginning. */
struct str history_key_part(struct str s);

/* The `place` of resource rows: when, and which event. */
struct str history_place(struct arena *arena, const struct event *event);
/* Gives newest_first and id. -EBADMSG. */
must_check int history_place_read(struct str place, struct cloudtrail_history_event_record *ret);

/* The `what` of resource rows. */
struct str history_resource_name(struct arena *arena, struct str name);
struct str history_resource_type(struct arena *arena, struct str type);
