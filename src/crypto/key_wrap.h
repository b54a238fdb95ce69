/* AES key wrap with padding (RFC 5649, NIST SP 800-38F KWP): keys under a key of 16, 24 or 32 bytes, which
 * the caller owns. -EINVAL: that key has another length. */
#pragma once

#include "crypto/keyring.h"

/* -EINVAL also: nothing to wrap. -EMSGSIZE: longer than 1 GiB. */
must_check int key_wrap(struct str kek, struct str clear, struct arena *arena, struct str *ret);
/* -EBADMSG: not wrapped so, whatever differs. */
must_check int key_unwrap(struct str kek, struct str wrapped, struct secret *ret);
