/* Bodies that an operation takes as a stream (api_operation.receive): who may send them is settled by their
 * headers, they go where the service says, and the transaction follows when all of them is there. */
#pragma once

#include "server/flight.h"

/* For http_server_options: takes over the body when the operation wants it streamed and it is too long to be
 * gathered. arg is the struct server. */
void receive_headers(void *arg, struct http_exchange *exchange);

/* The same for a body that has been gathered, all at once. */
must_check int receive_gathered(struct flight *flight);
