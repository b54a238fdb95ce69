#include "services/signin/signin.h"

#include "base/text.h"

#define LIFE_MS (5 * SIGNIN_MINUTE_MS)
#define BOUND   STR("signin challenge")

int signin_seal_challenge(struct call *call, const struct signin_challenge *challenge, struct str *ret)
{
        const int64_t expires_ms = call->now_ms + LIFE_MS;
        struct str clear = arena_printf(&call->arena, "%d %.*s %.*s %lld %lld %.*s", (int)challenge->step,
                                        STR_ARG(challenge->account), STR_ARG(challenge->id),
                                        (long long)challenge->password_ms, (long long)expires_ms,
                                        STR_ARG(challenge->serial_number));
        struct str sealed;

        TRY(call_seal(call, BOUND, clear, &sealed));
        *ret = base64url_encode(&call->arena, sealed);
        return call->arena.failed ? -ENOMEM : 0;
}

static int read_challenge(struct str rest, struct signin_challenge *ret, int64_t *ret_expires_ms)
{
        struct str step, password, expires;
        int64_t number;

        if (!str_cut(&rest, ' ', &step) || !str_cut(&rest, ' ', &ret->account) ||
            !str_cut(&rest, ' ', &ret->id) || !str_cut(&rest, ' ', &password) ||
            !str_cut(&rest, ' ', &expires))
                return -EBADMSG;
        ret->serial_number = rest;
        TRY(str_to_i64(step, &number));
        ret->step = number == SIGNIN_STEP_CODE ? SIGNIN_STEP_CODE : SIGNIN_STEP_PASSWORD;
        TRY(str_to_i64(password, &ret->password_ms));
        return str_to_i64(expires, ret_expires_ms);
}

static int unseal(struct call *call, struct str sealed, struct signin_challenge *ret, int64_t *ret_expires_ms)
{
        _cleanup_(secret_done) struct secret clear = {};
        struct str bytes;

        if (!str_is_set(sealed) || base64url_decode(&call->arena, sealed, &bytes) < 0)
                return -EBADMSG;
        TRY(call_open(call, BOUND, bytes, &clear));
        return read_challenge(arena_dup(&call->arena, secret_str(&clear)), ret, ret_expires_ms);
}

int signin_open_challenge(struct call *call, struct str sealed, enum signin_step step,
                          struct signin_challenge *ret, struct iam_sign_in *ret_who)
{
        int64_t expires_ms;
        int r = unseal(call, sealed, ret, &expires_ms);

        if (r == -ENOMEM)
                return r;
        if (r < 0 || ret->step != step || call->now_ms >= expires_ms)
                return -EACCES;
        TRY(iam_find_sign_in_by_id(call, ret->account, ret->id, ret_who));
        if (!str_is_set(ret_who->profile.password) || ret_who->profile.changed.value != ret->password_ms)
                return -EACCES;
        return 0;
}
