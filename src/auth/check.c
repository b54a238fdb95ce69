#include "auth/internal.h"
#include "auth/payload.h"
#include "auth/scope.h"
#include "auth/s3_form.h"
#include "auth/s3_version_2.h"
#include "auth/signature.h"
#include "auth/token.h"

#include <assert.h>

/* Whose credential it is, or what is wrong with it. A refusal waits until the claim's form, scope and time
 * are known to be right, as it does with AWS. */
struct identity {
        enum auth_problem problem;
        struct auth_key key;       /* long-term */
        uint8_t token[SHA256_LEN]; /* temporary: digest of the session token */
        struct key_secret secret;
};

static int open_stored_secret(struct check *check, void *arg, struct secret *ret)
{
        return check->source->open_secret(check->source->arg, check->claim.access_key_id, arg, ret);
}

static int open_session_secret(struct check *check, void *arg, struct secret *ret)
{
        (void)arg;
        return token_open_secret(check->auth, check->claim.token, check->arena, ret);
}

static int identify_session(struct check *check, struct identity *ret)
{
        struct principal principal;
        int r = token_open(check->auth, check->claim.token, check->arena, &principal, ret->token);

        ret->problem = AUTH_BAD_TOKEN;
        if (r == -EBADMSG)
                return 0;
        TRY(r);
        if (!str_eq(principal.access_key_id, check->claim.access_key_id))
                return 0;
        ret->problem = AUTH_OK;
        ret->secret =
                (struct key_secret){.version = str_make(ret->token, SHA256_LEN), .open = open_session_secret};
        check->result->principal = principal;
        return 0;
}

static int identify_key(struct check *check, struct identity *ret)
{
        int r = check->source->find_key(check->source->arg, check->arena, check->claim.access_key_id,
                                        &ret->key);

        ret->problem = AUTH_UNKNOWN_KEY;
        if (r == -ENOENT) {
                if (str_starts(check->claim.access_key_id, STR("ASIA")) && !check->expected->path_is_literal)
                        ret->problem = AUTH_BAD_TOKEN; /* the token is missing */
                return 0;
        }
        TRY(r);
        check->result->principal = ret->key.principal;
        check->result->principal.access_key_id = check->claim.access_key_id;
        if (!ret->key.is_active)
                return 0;
        ret->problem = AUTH_OK;
        ret->secret = (struct key_secret){
                .version = ret->key.sealed_secret, .open = open_stored_secret, .arg = &ret->key};
        return 0;
}

/* S3 has words of its own. */
static int refuse_identity(struct check *check, enum auth_problem problem)
{
        if (!check->expected->path_is_literal)
                return refuse(check, problem, "The security token included in the request is invalid.");
        if (problem == AUTH_BAD_TOKEN)
                return refuse(check, problem, "The provided token is malformed or otherwise invalid.");
        refuse_detail(check, "AWSAccessKeyId", check->claim.access_key_id);
        return refuse(check, problem, "The AWS Access Key Id you provided does not exist in our records.");
}

static int check_session_end(struct check *check)
{
        const struct principal *principal = &check->result->principal;

        if (principal->is_temporary && principal->session.expires_ms <= clock_now_ms(check->auth->clock))
                return refuse(check, AUTH_EXPIRED_TOKEN,
                              check->expected->path_is_literal
                                      ? "The provided token has expired."
                                      : "The security token included in the request is expired");
        return 0;
}

static int prove(struct check *check, const struct key_secret *secret)
{
        if (check->claim.is_form)
                return s3_form_signature_check(check, secret);
        return check->claim.is_version_2 ? s3_version_2_check(check, secret) : signature_check(check, secret);
}

static int run(struct check *check)
{
        struct identity identity = {};

        TRY(claim_read(check));
        if (!check->claim.is_form)
                TRY(payload_read(check));
        TRY(check->claim.token.len ? identify_session(check, &identity) : identify_key(check, &identity));
        if (!check->claim.is_version_2) {
                TRY(scope_check(check));
                if (!check->claim.is_form) /* its policy says when it ends */
                        TRY(time_check(check));
        }
        if (identity.problem != AUTH_OK)
                return refuse_identity(check, identity.problem);
        TRY(prove(check, &identity.secret));
        TRY(check_session_end(check));
        return check->claim.is_form ? s3_form_policy_check(check) : payload_check(check);
}

int auth_check(struct auth *auth, const struct http_request *request, const struct auth_expectation *expected,
               const struct auth_source *source, struct arena *arena, struct auth_result *ret)
{
        struct check check = {.auth = auth,
                              .request = request,
                              .expected = expected,
                              .source = source,
                              .arena = arena,
                              .result = ret};
        int r;

        assert(expected->path_is_literal || !(expected->body_comes_later || expected->ret_stream));
        *ret = (struct auth_result){};
        r = run(&check);
        if (r < 0 && expected->ret_stream) /* refused after the signature was proven */
                auth_stream_done(expected->ret_stream);
        if (arena->failed)
                return -ENOMEM;
        return r == -EACCES && ret->problem != AUTH_OK ? 0 : r;
}
