/* Snapshots of a running server: the store and all bodies as they were at one moment, as one file. */
#pragma once

#include "server/server.h"

/* Begins one as server->saving. -EALREADY: one is running. */
must_check int saving_begin(struct server *server, struct str file);
