#include "auth/signing_key.h"

#include "auth/internal.h"

static void step(uint8_t key[SHA256_LEN], struct str text)
{
        hmac_sha256(str_make(key, SHA256_LEN), text, key);
}

int signing_key_derive(struct str secret, const struct claim *claim, uint8_t ret[SHA256_LEN])
{
        _cleanup_(secret_done) struct secret first = {};

        TRY(secret_new(&first, 4 + secret.len));
        memcpy(first.bytes, "AWS4", 4);
        if (secret.len)
                memcpy(first.bytes + 4, secret.ptr, secret.len);
        hmac_sha256(secret_str(&first), claim->date, ret);
        step(ret, claim->region);
        step(ret, claim->service);
        step(ret, claim->terminator);
        return 0;
}

static void add(struct sha256 *hash, struct str s)
{
        uint64_t len = s.len;

        sha256_add(hash, str_make(&len, sizeof(len)));
        sha256_add(hash, s);
}

/* Everything that the key follows from, each part with its length before it. */
static void cache_key(const struct claim *claim, struct str version, uint8_t ret[SHA256_LEN])
{
        struct sha256 hash;

        sha256_begin(&hash);
        add(&hash, claim->access_key_id);
        add(&hash, claim->scope);
        add(&hash, version);
        sha256_end(&hash, ret);
}

static bool get_cached(struct check *check, const uint8_t at[SHA256_LEN], uint8_t ret[SHA256_LEN])
{
        struct str found;

        if (!cache_get(check->auth->signing_keys, at, check->arena, &found) || found.len != SHA256_LEN)
                return false;
        memcpy(ret, found.ptr, SHA256_LEN);
        secret_wipe((char *)(uintptr_t)found.ptr, found.len); /* the arena is not wiped */
        return true;
}

int signing_key(struct check *check, const struct key_secret *secret, uint8_t ret[SHA256_LEN])
{
        _cleanup_(secret_done) struct secret clear = {};
        uint8_t at[SHA256_LEN];

        cache_key(&check->claim, secret->version, at);
        if (get_cached(check, at, ret))
                return 0;
        TRY(secret->open(check, secret->arg, &clear));
        TRY(signing_key_derive(secret_str(&clear), &check->claim, ret));
        cache_put(check->auth->signing_keys, at, str_make(ret, SHA256_LEN));
        return 0;
}
