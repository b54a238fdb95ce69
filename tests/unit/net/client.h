/* A client that sends bytes as they are, and reads answers one by one. */
#pragma once

#include "../check.h"

#include "base/buf.h"

struct client {
        int fd;
        struct buf received; /* not yet taken */
};

struct answer {
        unsigned int status;
        struct str head; /* status line and headers */
        struct str body;
        struct str text; /* what the two point into; freed by answer_done() */
};

/* Of "127.0.0.1:PORT" or "[::1]:PORT". Each asserts that it works. */
bool client_can_connect(const char *address);
struct client client_connect(const char *address);
void client_close(struct client *client);
void client_send(struct client *client, struct str bytes);
void client_sends(struct client *client, const char *text);
/* False when the connection is gone already. */
bool client_try_send(struct client *client, struct str bytes);

/* The next answer, by its Content-Length. is_head: it has no body whatever it says. Asserts that one comes.
 */
struct answer client_receive(struct client *client, bool is_head);
/* False when the server closed instead. */
bool client_try_receive(struct client *client, struct answer *ret);
void answer_done(struct answer *answer);
struct str answer_header(const struct answer *answer, struct str name); /* absent when there is none */

/* Waits until the server closes; true when nothing (more) had come before. */
bool client_sees_end(struct client *client);

/* Sends a request on a connection of its own, and gives the answer. */
struct answer ask(const char *address, const char *request);
