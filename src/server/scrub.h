/* A look at all bodies as they lie on the disk, while the server serves: is every one what was written, and
 * is every file somebody's? Changes nothing. */
#pragma once

#include "server/server.h"

#define SCRUB_RATE_USUAL ((uint64_t)128 * 1024 * 1024) /* bytes a second */
#define SCRUB_RATE_LEAST ((uint64_t)1024 * 1024)

/* Begins one as server->scrub. What it finds are its lines, fields with tabs between them: bucket, key,
 * version, what is wrong. -EALREADY: one is running. */
must_check int scrub_begin(struct server *server, uint64_t bytes_a_second);
