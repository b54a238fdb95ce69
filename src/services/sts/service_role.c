#include "services/iam/directory.h"
#include "services/sts/directory.h"
#include "services/sts/session.h"

extern const struct api_service sts_service;

static const struct api_operation *assume_role(void)
{
        for (size_t i = 0; i < sts_service.operation_count; i++)
                if (str_eq(sts_service.operations[i].name, STR("AssumeRole")))
                        return &sts_service.operations[i];
        return NULL;
}

/* Who the session is that AssumeRole has given: the credentials themselves are not needed. */
static int describe(struct call *call, const struct sts_assume_role_in *in,
                    const struct sts_assume_role_out *out, struct principal *ret)
{
        struct iam_role_record role;

        /* By its whole ARN, which says whose it is. */
        TRY(iam_find_role(call->txn, &call->arena, call->account, in->role_arn, &role));
        *ret = (struct principal){
                .kind = ASSUMED_ROLE,
                .account = role.account,
                .arn = out->assumed_role_user->arn,
                .id = out->assumed_role_user->assumed_role_id,
                .name = in->role_session_name,
                .access_key_id = out->credentials->access_key_id,
                .is_temporary = true,
                .session = {.issued_ms = call->now_ms,
                            .expires_ms = out->credentials->expiration.value,
                            .issuer_arn = iam_role_arn(&call->arena, &role),
                            .issuer_id = role.id,
                            .issuer_name = role.name},
        };
        return 0;
}

int sts_assume_as_service(struct call *call, struct str role_arn, struct str session_name,
                          struct principal *ret)
{
        const struct sts_assume_role_in in = {.role_arn = role_arn, .role_session_name = session_name};
        struct sts_assume_role_out out = {};

        TRY(call->invoke(call, assume_role(), &in, &out, STR_NONE));
        return describe(call, &in, &out, ret);
}

int sts_assume_by_service(struct call *call, const struct call_by_service *by, struct str role_arn,
                          struct str session_name, struct principal *ret)
{
        const struct sts_assume_role_in in = {.role_arn = role_arn, .role_session_name = session_name};
        struct sts_assume_role_out out = {};

        TRY(call->as_service(call, by, assume_role(), &in, &out));
        return describe(call, &in, &out, ret);
}
