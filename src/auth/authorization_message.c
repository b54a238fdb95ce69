#include "auth/authorization_message.h"

#include "base/text.h"

static struct str bound_of(struct str account, struct arena *arena)
{
        return arena_printf(arena, "authorization message %.*s", STR_ARG(account));
}

int authorization_message_encode(const struct keyring *keyring, struct str account, struct str json,
                                 struct arena *arena, struct str *ret)
{
        struct str sealed;

        if (json.len > AUTHORIZATION_MESSAGE_MAX)
                return -EMSGSIZE;
        TRY(keyring_seal(keyring, SEAL_MESSAGE, bound_of(account, arena), json, arena, &sealed));
        *ret = base64url_encode(arena, sealed);
        if (arena->failed)
                return -ENOMEM;
        return ret->len <= AUTHORIZATION_MESSAGE_MAX ? 0 : -EMSGSIZE;
}

int authorization_message_decode(const struct keyring *keyring, struct str account, struct str message,
                                 struct arena *arena, struct str *ret_json)
{
        _cleanup_(secret_done) struct secret clear = {};
        struct str sealed;

        if (message.len > AUTHORIZATION_MESSAGE_MAX || base64url_decode(arena, message, &sealed) < 0)
                return -EBADMSG;
        TRY(keyring_open(keyring, SEAL_MESSAGE, bound_of(account, arena), sealed, &clear));
        *ret_json = arena_dup(arena, secret_str(&clear));
        return arena->failed ? -ENOMEM : 0;
}
