/* SHA-256 and what is built on it. These stand on the path of every request: no algorithm is looked up and no
 * lock is taken per call. None of them can fail for a reason that a caller could handle; when libcrypto
 * itself cannot work (no memory for a context) the process aborts, as for random bytes. */
#pragma once

#include "base/arena.h"

#define SHA256_LEN 32

void sha256(struct str bytes, uint8_t ret[SHA256_LEN]);
/* As 64 lower-case hexadecimal digits, without a NUL. */
void sha256_hex(struct str bytes, char ret[2 * SHA256_LEN]);
struct str sha256_text(struct arena *arena, struct str bytes); /* the same in an arena */

/* In pieces: begin, any number of adds, end. A begun hash must be ended; end also frees. */
struct sha256 {
        void *context;
};
void sha256_begin(struct sha256 *hash);
void sha256_add(struct sha256 *hash, struct str bytes);
void sha256_end(struct sha256 *hash, uint8_t ret[SHA256_LEN]);

/* RFC 2104. The text may come in pieces that are taken as one. */
void hmac_sha256(struct str key, struct str text, uint8_t ret[SHA256_LEN]);
void hmac_sha256_pieces(struct str key, const struct str *pieces, size_t count, uint8_t ret[SHA256_LEN]);

/* RFC 5869, extract and expand. -EINVAL: more than 255 * 32 bytes asked for. */
must_check int hkdf_sha256(struct str key, struct str salt, struct str info, uint8_t *out, size_t len);
