/* Bodies that are too long to be held: the inflow takes a request's to a sink, the outflow an answer's from a
 * source. The inflow has two buffers: while the connection's thread fills the one, a worker of the crew
 * empties the other. The outflow reads right into libmicrohttpd's: on the connection's thread when that need
 * not wait (read_now), else on a worker. When a side has nothing to do it rests: the worker leaves, the
 * connection is suspended. Inside this folder.
 *
 * Both belong to their exchange, which a worker refers to while it works. */
#pragma once

#include "net/exchange.h"

#include <sys/types.h>

/* Bytes of a buffer while all of them together are within max_flow_bytes. What an answer's thread reads at
 * once delays the others of that thread. */
#define FLOW_BUFFER    262144
#define OUTFLOW_BUFFER 131072
#define FLOW_LEAST     16384 /* and beyond */

/* -- The request's body. Of the connection's thread unless said otherwise. */

must_check int inflow_new(struct http_exchange *exchange, struct http_sink *sink);
void inflow_free(struct inflow *inflow); /* any thread; NULL is fine */
/* How many of the bytes were taken. If not all, the connection has been suspended until the rest may come. */
size_t inflow_take(struct inflow *inflow, struct str bytes);
void inflow_end(struct inflow *inflow);  /* the body is whole */
void inflow_lose(struct inflow *inflow); /* the connection ends; of no effect after inflow_end() */
/* The sink takes no more. */
bool inflow_is_refused(struct inflow *inflow);
uint64_t inflow_taken(const struct inflow *inflow); /* bytes so far */
/* Those that nobody wants. */
void inflow_pass_over(struct inflow *inflow, size_t len);

/* -- The answer's body. */

must_check int outflow_new(struct http_exchange *exchange, struct http_source *source);
void outflow_free(struct outflow *outflow); /* any thread; NULL is fine */
/* The length of libmicrohttpd's buffer; not called when there will be no body (HEAD). */
size_t outflow_begin(struct outflow *outflow);
/* An MHD_ContentReaderCallback. */
ssize_t outflow_give(void *cls, uint64_t position, char *out, size_t most);

/* -- Buffers within the budget: bytes of each of some, at most so many, and back. */
size_t flow_room_take(struct http_server *server, uint64_t wanted, size_t most, size_t count);
void flow_room_give(struct http_server *server, size_t room, size_t count);
