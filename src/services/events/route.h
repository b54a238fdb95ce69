/* From an event on a bus to what is to be delivered of it, durably, in one transaction.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rules.html */
#pragma once

#include "services/events/events.h"

/* Where the work is done: in a call, or in a subscriber of the outbox. */
struct events_desk {
        struct txn *txn;
        struct arena *arena;
        const struct host *host;
        int64_t now_ms;
};

static inline struct events_desk events_desk_of(struct call *call)
{
        return (struct events_desk){call->txn, &call->arena, call->host, call->now_ms};
}

/* An event, once however many rules take it. */
struct events_item {
        struct str text;   /* JSON, as targets get it */
        json_t *json;      /* the same, read; who made it frees it */
        bool is_read;      /* a management event that only reads */
        bool is_forwarded; /* it came from another bus */
        bool is_foreign;   /* its content is a client's: it is held against rules for so long only */
        const struct str_list *rules; /* for these alone, by their ARNs; NULL: for all */
        int64_t number;               /* 0: nothing is to be delivered yet */
        int64_t left;                 /* deliveries */
};

/* Whether there is any rule on the bus that may take events of this source. */
must_check int events_has_listener(const struct events_desk *desk, struct str bus_arn, struct str source,
                                   bool is_read, bool *ret);
/* Sets out deliveries to the targets of all rules of the bus that take it. -E2BIG: a foreign one has taken
 * too long; nothing is set out. */
must_check int events_route(const struct events_desk *desk, const struct events_bus *bus,
                            struct events_item *item);
/* To the targets of this rule, whatever its pattern says. */
must_check int events_send(const struct events_desk *desk, const struct events_bus *bus, struct str rule,
                           struct events_item *item);
/* Keeps what is to be delivered, after all of the above. */
must_check int events_item_keep(const struct events_desk *desk, const struct events_item *item);
