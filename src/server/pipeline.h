/* The life of a request: one table of steps. See docs/life-of-a-request.md. */
#pragma once

#include "net/server.h"
#include "server/flight.h"

/* For http_server_options; arg is the struct server. */
void pipeline_request(void *arg, struct http_exchange *exchange);
/* The way of a flight that has its request, to its answer; it is freed at the end. */
void pipeline_fly(struct flight *flight);
/* The steps of a call within another's transaction: its input is decoded and its principal known. */
/* Without its record. */
must_check int pipeline_run_inner(struct flight *flight);
void pipeline_refuse(void *arg, struct http_exchange *exchange, unsigned int status);
