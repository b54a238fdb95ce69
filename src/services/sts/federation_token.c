/* GetFederationToken: somebody known to the caller only, with at most the caller's permissions.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html */
#include "services/sts/session.h"

#define DEFAULT_S 43200 /* 12 hours */

static int64_t duration_of(const struct call *call, struct opt_int asked)
{
        int64_t duration = asked.is_set ? asked.value : DEFAULT_S;

        return call->principal.kind == ROOT_USER && duration > STS_HOUR_S ? STS_HOUR_S : duration;
}

static struct principal federated(struct call *call, struct str name)
{
        struct str account = call->principal.account;

        return (struct principal){
                .kind = FEDERATED_USER,
                .account = account,
                .arn = arena_printf(&call->arena, "arn:%.*s:sts::%.*s:federated-user/%.*s",
                                    STR_ARG(call->host->partition), STR_ARG(account), STR_ARG(name)),
                .id = arena_printf(&call->arena, "%.*s:%.*s", STR_ARG(account), STR_ARG(name)),
                .name = name,
        };
}

static int describe(struct call *call, const struct principal *principal, struct sts_federated_user **ret)
{
        *ret = arena_new(&call->arena, struct sts_federated_user);
        if (!*ret)
                return -ENOMEM;
        (*ret)->arn = principal->arn;
        (*ret)->federated_user_id = principal->id;
        return 0;
}

int sts_get_federation_token(struct call *call, const struct sts_get_federation_token_in *in,
                             struct sts_get_federation_token_out *out)
{
        static const struct str_list NONE;
        struct principal principal = federated(call, in->name);
        struct session *session = &principal.session;

        TRY(sts_need_long_term(call));
        sts_issued_by_caller(call, session);
        TRY(sts_session_policies(call, call->account, in->policy, &in->policy_arns, session));
        session->has_policy = true; /* without a policy the session may do nothing by itself */
        TRY(sts_session_tags(call, &in->tags, &NONE, NULL, session));
        TRY(sts_issue(call, &principal, duration_of(call, in->duration_seconds), &out->credentials,
                      &out->packed_policy_size));
        return describe(call, &principal, &out->federated_user);
}
