#include "auth/internal.h"

/* About 150 bytes each, and up to a few kilobytes. */
#define SIGNING_KEYS 4096
#define SESSIONS     2048
#define SIGNATURES   4096

int auth_new(const struct keyring *keyring, const struct clock *clock, struct auth **ret)
{
        struct auth *auth = calloc(1, sizeof(*auth));

        if (!auth)
                return -ENOMEM;
        auth->keyring = keyring;
        auth->clock = clock;
        if (cache_new(SIGNING_KEYS, &auth->signing_keys) < 0 || cache_new(SESSIONS, &auth->sessions) < 0 ||
            cache_new(SIGNATURES, &auth->first_seen) < 0) {
                auth_free(auth);
                return -ENOMEM;
        }
        *ret = auth;
        return 0;
}

void auth_free(struct auth *auth)
{
        if (!auth)
                return;
        cache_free(auth->signing_keys);
        cache_free(auth->sessions);
        cache_free(auth->first_seen);
        free(auth);
}

struct str auth_told_version(const struct auth_result *auth)
{
        if (!str_is_set(auth->signature_version))
                return STR_NONE;
        return str_eq(auth->signature_version, STR("AWS")) ? STR("SigV2") : STR("SigV4");
}

struct str auth_told_method(const struct auth_result *auth)
{
        if (!str_is_set(auth->signature_version) || auth->is_form)
                return STR_NONE;
        return auth->is_presigned ? STR("QueryString") : STR("AuthHeader");
}
