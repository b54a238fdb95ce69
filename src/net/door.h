/* Who comes in. One thread accepts connections and hands them over to libmicrohttpd, which gives each to the
 * I/O thread that its descriptor's number says: those that come together get one after the other. I/O threads
 * that accept by themselves all wait at the listening socket, and the first to wake takes all who are there:
 * a client's connections shared one processor while the others had nothing to do. Inside this folder. */
#pragma once

#include "net/exchange.h"

struct door;

/* Takes the listening socket over. server->daemon runs, and for longer than the door. */
must_check int door_open(struct http_server *server, int listen_fd, struct door **ret);
void door_close(struct door *door); /* nobody else comes in, and the socket is closed; NULL is fine */
