#include "auth/token.h"

#include "auth/internal.h"
#include "auth/pack.h"
#include "base/ids.h"
#include "base/text.h"

#define SECRET_LEN 30 /* 40 characters in base64 */
#define TOKEN_MAX  16384
#define PACKED_MAX ((size_t)1 << 20) /* far above what is allowed, so that its size can be told */
#define BOUND      STR("session token")

/* -- Making. */

static int seal_token(struct auth *auth, const uint8_t secret[SECRET_LEN], struct str packed,
                      struct arena *arena, struct str *ret)
{
        _cleanup_(secret_done) struct secret clear = {};
        struct str sealed;

        TRY(secret_new(&clear, SECRET_LEN + packed.len));
        memcpy(clear.bytes, secret, SECRET_LEN);
        memcpy(clear.bytes + SECRET_LEN, packed.ptr, packed.len);
        TRY(keyring_seal(auth->keyring, SEAL_TOKEN, BOUND, secret_str(&clear), arena, &sealed));
        *ret = base64url_encode(arena, sealed);
        if (arena->failed)
                return -ENOMEM;
        return ret->len <= TOKEN_MAX ? 0 : -EMSGSIZE;
}

static int seal_principal(struct auth *auth, const struct principal *principal,
                          const uint8_t secret[SECRET_LEN], struct arena *arena, struct str *ret,
                          size_t *ret_limited)
{
        _cleanup_(buf_done) struct buf packed = {};

        buf_init(&packed, PACKED_MAX);
        TRY(principal_pack(principal, &packed, ret_limited));
        if (*ret_limited > PACK_LIMIT)
                return -EMSGSIZE;
        return seal_token(auth, secret, buf_str(&packed), arena, ret);
}

int auth_issue(struct auth *auth, struct principal *principal, struct arena *arena,
               struct auth_credentials *ret, int64_t *ret_packed_percent)
{
        uint8_t secret[SECRET_LEN];
        size_t limited = 0;
        int r;

        random_fill(secret, sizeof(secret));
        principal->is_temporary = true;
        principal->access_key_id = auth_make_access_key_id(STR("ASIA"), principal->account, arena);
        ret->access_key_id = principal->access_key_id;
        ret->secret_access_key = base64_encode(arena, str_make(secret, sizeof(secret)));
        ret->expires_ms = principal->session.expires_ms;
        r = seal_principal(auth, principal, secret, arena, &ret->session_token, &limited);
        secret_wipe(secret, sizeof(secret));
        if (ret_packed_percent)
                *ret_packed_percent = (int64_t)((limited * 100 + PACK_LIMIT - 1) / PACK_LIMIT);
        return r;
}

/* -- Opening. */

static int open_sealed(const struct auth *auth, struct str token, struct arena *arena, struct secret *ret)
{
        struct str sealed;

        if (token.len > TOKEN_MAX || base64url_decode(arena, token, &sealed) < 0)
                return -EBADMSG;
        TRY(keyring_open(auth->keyring, SEAL_TOKEN, BOUND, sealed, ret));
        return ret->len > SECRET_LEN ? 0 : -EBADMSG;
}

/* The packed principal, from the cache or by opening the token. */
static int open_packed(struct auth *auth, struct str token, const uint8_t digest[SHA256_LEN],
                       struct arena *arena, struct str *ret)
{
        _cleanup_(secret_done) struct secret clear = {};

        if (cache_get(auth->sessions, digest, arena, ret))
                return 0;
        TRY(open_sealed(auth, token, arena, &clear));
        *ret = arena_dup(arena, str_from(secret_str(&clear), SECRET_LEN));
        if (arena->failed)
                return -ENOMEM;
        cache_put(auth->sessions, digest, *ret);
        return 0;
}

/* What was opened before the master key was forgotten under which it was sealed is not found after that. */
static void digest_of_token(const struct auth *auth, struct str token, uint8_t ret[SHA256_LEN])
{
        const uint64_t epoch = keyring_epoch(auth->keyring);
        struct sha256 hash;

        sha256_begin(&hash);
        sha256_add(&hash, str_make(&epoch, sizeof(epoch)));
        sha256_add(&hash, token);
        sha256_end(&hash, ret);
}

int token_open(struct auth *auth, struct str token, struct arena *arena, struct principal *ret,
               uint8_t ret_digest[SHA256_LEN])
{
        struct str packed;

        digest_of_token(auth, token, ret_digest);
        TRY(open_packed(auth, token, ret_digest, arena, &packed));
        return principal_unpack(packed, arena, ret);
}

int token_open_secret(struct auth *auth, struct str token, struct arena *arena, struct secret *ret)
{
        _cleanup_(secret_done) struct secret clear = {};
        struct str text;
        int r;

        TRY(open_sealed(auth, token, arena, &clear));
        text = base64_encode(arena, str_part(secret_str(&clear), 0, SECRET_LEN));
        r = arena->failed ? -ENOMEM : secret_copy(ret, text);
        if (text.ptr)
                secret_wipe((char *)(uintptr_t)text.ptr, text.len); /* the arena is not wiped */
        return r;
}

/* -- Without a signature. */

int auth_open_session(struct auth *auth, struct str access_key_id, struct str token, struct arena *arena,
                      struct principal *ret)
{
        uint8_t digest[SHA256_LEN];
        int r = token_open(auth, token, arena, ret, digest);

        if (r < 0)
                return r == -EBADMSG ? -EACCES : r;
        return str_eq(ret->access_key_id, access_key_id) &&
                               ret->session.expires_ms > clock_now_ms(auth->clock)
                       ? 0
                       : -EACCES;
}

int auth_prove_session(struct auth *auth, struct str access_key_id, struct str secret, struct str token,
                       struct arena *arena, struct principal *ret)
{
        _cleanup_(secret_done) struct secret right = {};
        int r;

        TRY(auth_open_session(auth, access_key_id, token, arena, ret));
        r = token_open_secret(auth, token, arena, &right);
        if (r < 0)
                return r == -EBADMSG ? -EACCES : r;
        return secret_equal(secret_str(&right), secret) ? 0 : -EACCES;
}
