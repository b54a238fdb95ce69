/* A lane of timers (timers.h) that are about others who may be slow, or silent: each is carried by a thread
 * of its own, some at once, so that nobody waits for them, and only so many for one recipient, so that he
 * leaves room for others; so does a sender whose recipients are many. Each is done at least once: its row
 * goes in the transaction that follows, with what came of it.
 *
 * The recipient is the first word of the timer's subject, the sender the second. Those for one recipient are
 * begun in the order of their hours, and may end in another. */
#pragma once

#include "events/timers.h"

struct couriers;

struct couriers_options {
        struct timers_options timers; /* prepare: what takes long; look is not used */
        unsigned int at_once;         /* at most COURIERS_MAX */
        unsigned int at_once_to;      /* one recipient */
        unsigned int at_once_from;    /* one sender */
};
#define COURIERS_MAX 64

must_check int couriers_start(const struct couriers_options *options, struct couriers **ret);
void couriers_stop(struct couriers *couriers); /* when those that are under way have ended; NULL is fine */
/* As timers_advance(): one by one, in the order of their hours. */
must_check int couriers_advance(struct couriers *couriers, int (*advance)(void *arg), void *arg);
