/* What falls due later: durable rows in the order of their hour, on the one clock (promise 6).
 *
 * A timer is set and taken back in the transaction of what it belongs to. When its hour has come, its row
 * goes in the same transaction in which the work is done, so that it is done once. One that fails stays and
 * is tried again, later each time (setbacks.h); it holds up nobody else. Where the store fails, or more of
 * them than are kept in mind, the lane pauses for a second.
 *
 * There are four lanes: what is done at once, on a thread of its own, which may have a part of a millisecond
 * (signing) that is done before the transaction; what has a part that takes long
 * (copies of bodies), which is done before the transaction and holds up only its like, on another; what may
 * take a minute of work (queries), for which none of those waits; and what is sent to others, who may be
 * slow, on many (couriers.h). In a lane that is fair owners take turns, so that nobody waits for more than
 * one piece of work of each other.
 *
 * Keys: the lane's prefix, the hour as 8 bytes big-endian, the name, a zero byte, the subject. Values: "1",
 * and the owner. */
#pragma once

#include "base/arena.h"
#include "base/clock.h"
#include "store/store.h"

enum timer_lane {
        TIMER_QUICK,
        TIMER_SLOW,
        TIMER_OUT,
        TIMER_LONG,
};

struct timer {
        int64_t due_ms;       /* not before 1970 */
        struct str name;      /* "kms.DeleteKey": no zero byte */
        struct str subject;   /* what it is about, in its owner's words; at most TIMER_SUBJECT_MAX bytes */
        enum timer_lane lane; /* what it is set in; the others are for timers with the word `slow` alone */
        struct str owner;     /* the account whose turn it takes, in a lane that is fair; absent: nobody's */
};
#define TIMER_SUBJECT_MAX 384
#define TIMER_OWNER_MAX   16 /* bytes */

/* Setting one that is set, or taking back one that is not, changes nothing. */
must_check int timer_set(struct txn *txn, const struct timer *timer);
must_check int timer_take_back(struct txn *txn, const struct timer *timer);
/* Those that are set and due by then, in order. What the visitor gives below 0 ends the walk. */
must_check int timers_each(struct txn *txn, int64_t until_ms,
                           int (*visit)(void *arg, const struct timer *timer), void *arg);

struct timers;

struct timers_options {
        struct store *store;
        const struct clock *clock;
        enum timer_lane lane;
        /* Owners take turns, whoever of them has set more, or earlier: each has the first of what is due of
         * his done, and then it is the next one's turn. */
        bool is_fair;
        /* Before fire, on the lane's thread, outside of transactions: it may take its time. What it leaves is
         * given to fire, and to done() when that has ended. < 0: it is not fired, and tried again later;
         * -ESHUTDOWN: it was told to stop. NULL, both: nothing. */
        int (*prepare)(void *arg, const struct timer *timer, int64_t now_ms, void **ret);
        void (*done)(void *arg, void *prepared, bool succeeded);
        /* Does what is due, in txn. now_ms: of the clock; while the clock is being advanced, the timer's own
         * hour, as if no hour had been skipped. < 0: all of it is undone, and tried again later. It may set
         * timers. */
        int (*fire)(void *arg, struct txn *txn, const struct timer *timer, int64_t now_ms, void *prepared);
        /* At every look at the rows, some thirty times a second, due or not: for what is to be done now and
         * then. NULL: nothing. */
        void (*look)(void *arg);
        void *arg;
};

must_check int timers_start(const struct timers_options *options, struct timers **ret);
void timers_stop(struct timers *timers); /* NULL is fine */
/* Moves the clock by advance() (NULL: it has been moved), and returns when everything that fell due by it has
 * been done; with an error when something could not be done. */
must_check int timers_advance(struct timers *timers, int (*advance)(void *arg), void *arg);
