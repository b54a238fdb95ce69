/* The key of one credential for one day, region and service, from which signatures are made. For this folder
 * only. */
#pragma once

#include "auth/claim.h"
#include "crypto/hash.h"

/* The secret of a credential, opened only when it must be. */
struct key_secret {
        struct str version; /* bytes that change whenever the secret does */
        int (*open)(struct check *check, void *arg, struct secret *ret);
        void *arg;
};

must_check int signing_key(struct check *check, const struct key_secret *secret, uint8_t ret[SHA256_LEN]);

/* HMACs of the parts of the scope, one keyed by the last. */
must_check int signing_key_derive(struct str secret, const struct claim *claim, uint8_t ret[SHA256_LEN]);
