/* Blobs that nothing refers to: the process died between a blob's end and the transaction that was to name
 * it, or before one that had lost its name was removed. */
#pragma once

#include "server/server.h"

/* Before anybody can write one. problem is for the operator. */
must_check int orphans_remove(struct server *server, char problem[SERVER_PROBLEM_MAX]);
