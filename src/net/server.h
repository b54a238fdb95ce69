/* The HTTP server: libmicrohttpd with its own I/O threads, made strict and bounded. It knows nothing of AWS.
 *
 * For each whole request it calls on_request on an I/O thread. The callee answers with http_reply(): at once,
 * or later from any thread; meanwhile the connection is suspended and its thread serves others. A request
 * whose body is over the limit, whose headers are, or that dawdles is dealt with here and never reaches
 * on_request.
 *
 * Bodies that are too long to be held are streamed: on_headers may give a request's to a sink, and an answer
 * may take its own from a source (http.h). */
#pragma once

#include "net/http.h"

struct http_server;
struct http_exchange;

struct http_server_options {
        int listen_fd; /* taken over */
        unsigned int threads;
        size_t max_body;     /* bytes of one body: 413 beyond */
        size_t max_body_all; /* bytes of all bodies being received: 503 beyond */
        size_t max_header;   /* bytes of request line and headers: 431 beyond */
        unsigned int max_connections;
        unsigned int max_per_address;  /* 0: no limit (Unix socket) */
        unsigned int header_timeout_s; /* from the connection's start, or the end of the answer before plus
                                          idle_timeout_s */
        unsigned int body_timeout_s;   /* from the end of the headers */
        unsigned int idle_timeout_s;   /* between requests */
        /* Of streamed bodies. A client must send, and take, min_progress bytes in each body_timeout_s and
         * reply_timeout_s, which do not run while it waits for a sink or a source. */
        unsigned int min_progress;     /* 0: 64 KiB */
        unsigned int reply_timeout_s;  /* of an answer that is not streamed, all of it; 0: 60 */
        size_t max_flow_bytes;         /* of buffers, about: they are smaller beyond; 0: 256 MiB */
        unsigned int max_flow_threads; /* that wait for sinks and sources; 0: nothing is streamed here */
        unsigned int stop_grace_s;     /* how long a stop lets streamed bodies go on before it cuts them */
        const char *tls_certificate;   /* PEM chain and key; NULL: plain */
        const char *tls_key;
        void (*on_request)(void *arg, struct http_exchange *exchange);
        /* Called on an I/O thread when the headers are in and nothing of the body is. It may call
         * http_receive(): then the body is streamed, and on_request is not called. Or http_reply(), before it
         * returns: then the body is not wanted, and a client that asked first (Expect) never sends it. If it
         * calls neither, the body is gathered. May be NULL. */
        void (*on_headers)(void *arg, struct http_exchange *exchange);
        /* Answers what the server refuses by itself: 413, or 503 when bodies fill max_body_all or it stops.
         * It must call http_reply() before it returns. May be NULL. */
        void (*on_refuse)(void *arg, struct http_exchange *exchange, unsigned int status);
        void *arg;
};

must_check int http_server_start(const struct http_server_options *options, struct http_server **ret);
void http_server_pause(struct http_server *server); /* no new connections, from now on */
/* Refuses new requests, waits until every exchange is answered, then closes. NULL is fine. */
void http_server_stop(struct http_server *server);

/* Strings of the request live until the reply has been sent. */
const struct http_request *http_exchange_request(const struct http_exchange *exchange);
/* Of one that has not been answered: the client will read no answer, or sends nothing more. */
bool http_client_has_left(const struct http_exchange *exchange);
/* In on_headers, before any of these strings is taken down by who may call http_receive(): they stay until
 * its sink has ended, even when the connection is gone before. */
must_check int http_keep_request(struct http_exchange *exchange);

/* In on_headers. After the sink's end(), or a write() that fails, the callee answers with http_reply(), then
 * and there or later; after abandoned() it does not. max_body is no limit to such a body. */
must_check int http_receive(struct http_exchange *exchange, struct http_sink *sink);

/* Once a request. The response, with all that it points to, must stay until `released` is called with
 * `owner`, which happens once, on some thread, when the answer is sent or the connection is lost (perhaps
 * before this returns). A source is done before it is released. */
void http_reply(struct http_exchange *exchange, const struct http_response *response,
                void (*released)(void *owner), void *owner);

struct http_server_stats {
        uint64_t connections; /* now open */
        uint64_t timed_out;   /* cut off for dawdling */
        uint64_t too_large;
        uint64_t receiving, sending;         /* streamed bodies, now */
        uint64_t received_bytes, sent_bytes; /* of streamed bodies */
        uint64_t abandoned;                  /* bodies whose client left or was cut off */
        uint64_t flow_bytes;                 /* of buffers, now */
};
void http_server_get_stats(struct http_server *server, struct http_server_stats *ret);
