/* The life of a request: one table of steps. See docs/life-of-a-request.md. */
#pragma once

#include "net/server.h"
#include "server/flight.h"

/* For http_server_options; arg is the struct server. */
void pipeline_request(void *arg, struct http_exchange *exchange);
/* The way of a flight that has its request, to its answer; it is freed at the end. */
void pipeline_fly(struct flight *flight);

/* In pieces, for a call whose body is streamed: a flight for the exchange; which operation it is; the steps
 * up to its input; letting go of the snapshot that they ran in; then the transaction of its write, or a
 * refusal, each of which answers and frees the flight. */
struct flight *pipeline_flight(void *server, struct http_exchange *exchange);
/* One that has waited, on the thread that looks after those: for waiting_start(). */
void pipeline_resume(struct waiter *waiter);
must_check int pipeline_identify(struct flight *flight);
must_check int pipeline_enter(struct flight *flight);
must_check int pipeline_leave_snapshot(struct flight *flight);
void pipeline_submit(struct flight *flight);
void pipeline_finish(struct flight *flight, int result);

/* The steps of a call within another's transaction: its input is decoded and its principal known. */
/* Without its record. */
must_check int pipeline_run_inner(struct flight *flight);
/* As far as its body has been received. */
must_check int pipeline_receive_inner(struct flight *flight);
void pipeline_refuse(void *arg, struct http_exchange *exchange, unsigned int status);
