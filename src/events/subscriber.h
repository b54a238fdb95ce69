/* A reader of the outbox with a durable cursor: it gets every event at least once, in order, in a write
 * transaction that also moves its cursor, so that what it stores and where it stands never differ.
 *
 * One thread serves all subscribers; it looks some thirty times a second while there is work, and at once
 * when something is committed after there was none. */
#pragma once

#include "events/outbox.h"

struct subscriber {
        const char *name; /* stored with the cursor: never changed */
        /* Handles one event in txn. < 0: the batch is undone and tried again later. arg: the dispatcher's. */
        int (*handle)(const void *arg, struct txn *txn, struct arena *arena, const struct event *event);
};

struct dispatcher;

/* subscribers and arg stay the caller's and must outlive the dispatcher. */
must_check int dispatcher_start(struct store *store, const struct subscriber *const *subscribers,
                                size_t count, const void *arg, struct dispatcher **ret);
void dispatcher_stop(struct dispatcher *dispatcher); /* NULL is fine */
/* Returns when every event that was in the outbox at the call has been handled by all, or with why not. */
must_check int dispatcher_drain(struct dispatcher *dispatcher);
/* Events in the outbox that the slowest subscriber has not handled: now, in a snapshot. */
uint64_t dispatcher_lag(struct dispatcher *dispatcher);
