/* The steps of a sign-in with a password, and what its events say.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html
 */
#include "base/json_out.h"
#include "services/signin/signin.h"

#define LIFE_MS  (12 * SIGNIN_HOUR_MS)
#define DATA_MAX ((size_t)4096)

/* -- For the event */

/* A name that nobody has may be a password that was typed in the wrong field. */
static struct principal nobody(const struct iam_sign_in *who)
{
        return (struct principal){
                .kind = IAM_USER, .account = who->account, .name = STR("HIDDEN_DUE_TO_SECURITY_REASONS")};
}

/* Root users' are recorded in one region, others' where they sign in. */
static void settle_region(struct call *call, const struct principal *who)
{
        if (who->kind == ROOT_USER)
                call->region = STR("us-east-1");
}

int signin_tell_who(struct signin_attempt *attempt)
{
        const struct iam_sign_in *who = &attempt->who;
        struct call *call = attempt->call;

        if (!str_is_set(who->account))
                return 0; /* it is in nobody's history */
        call->account = who->account;
        call->sign_in = arena_new(&call->arena, struct call_sign_in);
        if (!call->sign_in)
                return -ENOMEM;
        *call->sign_in =
                (struct call_sign_in){.who = who->principal.kind == ANONYMOUS ? nobody(who) : who->principal,
                                      .account = who->account};
        settle_region(call, &call->sign_in->who);
        return 0;
}

static int tell(struct signin_attempt *attempt)
{
        _cleanup_(buf_done) struct buf json = {};
        struct json_out out = {.buf = &json};
        struct call *call = attempt->call;

        buf_init(&json, DATA_MAX);
        json_open(&out, '{');
        json_pair(&out, STR("LoginTo"), signin_own_url(call));
        json_pair(&out, STR("MobileVersion"), STR("No"));
        if (attempt->serial_number.len)
                json_pair(&out, STR("MFAIdentifier"), attempt->serial_number);
        json_pair(&out, STR("MFAUsed"), attempt->has_code ? STR("Yes") : STR("No"));
        json_close(&out, '}');
        TRY(buf_check(&json));
        call->additional_event_data = arena_dup(&call->arena, buf_str(&json));
        return 0;
}

/* -- What comes of it */

int signin_fail(struct signin_attempt *attempt, struct str why, struct str told)
{
        struct call *call = attempt->call;

        if (call->sign_in)
                call->sign_in->problem = why;
        if (!call->status)
                call->status = 403;
        TRY(tell(attempt));
        return signin_form(call, STR_NONE, told, &attempt->page);
}

static struct signin_challenge challenge_of(const struct signin_attempt *attempt, enum signin_step step)
{
        return (struct signin_challenge){.step = step,
                                         .account = attempt->who.account,
                                         .id = attempt->who.principal.id,
                                         .password_ms = attempt->who.profile.changed.value,
                                         .serial_number = attempt->serial_number};
}

int signin_ask_for_code(struct signin_attempt *attempt)
{
        const struct signin_challenge challenge = challenge_of(attempt, SIGNIN_STEP_CODE);
        struct call *call = attempt->call;
        struct str sealed;

        call->sign_in->event = STR("CheckMfa");
        call->additional_event_data = STR("{\"MfaType\":\"Virtual MFA\"}");
        TRY(signin_seal_challenge(call, &challenge, &sealed));
        return signin_code_form(call, sealed, &attempt->page);
}

/* Of AWS's events none says it. */
static int ask_for_password(struct signin_attempt *attempt)
{
        const struct signin_challenge challenge = challenge_of(attempt, SIGNIN_STEP_PASSWORD);
        struct call *call = attempt->call;
        struct str sealed;

        call->sign_in->event = STR("CheckPassword");
        TRY(tell(attempt));
        TRY(signin_seal_challenge(call, &challenge, &sealed));
        return signin_password_form(call, sealed, STR_NONE, &attempt->page);
}

int signin_enter(struct signin_attempt *attempt)
{
        struct principal principal = attempt->who.principal;
        struct call *call = attempt->call;

        principal.session.mfa = attempt->serial_number.len > 0;
        TRY(tell(attempt));
        TRY(iam_note_password_use(call, &attempt->who));
        TRY(signin_begin_session(call, &principal, call->now_ms + LIFE_MS, STR_NONE));
        signin_go_on(call, 303, signin_own_path(call));
        return 0;
}

int signin_finish(struct signin_attempt *attempt)
{
        enum iam_password_state state;

        TRY(iam_password_state(attempt->call, &attempt->who, &state));
        switch (state) {
        case IAM_PASSWORD_DEAD:
                return signin_fail(attempt, SIGNIN_FAILED,
                                   STR("Your password has expired. An administrator must reset it."));
        case IAM_PASSWORD_TO_CHANGE:
                return ask_for_password(attempt);
        case IAM_PASSWORD_GOOD:
                break;
        }
        return signin_enter(attempt);
}
