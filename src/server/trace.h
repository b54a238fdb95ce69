/* The reasoning behind denials, by request id, for `merlon explain` (promise 3). The newest TRACE_KEPT are
 * kept. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "store/store.h"

#define TRACE_KEPT 10000

must_check int trace_put(struct txn *txn, struct str request_id, struct str json);
must_check int trace_get(struct txn *txn, struct arena *arena, struct str request_id,
                         struct str *ret_json); /* -ENOENT */
