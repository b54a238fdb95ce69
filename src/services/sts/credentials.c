#include "services/sts/session.h"

static int refuse_session(struct call *call)
{
        return fail(call, &sts_access_denied, "Cannot call %.*s with session credentials",
                    STR_ARG(call->operation->name));
}

int sts_need_long_term(struct call *call)
{
        const struct principal *principal = &call->principal;

        if (!principal->is_temporary && (principal->kind == IAM_USER || principal->kind == ROOT_USER))
                return 0;
        return refuse_session(call);
}

/* https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_request.html */
int sts_need_no_users_session(struct call *call)
{
        const struct principal *principal = &call->principal;

        return principal->is_temporary && principal->kind != ASSUMED_ROLE ? refuse_session(call) : 0;
}

void sts_issued_by_caller(const struct call *call, struct session *session)
{
        session->issuer_arn = call->principal.arn;
        session->issuer_id = call->principal.id;
        session->issuer_name = call->principal.name;
}

static int too_large(struct call *call, const struct session *session, int64_t percent)
{
        if (session->policies.count + session->policy_arns.count == 0)
                return fail(call, &sts_packed_policy_too_large_exception,
                            "Packed size of session tags consumes %lld%% of allotted space.",
                            (long long)percent);
        return fail(call, &sts_packed_policy_too_large_exception,
                    "Packed policy consumes %lld%% of allotted space, please use smaller policy.",
                    (long long)percent);
}

static int describe(struct call *call, const struct auth_credentials *made, struct sts_credentials **ret)
{
        struct sts_credentials *credentials = arena_new(&call->arena, struct sts_credentials);

        if (!credentials)
                return -ENOMEM;
        *credentials = (struct sts_credentials){
                .access_key_id = made->access_key_id,
                .secret_access_key = made->secret_access_key,
                .session_token = made->session_token,
                .expiration = OPT_INT(made->expires_ms),
        };
        *ret = credentials;
        return 0;
}

int sts_issue(struct call *call, struct principal *principal, int64_t duration_s,
              struct sts_credentials **ret, struct opt_int *ret_packed)
{
        struct session *session = &principal->session;
        struct auth_credentials made;
        int64_t percent;
        int r;

        session->issued_ms =
                call->now_ms - call->now_ms % MS_PER_S; /* AWS's answers and keys know whole seconds */
        session->expires_ms = session->issued_ms + duration_s * MS_PER_S;
        r = auth_issue(call->host->auth, principal, &call->arena, &made, &percent);
        if (r == -EMSGSIZE)
                return too_large(call, session, percent);
        TRY(r);
        if (session->policies.count + session->policy_arns.count + session->tags.count)
                *ret_packed = OPT_INT(percent);
        return describe(call, &made, ret);
}
