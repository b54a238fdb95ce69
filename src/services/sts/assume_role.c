/* AssumeRole. That the trust policy allows it has been decided before the handler runs.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
#include "services/iam/directory.h"
#include "services/sts/session.h"

/* The caller's own session when it is a role's: then this is role chaining. NULL else. */
static const struct session *chained_from(const struct call *call)
{
        return call->principal.kind == ASSUMED_ROLE ? &call->principal.session : NULL;
}

static int64_t longest_s(const struct iam_role_record *role)
{
        return role->max_session_s.is_set ? role->max_session_s.value : STS_HOUR_S;
}

static int choose_duration(struct call *call, const struct iam_role_record *role, struct opt_int asked,
                           int64_t *ret_s)
{
        *ret_s = asked.is_set ? asked.value : STS_HOUR_S;
        if (chained_from(call) && *ret_s > STS_HOUR_S)
                return fail(call, &sts_validation_error,
                            "The requested DurationSeconds exceeds the 1 hour session limit for roles "
                            "assumed by role "
                            "chaining.");
        if (*ret_s > longest_s(role))
                return fail(
                        call, &sts_validation_error,
                        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
        return 0;
}

/* Once set, it stays for the whole chain. */
static int set_source_identity(struct call *call, struct str asked, struct session *session)
{
        const struct session *from = chained_from(call);
        struct str inherited = from ? from->source_identity : STR_NONE;

        if (str_starts_nocase(asked, STR("aws:")))
                return fail(call, &sts_validation_error, "SourceIdentity must not begin with aws:");
        if (inherited.len && str_is_set(asked) && !str_eq(inherited, asked))
                return fail(call, &sts_access_denied,
                            "The source identity of the calling session is set and cannot be changed.");
        session->source_identity = inherited.len ? inherited : asked;
        return 0;
}

/* To hand on what the caller's session brings needs the same permission as to set it anew; what the request
 * gives has been asked for already. */
static int ask_to_hand_on(struct call *call, const struct sts_assume_role_in *in)
{
        const struct session *from = chained_from(call);
        struct resource role;
        struct str_map tags;

        if (!from)
                return 0;
        TRY(sts_role_resource(call, &in->role_arn, &role));
        TRY(sts_inherited_tags(call, from, &tags));
        if (tags.count && !in->tags.is_set)
                TRY(call->authorise(call, STR("sts:TagSession"), &role));
        if (from->source_identity.len && !str_is_set(in->source_identity))
                TRY(call->authorise(call, STR("sts:SetSourceIdentity"), &role));
        return 0;
}

/* Assertions are IAM Identity Center's: without it none can be right, and to go on without the identity that
 * the caller wants in the session would be worse than to refuse. */
static int refuse_contexts(struct call *call, const struct sts_assume_role_in *in)
{
        if (in->provided_contexts.count == 0)
                return 0;
        return fail(call, &sts_validation_error, "The provided context assertion is invalid.");
}

static struct principal role_session(struct call *call, const struct iam_role_record *role, struct str name)
{
        return (struct principal){
                .kind = ASSUMED_ROLE,
                .account = role->account,
                .arn = arena_printf(&call->arena, "arn:%.*s:sts::%.*s:assumed-role/%.*s/%.*s",
                                    STR_ARG(call->host->partition), STR_ARG(role->account),
                                    STR_ARG(role->name), STR_ARG(name)),
                .id = arena_printf(&call->arena, "%.*s:%.*s", STR_ARG(role->id), STR_ARG(name)),
                .name = name,
                .session = {.is_role_chained = chained_from(call) != NULL,
                            .issuer_arn = iam_role_arn(&call->arena, role),
                            .issuer_id = role->id,
                            .issuer_name = role->name},
        };
}

static int describe(struct call *call, const struct principal *principal, struct sts_assume_role_out *out)
{
        out->assumed_role_user = arena_new(&call->arena, struct sts_assumed_role_user);
        if (!out->assumed_role_user)
                return -ENOMEM;
        out->assumed_role_user->arn = principal->arn;
        out->assumed_role_user->assumed_role_id = principal->id;
        out->source_identity = principal->session.source_identity;
        return 0;
}

static int find_role(struct call *call, struct str arn, struct iam_role_record *ret)
{
        int r = iam_find_role(call->txn, &call->arena, call->account, arn, ret);

        if (r == -ENOENT)
                return fail(call, &sts_access_denied,
                            "User: %.*s is not authorized to perform: sts:AssumeRole on resource: %.*s",
                            STR_ARG(call->principal.arn), STR_ARG(arn));
        return r;
}

int sts_assume_role(struct call *call, const struct sts_assume_role_in *in, struct sts_assume_role_out *out)
{
        struct iam_role_record role;
        struct principal principal;
        int64_t duration_s;

        TRY(find_role(call, in->role_arn, &role));
        TRY(ask_to_hand_on(call, in));
        TRY(refuse_contexts(call, in));
        TRY(choose_duration(call, &role, in->duration_seconds, &duration_s));
        principal = role_session(call, &role, in->role_session_name);
        TRY(sts_use_mfa(call, in->serial_number, in->token_code, &principal.session));
        TRY(sts_session_policies(call, role.account, in->policy, &in->policy_arns, &principal.session));
        TRY(sts_session_tags(call, &in->tags, &in->transitive_tag_keys, chained_from(call),
                             &principal.session));
        TRY(set_source_identity(call, in->source_identity, &principal.session));
        TRY(sts_issue(call, &principal, duration_s, &out->credentials, &out->packed_policy_size));
        return describe(call, &principal, out);
}
