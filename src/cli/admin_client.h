/* The operator's side of the admin interface: one request over the Unix socket in a data folder. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"

/* -ECONNREFUSED, -ENOENT: no server runs on this folder. -EPROTO: the answer is not HTTP. */
must_check int admin_request(struct str data, struct str method, struct str path, struct str body,
                             struct arena *arena, unsigned int *ret_status, struct str *ret_body);
