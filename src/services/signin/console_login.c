/* Signing in with a password: the forms' operations. What takes long, deriving the password, comes before the
 * transaction, and takes as long for somebody who is not there. */
#include "services/signin/signin.h"
#include "wire/wire.h"

#define CODE_LEN 6

/* -- The password, and perhaps the code with it */

struct prepared {
        enum signin_guess guess;
        struct iam_derived derived;
        bool is_given_back; /* the transaction may run again */
};

static struct str account_of(const struct call *call, const struct signin_console_login_in *in)
{
        return in->account.len ? in->account : call->host_name;
}

/* Of one that is not there: as it was typed. */
static struct str counted_account(const struct iam_sign_in *who, struct str given)
{
        return str_is_set(who->account) ? who->account : given;
}

int signin_console_login_prepare(struct call *call, const struct signin_console_login_in *in)
{
        struct prepared *prepared = arena_new(&call->arena, struct prepared);
        struct iam_sign_in who;

        if (!prepared)
                return -ENOMEM;
        TRY(signin_need_own_origin(call));
        TRY(iam_find_sign_in(call, account_of(call, in), in->user_name, &who));
        prepared->guess = signin_guess(call, counted_account(&who, account_of(call, in)), in->user_name);
        if (prepared->guess == SIGNIN_MAY_GUESS)
                TRY(iam_derive_password(call, &who, in->password, &prepared->derived));
        call->prepared = prepared;
        return 0;
}

static int refuse_guess(struct signin_attempt *attempt)
{
        attempt->call->status = 429;
        return signin_fail(attempt, SIGNIN_FAILED,
                           STR("There were too many attempts. Please try again in some minutes."));
}

static int refuse_password(struct signin_attempt *attempt)
{
        bool is_there = attempt->who.principal.kind != ANONYMOUS;

        return signin_fail(attempt, is_there ? SIGNIN_FAILED : STR("No username found in supplied account"),
                           SIGNIN_FAILED_TOLD);
}

/* Anything else than six digits is a wrong code like others. */
static int check_code(struct signin_attempt *attempt, struct str code)
{
        return iam_use_code_to_sign_in(attempt->call, &attempt->who, code.len == CODE_LEN ? code : STR(""),
                                       &attempt->serial_number);
}

static int with_code(struct signin_attempt *attempt, struct str code)
{
        int r;

        attempt->has_code = true;
        r = check_code(attempt, code);
        if (r == -EACCES)
                return signin_fail(attempt, SIGNIN_FAILED, SIGNIN_FAILED_TOLD);
        return r < 0 ? r : signin_finish(attempt);
}

/* What was given when nothing was needed is passed over. */
static int with_password(struct signin_attempt *attempt, struct str code)
{
        bool is_needed;

        TRY(iam_sign_in_needs_code(attempt->call, &attempt->who, &is_needed));
        if (!is_needed)
                return signin_finish(attempt);
        return code.len ? with_code(attempt, code) : signin_ask_for_code(attempt);
}

static int sign_in(struct signin_attempt *attempt, const struct signin_console_login_in *in)
{
        struct prepared *prepared = attempt->call->prepared;
        struct call *call = attempt->call;
        bool is_right;

        if (prepared->guess == SIGNIN_ADDRESS_IS_LOCKED)
                return refuse_guess(attempt); /* and is in no history: whoever floods fills none */
        TRY(iam_find_sign_in(call, account_of(call, in), in->user_name, &attempt->who));
        TRY(signin_tell_who(attempt));
        attempt->has_code = in->mfa_code.len > 0;
        if (prepared->guess == SIGNIN_USER_IS_LOCKED)
                return refuse_guess(attempt);
        TRY(iam_password_is_right(call, &attempt->who, in->password, &prepared->derived, &is_right));
        if (!is_right)
                return refuse_password(attempt);
        attempt->has_code = false;
        TRY(with_password(attempt, in->mfa_code));
        if (!str_is_set(call->sign_in->problem) && !prepared->is_given_back) {
                prepared->is_given_back = true;
                signin_guessed_right(call, attempt->who.account, in->user_name);
        }
        return 0;
}

int signin_console_login(struct call *call, const struct signin_console_login_in *in,
                         struct signin_console_login_out *out)
{
        struct signin_attempt attempt = {.call = call};

        TRY(sign_in(&attempt, in));
        SIGNIN_GIVE(out, attempt.page);
        return 0;
}

/* -- What the next form brings */

/* Without anybody's history: who is meant is not known. */
static int begin_again(struct signin_attempt *attempt)
{
        attempt->call->status = 403;
        return signin_form(attempt->call, STR_NONE, STR("This took too long. Please sign in again."),
                           &attempt->page);
}

/* Who has got a device since then has not shown its code. */
static int check_device(struct signin_attempt *attempt, const struct signin_challenge *challenge)
{
        bool is_needed = false;

        if (challenge->step == SIGNIN_STEP_CODE || challenge->serial_number.len)
                return 0;
        TRY(iam_sign_in_needs_code(attempt->call, &attempt->who, &is_needed));
        return is_needed ? -EACCES : 0;
}

static int open_challenge(struct signin_attempt *attempt, struct str sealed, enum signin_step step)
{
        struct signin_challenge challenge;

        TRY(signin_need_own_origin(attempt->call));
        TRY(signin_open_challenge(attempt->call, sealed, step, &challenge, &attempt->who));
        TRY(check_device(attempt, &challenge));
        attempt->serial_number = challenge.serial_number;
        attempt->has_code = challenge.serial_number.len > 0;
        return signin_tell_who(attempt);
}

int signin_submit_mfa_code(struct call *call, const struct signin_submit_mfa_code_in *in,
                           struct signin_submit_mfa_code_out *out)
{
        struct signin_attempt attempt = {.call = call};
        int r = open_challenge(&attempt, in->challenge, SIGNIN_STEP_CODE);

        if (r == 0)
                r = with_code(&attempt, in->mfa_code);
        else if (r == -EACCES)
                r = begin_again(&attempt);
        TRY(r);
        SIGNIN_GIVE(out, attempt.page);
        return 0;
}

/* -- The password that has to be changed */

int signin_set_password_prepare(struct call *call, const struct signin_set_password_in *in)
{
        struct iam_derived *derived = arena_new(&call->arena, struct iam_derived);
        struct signin_challenge challenge;
        struct iam_sign_in who;
        int r;

        if (!derived)
                return -ENOMEM;
        TRY(signin_need_own_origin(call));
        r = signin_open_challenge(call, in->challenge, SIGNIN_STEP_PASSWORD, &challenge, &who);
        if (r == 0)
                TRY(iam_derive_password(call, &who, in->new_password, derived));
        call->prepared = derived;
        return r == -EACCES ? 0 : r;
}

static int renew(struct call *call, void *arg)
{
        const struct iam_change_password_in *in = call->in;

        return iam_renew_password(call, in->new_password, arg);
}

/* As the user's own call of IAM, by the policies and rules that hold for it. */
static int change(struct signin_attempt *attempt, struct str password)
{
        const struct iam_change_password_in in = {.old_password = password, .new_password = password};
        struct principal principal = attempt->who.principal;
        struct iam_change_password_out out = {};
        struct call *call = attempt->call;
        const struct call_act act = {.principal = &principal,
                                     .is_by_client = true,
                                     .region = STR("us-east-1"),
                                     .operation = wire_find_operation(&iam_service, STR("ChangePassword")),
                                     .in = &in,
                                     .out = &out,
                                     .run = renew,
                                     .arg = call->prepared};

        principal.is_temporary = true;
        principal.session = (struct session){.issued_ms = call->now_ms,
                                             .expires_ms = call->now_ms + SIGNIN_MINUTE_MS,
                                             .mfa = attempt->serial_number.len > 0,
                                             .issuer_id = principal.id,
                                             .issuer_arn = principal.arn,
                                             .issuer_name = principal.name};
        return call->act(call, &act);
}

static int ask_again(struct signin_attempt *attempt, struct str challenge, struct str problem)
{
        struct call *call = attempt->call;

        call_forgive(call);
        call->status = 403;
        call->sign_in->event = STR("PasswordUpdated");
        call->sign_in->problem = problem;
        return signin_password_form(call, challenge, problem, &attempt->page);
}

static int set_password(struct signin_attempt *attempt, const struct signin_set_password_in *in)
{
        struct call *call = attempt->call;
        int r;

        if (in->new_password.len == 0 || !str_eq(in->new_password, in->confirmation))
                return ask_again(attempt, in->challenge, STR("The passwords do not match."));
        r = change(attempt, in->new_password);
        if (r == -ECALL)
                return ask_again(attempt, in->challenge, arena_dup(&call->arena, call->error_message));
        TRY(r);
        TRY(iam_find_sign_in_by_id(call, attempt->who.account, attempt->who.principal.id, &attempt->who));
        return signin_enter(attempt);
}

int signin_set_password(struct call *call, const struct signin_set_password_in *in,
                        struct signin_set_password_out *out)
{
        struct signin_attempt attempt = {.call = call};
        int r = open_challenge(&attempt, in->challenge, SIGNIN_STEP_PASSWORD);

        if (r == 0)
                r = set_password(&attempt, in);
        else if (r == -EACCES)
                r = begin_again(&attempt);
        TRY(r);
        SIGNIN_GIVE(out, attempt.page);
        return 0;
}
