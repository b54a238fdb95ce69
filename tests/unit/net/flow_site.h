/* A server for tests of streamed bodies. What it does depends on the path and the query:
 *   /sink     takes the body, whose bytes must be flow_bytes(), and answers how many there were
 *               fail=N        the sink takes no more than N bytes, and the answer is 507
 *               late=1        the 507 is given by flow_answer_late()
 *               held=write    each write waits while the site is held; held=end: the end does
 *   /refuse   answers 403 when the headers are in
 *   /source   answers with flow_bytes()
 *               size=N        so many
 *               unknown=1     without telling before
 *               now=1         what it can without waiting: little, and not always
 *               whole=1       from memory
 *               fail=N        the source fails from there on
 *               held=1        each read waits while the site is held
 *   others    are answered with their method and body, which is gathered */
#pragma once

#include "client.h"

#include "net/listen.h"
#include "net/server.h"

#include <pthread.h>
#include <stdatomic.h>

struct flow_site {
        struct http_server *server;
        char address[64];
        pthread_mutex_t lock;
        pthread_cond_t changed;
        bool is_held;
        size_t waiting; /* sinks and sources that wait because it is */
        struct upload *late[64];
        size_t late_count;
        _Atomic unsigned long begun, ended, abandoned, failed; /* sinks */
        _Atomic unsigned long sources, done;
        _Atomic unsigned long replies, released;
        _Atomic uint64_t taken; /* bytes by sinks */
        _Atomic uint64_t read;  /* bytes of sources */
        _Atomic unsigned long wrong;
};

struct http_server_options flow_options(void);
void flow_start(struct flow_site *site, struct http_server_options options);
/* Stops, and asserts that each sink was ended once, each source done, each answer released. */
void flow_stop(struct flow_site *site);
void flow_assert_even(const struct flow_site *site);

void flow_hold(struct flow_site *site);
void flow_let_go(struct flow_site *site);
void flow_wait_held(struct flow_site *site, size_t count);
void flow_wait_late(struct flow_site *site, size_t count);
void flow_answer_late(struct flow_site *site);
/* Until the value is there. */
void flow_wait(const _Atomic unsigned long *value, unsigned long least);

/* -- The client's side. */

struct str flow_bytes(uint64_t offset, size_t len); /* perhaps fewer */
bool flow_send(struct client *client, uint64_t offset, uint64_t len);
/* A request's head; more are further headers, each with its end of line. */
void flow_sends(struct client *client, const char *method, const char *target, const char *more);
void flow_put(struct client *client, const char *target, uint64_t len); /* head and body */
bool flow_put_chunked(struct client *client, const char *target, uint64_t len, size_t chunk);
/* Reads the head of an answer, then so many bytes of its body, which must be right. Gives how many came. */
struct answer flow_receive_head(struct client *client);
uint64_t flow_receive(struct client *client, uint64_t len);
uint64_t flow_receive_from(struct client *client, uint64_t offset, uint64_t len);
uint64_t flow_receive_chunked(struct client *client); /* all of it; asserts that it ends */
void flow_assert_answer(struct client *client, unsigned int status, const char *body);
void flow_assert_works(struct flow_site *site); /* another connection is served */
