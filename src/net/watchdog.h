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
/* What the connection's present phase is: streams are to be cut when watchdog_cut_streams() is called, or was
 * before. Where a body comes in, it is also cut when its client has ended amid the body and there is nothing
 * more to read: libmicrohttpd (0.9.75) does not notice an end that came with the last bytes. */
enum watched_stream { NO_STREAM, BODY_GATHERED, STREAM_RECEIVED, STREAM_SENT };
void watchdog_mark(struct watchdog *watchdog, struct MHD_Connection *connection, enum watched_stream stream);
void watchdog_cut_streams(struct watchdog *watchdog);
void watchdog_remove(struct watchdog *watchdog, struct watched *watched);
uint64_t watchdog_cut_count(struct watchdog *watchdog);
