/* Calls that wait for something to answer (call_wait()): long polls. Each is a suspended connection and its
 * call's memory; one thread looks after all of them, and runs those again that may have an answer now. */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct server;
struct waiting;

/* Part of the flight that waits. */
struct waiter {
        uint64_t what;
        int64_t due_ms, deadline_ns;
        uint64_t seen; /* waiting_now() before the state was read that had no answer */
        struct waiter *next;
};

/* resume() is called on the thread of this, with a waiter that waits no more; it may wait again. */
must_check int waiting_start(struct server *server, void (*resume)(struct waiter *waiter),
                             struct waiting **ret);
/* Resumes all that wait; from then on nobody waits. NULL is fine, here and below. */
void waiting_end(struct waiting *waiting);
void waiting_stop(struct waiting *waiting); /* ends the thread and frees */

bool waiting_has_ended(struct waiting *waiting);
size_t waiting_count(struct waiting *waiting);

/* A number that grows with every touch: to be taken before a state is read. */
uint64_t waiting_now(struct waiting *waiting);
/* If it was touched since waiter->seen, it is resumed at once. After waiting_end() too. */
void waiting_add(struct waiting *waiting, struct waiter *waiter);
/* The one that has waited longest for it looks again. For store_on_touch(). */
void waiting_touch(void *waiting, uint64_t what);
