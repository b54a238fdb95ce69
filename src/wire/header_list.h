/* Lists in one header: "a, b", "\"a, b\", c", and dates with a comma of their own.
 * https://smithy.io/2.0/spec/http-bindings.html#httpheader-trait. Internal to the rest protocols. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"

/* Takes the next item off the front of *rest; a quoted one without its quotes and escapes (in the arena).
 * Empty items that are not quoted do not count. 1: *ret is an item; 0: the end; -EINVAL: a quote is not
 * closed, or something follows it; -ENOMEM. A date takes two commas' worth when has_dates. */
must_check int header_list_next(struct str *rest, bool has_dates, struct arena *arena, struct str *ret);

/* Quoted when it has to be. */
void header_list_add(struct buf *buf, struct str item, bool is_first, bool is_date);
