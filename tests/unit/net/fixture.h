/* A server for tests. What its handler does depends on the path:
 *   /echo...  answers at once with the request as it was seen: method, path, query, version, peer, headers,
 * body /later    the same from another thread, as soon as it can /hold     the same when hold_release() is
 * called */
#pragma once

#include "client.h"

#include "net/listen.h"
#include "net/server.h"

#include <pthread.h>
#include <stdatomic.h>

struct site {
        struct http_server *server;
        char address[64];
        pthread_t workers[4];
        pthread_mutex_t lock;
        pthread_cond_t changed;
        struct http_exchange *queue[4096]; /* for workers */
        size_t queued;
        struct http_exchange *held[256];
        size_t held_count;
        bool is_ending;
        _Atomic unsigned long requests, replies_sent; /* given to the handler; released */
        _Atomic unsigned long refused;
        bool has_refusals; /* on_refuse is set */
};

/* Options with room for everything; tests narrow them down before site_start(). */
struct http_server_options site_options(void);
void site_start(struct site *site, struct http_server_options options, const char *listen);
void site_stop(struct site *site);

/* Waits until so many requests are held; answers all that are. */
void hold_wait(struct site *site, size_t count);
void hold_release(struct site *site);
