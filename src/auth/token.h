/* Session tokens: a secret key and the packed principal, sealed. For this folder only. */
#pragma once

#include "auth/auth.h"
#include "crypto/hash.h"

/* -EBADMSG: not a token of this server. ret_digest names the token in caches. */
must_check int token_open(struct auth *auth, struct str token, struct arena *arena, struct principal *ret,
                          uint8_t ret_digest[SHA256_LEN]);
/* The secret access key that goes with it. */
must_check int token_open_secret(struct auth *auth, struct str token, struct arena *arena,
                                 struct secret *ret);
