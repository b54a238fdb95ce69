/* Files as AWS's services deliver them: compressed, RFC 1952. */
#pragma once

#include "base/arena.h"

/* The same bytes for the same bytes: no name and no time in it. -ENOMEM. */
must_check int gzip_compress(struct arena *arena, struct str bytes, struct str *ret);
/* One file, and nothing behind it. -EBADMSG: it is none, or damaged; -EMSGSIZE: it would be longer than max.
 */
must_check int gzip_expand(struct arena *arena, struct str file, size_t max, struct str *ret);
