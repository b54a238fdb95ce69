#include "auth/authorization_message.h"
#include "services/sts/session.h"

int sts_decode_authorization_message(struct call *call, const struct sts_decode_authorization_message_in *in,
                                     struct sts_decode_authorization_message_out *out)
{
        int r;

        TRY(sts_need_no_users_session(call));
        r = authorization_message_decode(call->host->keyring, call->account, in->encoded_message,
                                         &call->arena, &out->decoded_message);
        if (r == -EBADMSG)
                return fail(call, &sts_invalid_authorization_message_exception,
                            "The encoded authorization message is not valid.");
        return r;
}
