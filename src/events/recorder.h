/* Events that belong to no change (reads, refusals): gathered in memory and written to the outbox a few times
 * a second in one transaction. Bounded: when the store cannot take them and the bound is reached,
 * recorder_has_room() says no, and the pipeline refuses calls rather than let one pass unrecorded. While the
 * store is only slow, the callers wait a little instead: nothing could be done for anybody without a record.
 *
 * With each batch the `note` function may store what follows from the events (last-used data), in the same
 * transaction. */
#pragma once

#include "events/outbox.h"

struct recorder;

struct recorder_options {
        struct store *store;
        size_t max_bytes; /* of events waiting */
        int (*note)(struct txn *txn,
                    const struct event *event); /* may be NULL; a failure is logged, the event stays */
};

must_check int recorder_new(const struct recorder_options *options, struct recorder **ret);
/* Writes what waits, then frees. The store must still run. */
void recorder_free(struct recorder *recorder);

/* May wait for some seconds while a batch is on its way to the disk; not from the store's writer thread. */
bool recorder_has_room(struct recorder *recorder);
/* Copies the encoded event. -ENOSPC when there is no room. */
must_check int recorder_add(struct recorder *recorder, struct str encoded);
/* A note of no event: `note` is given one that has nothing but its hour and its `use`. -ENOSPC. */
must_check int recorder_add_note(struct recorder *recorder, int64_t time_ms, struct str note);
/* Returns when everything added before is durable, or gives the error why it is not. */
must_check int recorder_flush(struct recorder *recorder);

struct recorder_stats {
        uint64_t waiting_bytes, recorded, failures;
};
void recorder_get_stats(struct recorder *recorder, struct recorder_stats *ret);
