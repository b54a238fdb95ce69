/* The way of a request: from its snapshot to a transaction, a worker, or waiting, to its answer. What is done
 * there is in server/steps.h. See docs/life-of-a-request.md. */
#pragma once

#include "net/server.h"
#include "server/flight.h"

/* For http_server_options; arg is the struct server. */
void pipeline_request(void *arg, struct http_exchange *exchange);
/* The way of a flight that has its request, to its answer; it is freed at the end. */
void pipeline_fly(struct flight *flight);

/* One that has waited, on the thread that looks after those: for waiting_start(). */
void pipeline_resume(struct waiter *waiter);
/* For http_server_options: what is refused before it is read. */
void pipeline_refuse(void *arg, struct http_exchange *exchange, unsigned int status);

/* In pieces, for a call whose body is streamed (server/receive.c): a flight for the exchange; letting go of
 * the snapshot that its steps ran in; then the transaction of its write, or a refusal, each of which answers
 * and frees the flight. */
struct flight *pipeline_flight(void *server, struct http_exchange *exchange);
must_check int pipeline_leave_snapshot(struct flight *flight);
void pipeline_submit(struct flight *flight);
void pipeline_finish(struct flight *flight, int result);
