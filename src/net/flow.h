/* Bodies that are too long to be held: the inflow takes a request's to a sink, the outflow an answer's from a
 * source. Each has two buffers: while the connection's thread fills or empties the one, a worker of the crew
 * has the other. When a side has nothing to do it rests: the worker leaves, the connection is suspended.
 * Inside this folder.
 *
 * Both belong to their exchange, which a worker refers to while it works. */
#pragma once

#include "net/exchange.h"

#include <sys/types.h>

#define FLOW_BUFFER 262144 /* bytes of a buffer while all of them together are within max_flow_bytes */
#define FLOW_LEAST  16384  /* and beyond */

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
/* Begins to read ahead; not called when there will be no body (HEAD). */
must_check int outflow_begin(struct outflow *outflow);
void outflow_close(struct outflow *outflow); /* the connection is done with it */
/* An MHD_ContentReaderCallback. */
ssize_t outflow_give(void *cls, uint64_t position, char *out, size_t most);

/* -- Buffers within the budget: bytes of one of two, and back. */
size_t flow_room_take(struct http_server *server, uint64_t wanted);
void flow_room_give(struct http_server *server, size_t room);
