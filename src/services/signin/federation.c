/* Signing in with temporary credentials of a role or a federated user.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html */
#include "base/text.h"
#include "services/signin/signin.h"

#include <jansson.h>

#define TOKEN_LIFE_MS (15 * SIGNIN_MINUTE_MS)
#define DURATION_MIN  900
#define DURATION_MAX  43200
#define ROLE_USUAL    3600 /* MaxSessionDuration of a role that says none */
#define BOUND         STR("signin token")

/* -- For the event */

static int tell_who(struct call *call, const struct principal *who)
{
        call->sign_in = arena_new(&call->arena, struct call_sign_in);
        if (!call->sign_in)
                return -ENOMEM;
        *call->sign_in = (struct call_sign_in){.who = *who, .account = who->account};
        call->account = who->account;
        call->additional_event_data = STR("{\"MobileVersion\":\"No\",\"MFAUsed\":\"No\"}");
        return 0;
}

static int refuse(struct call *call, const char *why)
{
        return fail(call, &signin_invalid_request_exception, "%s", why);
}

/* -- The credentials */

struct credentials {
        struct str id, key, token;
};

static int take_text(struct call *call, const json_t *object, const char *name, struct str *ret)
{
        const json_t *value = json_object_get(object, name);

        if (!json_is_string(value))
                return -EINVAL;
        *ret = arena_dup_bytes(&call->arena, json_string_value(value), json_string_length(value));
        return 0;
}

static int take_credentials(struct call *call, const json_t *object, struct credentials *ret)
{
        TRY(take_text(call, object, "sessionId", &ret->id));
        TRY(take_text(call, object, "sessionKey", &ret->key));
        return take_text(call, object, "sessionToken", &ret->token);
}

static int read_credentials(struct call *call, struct str text, struct credentials *ret)
{
        json_t *object = json_loadb(text.ptr ? text.ptr : "", text.len, JSON_REJECT_DUPLICATES, NULL);
        int r = take_credentials(call, object, ret);

        json_decref(object);
        return r < 0 ? refuse(call, "The Session parameter is not valid.") : 0;
}

/* They are as good as at any call: whose role is gone is out. */
static int prove(struct call *call, const struct credentials *given, struct principal *ret)
{
        int r = auth_prove_session(call->host->auth, given->id, given->key, given->token, &call->arena, ret);

        if (r == 0)
                r = iam_check_session(call->txn, &call->arena, ret);
        if (r == -EACCES)
                return refuse(call,
                              "The credentials in the Session parameter are not valid, or have expired.");
        return r;
}

/* -- How long */

static int64_t longest_s(struct call *call, const struct principal *who)
{
        struct iam_role_record role;
        int r = iam_find_role(call->txn, &call->arena, who->account, who->session.issuer_arn, &role);

        return r == 0 && role.max_session_s.is_set ? role.max_session_s.value : ROLE_USUAL;
}

static int check_duration(struct call *call, const struct principal *who, struct opt_int asked_s)
{
        if (!asked_s.is_set)
                return 0;
        if (who->kind != ASSUMED_ROLE)
                return refuse(call, "SessionDuration cannot be used with credentials of GetFederationToken.");
        if (who->session.is_role_chained)
                return refuse(call, "SessionDuration cannot be used with credentials of role chaining.");
        if (asked_s.value < DURATION_MIN || asked_s.value > DURATION_MAX)
                return refuse(call, "SessionDuration must be from 900 to 43200 seconds.");
        if (asked_s.value >= longest_s(call, who))
                return refuse(call, "SessionDuration must be less than the role's maximum session duration.");
        return 0;
}

/* With a duration of its own the session stands on a credential of its own, as old as the one given: what is
 * revoked by its age is revoked. */
static int choose_credential(struct call *call, struct principal *who, struct opt_int asked_s,
                             const struct credentials *given, struct credentials *ret)
{
        struct auth_credentials made;

        *ret = *given;
        if (!asked_s.is_set)
                return 0;
        who->session.expires_ms = call->now_ms - call->now_ms % MS_PER_S + asked_s.value * MS_PER_S;
        TRY(auth_issue(call->host->auth, who, &call->arena, &made, NULL));
        *ret = (struct credentials){
                .id = made.access_key_id, .key = made.secret_access_key, .token = made.session_token};
        return 0;
}

/* -- The sign-in token: "expiry, key id, session token", sealed */

static int seal_token(struct call *call, const struct credentials *credentials, struct str *ret)
{
        const int64_t expires_ms = call->now_ms + TOKEN_LIFE_MS;
        struct str clear = arena_printf(&call->arena, "%lld %.*s %.*s", (long long)expires_ms,
                                        STR_ARG(credentials->id), STR_ARG(credentials->token));
        struct str sealed;

        TRY(call_seal(call, BOUND, clear, &sealed));
        *ret = base64url_encode(&call->arena, sealed);
        return call->arena.failed ? -ENOMEM : 0;
}

static int open_token(struct call *call, struct str token, struct credentials *ret)
{
        _cleanup_(secret_done) struct secret clear = {};
        struct str bytes, expires;
        int64_t expires_ms;

        if (!str_is_set(token) || base64url_decode(&call->arena, token, &bytes) < 0)
                return -EBADMSG;
        TRY(call_open(call, BOUND, bytes, &clear));
        *ret = (struct credentials){.token = arena_dup(&call->arena, secret_str(&clear))};
        if (!str_cut(&ret->token, ' ', &expires) || !str_cut(&ret->token, ' ', &ret->id))
                return -EBADMSG;
        TRY(str_to_i64(expires, &expires_ms));
        return call->now_ms < expires_ms ? 0 : -EACCES;
}

static int get_token(struct call *call, struct str session, struct opt_int duration_s, struct str *ret)
{
        struct credentials given = {}, chosen = {};
        struct principal who = {};

        call_header(call, STR("Cache-Control"), STR("no-store"));
        TRY(read_credentials(call, session, &given));
        TRY(prove(call, &given, &who));
        TRY(tell_who(call, &who));
        if (who.kind != ASSUMED_ROLE && who.kind != FEDERATED_USER)
                return refuse(call, "Only credentials of AssumeRole and GetFederationToken can be used.");
        TRY(check_duration(call, &who, duration_s));
        TRY(choose_credential(call, &who, duration_s, &given, &chosen));
        call->sign_in->credentials = chosen.id;
        return seal_token(call, &chosen, ret);
}

/* -- Its use */

static int open_session(struct call *call, struct str token, struct credentials *ret,
                        struct principal *ret_who)
{
        int r = open_token(call, token, ret);

        if (r == 0)
                r = auth_open_session(call->host->auth, ret->id, ret->token, &call->arena, ret_who);
        if (r == 0)
                r = iam_check_session(call->txn, &call->arena, ret_who);
        if (r == -EACCES || r == -EBADMSG || r == -EINVAL)
                return refuse(call, "The sign-in token is not valid, or has expired.");
        return r;
}

static int log_in(struct call *call, struct str token, struct str given)
{
        struct str destination = given.len ? given : signin_own_path(call);
        struct credentials credentials = {};
        struct principal who = {};

        TRY(open_session(call, token, &credentials, &who));
        TRY(tell_who(call, &who));
        if (!signin_may_go_on_to(call, destination))
                return refuse(call, "The Destination parameter is not a page of the console.");
        TRY(signin_begin_session(call, &who, who.session.expires_ms, credentials.token));
        signin_go_on(call, 302, destination);
        return 0;
}

/* -- The operations: in an address, and in a form, whose secrets are in no address */

int signin_get_signin_token(struct call *call, const struct signin_get_signin_token_in *in,
                            struct signin_get_signin_token_out *out)
{
        return get_token(call, in->session, in->session_duration, &out->signin_token);
}

int signin_federated_login(struct call *call, const struct signin_federated_login_in *in,
                           struct signin_federated_login_out *out)
{
        (void)out;
        return log_in(call, in->signin_token, in->destination);
}

static void name_event(struct call *call, struct str name)
{
        if (call->sign_in)
                call->sign_in->event = name;
}

/* A broker sends it on behalf of others, or has a browser send it: of any origin, as the address is followed
 * from any. */
int signin_post_federation(struct call *call, const struct signin_post_federation_in *in,
                           struct signin_post_federation_out *out)
{
        int r;

        if (str_eq(in->action, STR("getSigninToken"))) {
                r = get_token(call, in->session, in->session_duration, &out->signin_token);
                name_event(call, STR("GetSigninToken"));
                return r;
        }
        if (!str_eq(in->action, STR("login")))
                return refuse(call, "The Action parameter is neither getSigninToken nor login.");
        r = log_in(call, in->signin_token, in->destination);
        name_event(call, STR("ConsoleLogin"));
        return r;
}
