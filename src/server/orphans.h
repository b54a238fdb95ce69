/* Blobs that nothing refers to: the process died between a blob's end and the transaction that was to name
 * it, or before one that had lost its name was removed. */
#pragma once

#include "server/server.h"
#include "store/blob.h"

/* Before anybody can write one. problem is for the operator. */
must_check int orphans_remove(struct server *server, char problem[SERVER_PROBLEM_MAX]);

/* While the server serves: visits those that no record names, that nothing is about to remove, and that were
 * not written to for a minute, for what is younger may be an upload's that is about to be named. What the
 * visitor gives below 0 ends it. */
must_check int orphans_each(struct server *server, int (*visit)(void *arg, struct blob_id id), void *arg);
