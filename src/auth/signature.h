/* The proof itself. For this folder only. */
#pragma once

#include "auth/signing_key.h"

/* AUTH_BAD_SIGNATURE, also when the signature does not cover what it must. */
must_check int signature_check(struct check *check, const struct key_secret *secret);
