/* In place of server/audit.c, for the server that the recording one is measured against: it makes no event,
 * and so there is none to keep, to hand on or to note. Linked into tests/bench/merlon_unrecorded alone, which
 * is never installed. */
#include "server/audit.h"

struct str audit_service_name(struct arena *arena, struct str via_service)
{
        (void)arena;
        return via_service;
}

int audit_append(struct flight *flight, struct txn *txn)
{
        (void)flight;
        (void)txn;
        return 0;
}

int audit_queue(struct flight *flight)
{
        (void)flight;
        return 0;
}

int audit_keep(struct flight *flight)
{
        (void)flight;
        return 0;
}

int audit_append_kept(const struct flight *flight, struct txn *txn)
{
        (void)flight;
        (void)txn;
        return 0;
}

int audit_queue_kept(const struct flight *flight)
{
        (void)flight;
        return 0;
}
