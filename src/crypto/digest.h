/* Digests and HMAC by name of the algorithm. MD5 is there for S3, which sums bodies by it (sums.h), and for
 * queries of logs, which may ask for it: for nothing that must withstand malice. As in hash.h, which has what
 * SHA-256 alone needs, none of these can fail for a reason that a caller could handle. */
#pragma once

#include "base/str.h"

enum digest { DIGEST_SHA1, DIGEST_SHA224, DIGEST_SHA256, DIGEST_SHA384, DIGEST_SHA512, DIGEST_MD5 };

#define DIGEST_MAX 64

size_t digest_len(enum digest digest);

/* FIPS 180-4, RFC 1321. The first digest_len() bytes are written. */
void digest_of(enum digest digest, struct str bytes, uint8_t ret[DIGEST_MAX]);

/* RFC 2104. The first digest_len() bytes are written, by the second form into room for just these; there the
 * text comes in pieces that are taken as one. */
void hmac_of(enum digest digest, struct str key, struct str text, uint8_t ret[DIGEST_MAX]);
void hmac_of_pieces(enum digest digest, struct str key, const struct str *pieces, size_t count, uint8_t *ret);
