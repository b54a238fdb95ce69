#include "services/iam/directory.h"
#include "services/sts/session.h"

/* Everybody may know who they are.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html */
int sts_get_caller_identity(struct call *call, const struct sts_get_caller_identity_in *in,
                            struct sts_get_caller_identity_out *out)
{
        (void)in;
        out->user_id = call->principal.id;
        out->account = call->principal.account;
        out->arn = call->principal.arn;
        return 0;
}

/* A key that is here belongs to whom the store says (its id may have been chosen by an operator); of any
 * other the id tells its account. */
int sts_get_access_key_info(struct call *call, const struct sts_get_access_key_info_in *in,
                            struct sts_get_access_key_info_out *out)
{
        int r;

        TRY(sts_need_no_users_session(call));
        r = iam_account_of_key(call->txn, &call->arena, in->access_key_id, &out->account);
        if (r == -ENOENT)
                r = auth_account_of_key(in->access_key_id, &call->arena, &out->account);
        if (r == -ENOENT)
                return fail(call, &sts_validation_error, "The access key ID %.*s does not tell its account.",
                            STR_ARG(in->access_key_id));
        return r;
}
