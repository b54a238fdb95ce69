/* The server: everything that lives as long as the process, opened in order and closed in the reverse. */
#pragma once

#include <pthread.h>

#include "net/server.h"
#include "server/config.h"
#include "server/job.h"
#include "server/metrics.h"
#include "services/call.h"
#include "services/damage.h"

struct recorder;
struct dispatcher;
struct use_table;
struct wire_patterns;
struct timers;
struct couriers;
struct sender;
struct waiting;
struct workers;

struct server {
        struct config config;
        struct arena arena; /* of what is set up once, by the thread that starts the server and no other */
        char *data;         /* folder of the store, credentials and socket */
        bool data_is_temporary;

        struct clock clock;
        struct keyring *keyring;
        struct store *store;
        struct blobs *blobs;
        struct auth *auth;
        struct policy_cache *policies;
        struct attempts *attempts, *sign_ins, *visitors;
        struct budgets *lookups;
        struct event_pattern_cache *event_patterns;
        struct key_cache *keys;
        struct wire_patterns *patterns;
        struct use_table *uses;
        struct workers *workers;
        struct waiting *waiting;
        struct recorder *recorder;
        struct dispatcher *dispatcher;
        struct timers *timers, *slow_timers, *long_timers;
        struct couriers *couriers; /* of the timers that send to others, by what follows */
        struct sender *sender;
        atomic_bool is_stopping;
        struct metrics metrics;
        struct losses losses;
        struct damage damage;
        struct host host;

        struct job scrub, saving; /* what operators have begun */

        struct http_server *api, *api_tls, *admin, *admin_tcp;
        struct str endpoint, tls_endpoint, admin_endpoint;

        pthread_mutex_t resetting; /* both admin listeners may be asked at once */
};

#define SERVER_PROBLEM_MAX 640

/* Opens the data folder and serves. problem says, for the operator, what went wrong. */
must_check int server_start(struct server *server, char problem[SERVER_PROBLEM_MAX]);
/* Takes no more requests, answers those that are there, and closes. Fine on what server_start() left behind.
 */
void server_stop(struct server *server);

/* An ephemeral server as it was at its start: every key, account and event gone. */
must_check int server_reset(struct server *server);
