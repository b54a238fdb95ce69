/* A few threads for work that takes long, so that neither the I/O threads nor the store's writer wait for it.
 */
#pragma once

#include "base/str.h"

struct workers;

struct work {
        void (*run)(struct work *work); /* on a worker; may free the work */
        struct work *next;              /* the workers' own */
};

must_check int workers_start(unsigned int threads, struct workers **ret);
void workers_stop(struct workers *workers); /* does what is queued first; NULL is fine */
/* False when too much is queued already: the work was not taken. */
bool workers_add(struct workers *workers, struct work *work);
