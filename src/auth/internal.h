/* What struct auth holds. For the files of this folder only. */
#pragma once

#include "auth/auth.h"
#include "auth/cache.h"

struct auth {
        const struct keyring *keyring;
        const struct clock *clock;
        struct cache *signing_keys; /* by key, scope and sealed secret or token */
        struct cache *sessions;     /* opened tokens, by token */
        struct cache *first_seen;   /* when, by signature: of those that do not say when they were made */
};
