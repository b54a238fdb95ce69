/* GetSessionToken: the caller itself, for a while.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html */
#include "services/sts/session.h"

#define DEFAULT_S 43200 /* 12 hours */

/* Root users get an hour at most; asking for more is no error. */
static int64_t duration_of(const struct call *call, struct opt_int asked)
{
        int64_t duration = asked.is_set ? asked.value : DEFAULT_S;

        return call->principal.kind == ROOT_USER && duration > STS_HOUR_S ? STS_HOUR_S : duration;
}

int sts_get_session_token(struct call *call, const struct sts_get_session_token_in *in,
                          struct sts_get_session_token_out *out)
{
        struct principal principal = call->principal;
        struct opt_int packed;

        TRY(sts_need_long_term(call));
        TRY(sts_use_mfa(call, in->serial_number, in->token_code, &principal.session));
        sts_issued_by_caller(call, &principal.session);
        return sts_issue(call, &principal, duration_of(call, in->duration_seconds), &out->credentials,
                         &packed);
}
