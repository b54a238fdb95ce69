/* What the files of this folder know of the server and of one exchange. No other folder includes it. */
#pragma once

#include "base/buf.h"
#include "net/server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdatomic.h>

struct crew;
struct door;
struct inflow;
struct farewell;
struct outflow;
struct watchdog;

/* An I/O thread, as one that reads bodies of answers. */
struct flow_thread {
        _Atomic(struct MHD_Daemon *) daemon; /* NULL: free */
        _Atomic unsigned int reading;        /* answers */
};

#define FLOW_THREADS_KNOWN 64

struct http_server {
        struct http_server_options options;
        struct MHD_Daemon *daemon;
        struct watchdog *watchdog;
        struct crew *crew;
        struct door *door;
        struct farewell *farewell;
        _Atomic uint64_t body_bytes;  /* in all exchanges */
        _Atomic uint64_t connections; /* from the door on */
        _Atomic uint64_t too_large;
        _Atomic uint64_t pending;    /* exchanges handed over and not yet sent */
        _Atomic uint64_t flow_bytes; /* of buffers of streamed bodies */
        _Atomic uint64_t receiving, sending, received_bytes, sent_bytes, abandoned;
        struct flow_thread flow_threads[FLOW_THREADS_KNOWN];
        _Atomic bool is_stopping;
};

/* An exchange is answered once; who comes second, the I/O thread that wants to suspend or the answer, acts.
 */
enum reply_state { REPLY_NONE, REPLY_AWAITED, REPLY_GIVEN };

struct http_exchange {
        struct http_server *server;
        struct MHD_Connection *connection;
        struct arena arena;
        struct http_request request;
        char address[INET6_ADDRSTRLEN];
        struct buf body;
        bool is_started;      /* headers seen */
        bool is_kept;         /* the request's strings are in the arena */
        bool is_pending;      /* counted as such */
        bool is_dispatched;   /* given to on_request, or its body to the end of its sink */
        unsigned int refusal; /* status of the answer that the server gives by itself; 0: none */
        int farewell_fd;      /* of a client that may be sending still when the connection ends; -1: none */
        _Atomic int state;
        const struct http_response *response;
        void (*released)(void *owner);
        void *owner;
        struct inflow *inflow; /* NULL: the body is gathered */
        struct outflow *outflow;
        uint64_t next_progress; /* bytes of a streamed body at which its client is given more time */
        /* The connection's; that of whoever streams its body, until he has answered or it was abandoned; and
         * those of workers. */
        _Atomic unsigned int references;
};

void exchange_ref(struct http_exchange *exchange);
void exchange_unref(struct http_exchange *exchange);

/* -- Of the connection's thread. */

void exchange_count_pending(struct http_exchange *exchange);
/* What cannot be kept is read to its end and thrown away; then comes the refusal. */
void exchange_take_body(struct http_exchange *exchange, const char *bytes, size_t len);
/* Hands a whole request over. */
enum MHD_Result exchange_dispatch(struct http_exchange *exchange);
/* The connection sleeps until the answer is there. */
void exchange_await_reply(struct http_exchange *exchange);
enum MHD_Result exchange_queue_answer(struct http_exchange *exchange);

/* Whether the callee wants the body, and where. */
void stream_ask(struct http_exchange *exchange);
/* He has answered without it. */
enum MHD_Result stream_decline(struct http_exchange *exchange, uint64_t length);
/* He has a sink for it. */
void stream_begin(struct http_exchange *exchange);
/* Leaves in *len how many bytes were not taken yet. */
enum MHD_Result stream_take(struct http_exchange *exchange, const char *bytes, size_t *len);
enum MHD_Result stream_end(struct http_exchange *exchange);
