/* Answers to clients that are still sending. Inside this folder. */
#pragma once

#include "net/exchange.h"

/* Writes the exchange's answer to the connection, which is then to be closed: libmicrohttpd queues none in
 * the middle of a body. */
void early_answer(struct http_exchange *exchange);
/* The connection will be closed while the client may be sending: see farewell.h. */
void early_end(struct http_exchange *exchange);
