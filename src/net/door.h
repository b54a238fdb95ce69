/* Who comes in. One thread accepts connections and gives them to the I/O threads in turn. libmicrohttpd's own
 * threads would all wait at the listening socket, and the first to wake takes all who are there: a client's
 * connections would share one processor while the others have nothing to do. Inside this folder. */
#pragma once

#include "net/exchange.h"

struct door;

/* Takes the listening socket over. server->daemon runs, and for longer than the door. */
must_check int door_open(struct http_server *server, int listen_fd, struct door **ret);
void door_close(struct door *door); /* nobody else comes in, and the socket is closed; NULL is fine */
