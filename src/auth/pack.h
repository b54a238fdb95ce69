/* A session's principal as bytes, the inside of a session token. Written and read by this version only in so
 * far as the first byte says; sessions last at most 36 hours, so old versions need not be read for long. For
 * this folder only. */
#pragma once

#include "auth/principal.h"
#include "base/buf.h"

/* What AWS limits as the packed size: the policies, their ARNs and the tags. That tags are transitive does
 * not count. */
#define PACK_LIMIT 4096

/* *ret_limited: bytes that count against PACK_LIMIT. */
must_check int principal_pack(const struct principal *principal, struct buf *out, size_t *ret_limited);
/* Strings point into bytes; lists lie in the arena. -EBADMSG: not packed by this version. */
must_check int principal_unpack(struct str bytes, struct arena *arena, struct principal *ret);
