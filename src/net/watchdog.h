/* Cuts off connections that dawdle. libmicrohttpd's own timeout counts idleness, which a client that sends
 * one byte a second never shows; this counts from the start of each phase instead. */
#pragma once

#include "base/str.h"

struct MHD_Connection;
struct watchdog;
struct watched;

must_check int watchdog_start(struct watchdog **ret);
void watchdog_stop(struct watchdog *watchdog);

/* For the connection's socket context; NULL when memory is short (then the connection is not watched). */
struct watched *watchdog_add(struct watchdog *watchdog, struct MHD_Connection *connection,
                             unsigned int seconds);
/* The next phase must end within so many seconds; 0: no limit (the server's own work). */
void watchdog_expect(struct watchdog *watchdog, struct MHD_Connection *connection, unsigned int seconds);
void watchdog_remove(struct watchdog *watchdog, struct watched *watched);
uint64_t watchdog_cut_count(struct watchdog *watchdog);
