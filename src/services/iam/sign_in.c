/* What signing in with a password asks of IAM.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords.html */
#include "services/iam/login.h"

#include "crypto/password.h"
#include "services/iam/account.h"
#include "services/iam/mfa.h"

/* "If a password is used more than once in a five-minute span, only the first use is returned".
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_User.html */
#define USE_STEP_MS (5 * 60 * MS_PER_S)

/* -- Who */

static int find_account(struct call *call, struct str id_or_alias, struct str *ret)
{
        struct iam_account_record account = {.id = id_or_alias};
        struct iam_account_alias_record alias = {.alias = id_or_alias};
        int r;

        *ret = STR_NONE;
        if (id_or_alias.len == 0)
                return 0;
        if (record_exists(call->txn, &iam_account_record_type, &account)) {
                *ret = account.id;
                return 0;
        }
        r = call_get(call, &iam_account_alias_record_type, &alias);
        if (r == 0)
                *ret = alias.account;
        return r == -ENOENT ? 0 : r;
}

static void describe_root(struct call *call, struct iam_sign_in *who)
{
        who->principal = (struct principal){.kind = ROOT_USER,
                                            .account = who->account,
                                            .id = who->account,
                                            .arn = iam_root_arn(&call->arena, who->account),
                                            .name = STR("root")};
}

static void describe_user(struct call *call, const struct iam_user_record *user, struct iam_sign_in *who)
{
        who->principal = (struct principal){.kind = IAM_USER,
                                            .account = who->account,
                                            .id = user->id,
                                            .arn = iam_user_arn(&call->arena, user),
                                            .name = user->name};
}

/* A root user has none: nothing here gives it one. */
static int find_profile(struct call *call, struct iam_sign_in *who)
{
        int r;

        who->profile = (struct iam_login_profile_record){.user_id = who->principal.id};
        r = call_get(call, &iam_login_profile_record_type, &who->profile);
        return r == -ENOENT ? 0 : r;
}

int iam_find_sign_in(struct call *call, struct str account, struct str user_name, struct iam_sign_in *ret)
{
        struct iam_user_record user;
        int r;

        *ret = (struct iam_sign_in){};
        TRY(find_account(call, account, &ret->account));
        if (!str_is_set(ret->account))
                return 0;
        if (user_name.len == 0) {
                describe_root(call, ret);
                return find_profile(call, ret);
        }
        user = (struct iam_user_record){.account = ret->account, .name = user_name};
        r = call_get(call, &iam_user_record_type, &user);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        describe_user(call, &user, ret);
        return find_profile(call, ret);
}

int iam_find_sign_in_by_id(struct call *call, struct str account, struct str id, struct iam_sign_in *ret)
{
        struct iam_user_record user;
        int r;

        *ret = (struct iam_sign_in){.account = account};
        if (str_eq(account, id)) {
                describe_root(call, ret);
                return find_profile(call, ret);
        }
        r = iam_user_by_unique_id(call->txn, &call->arena, id, &user);
        if (r == -ENOENT || (r == 0 && !str_eq(user.account, account)))
                return 0;
        TRY(r);
        describe_user(call, &user, ret);
        return find_profile(call, ret);
}

/* -- Passwords */

int iam_derive_password(struct call *call, const struct iam_sign_in *who, struct str password,
                        struct iam_derived *ret)
{
        *ret = (struct iam_derived){.like = arena_dup(&call->arena, who->profile.password)};
        return password_hash(&call->arena, str_is_set(password) ? password : STR(""), ret->like, &ret->hash);
}

int iam_password_is_right(struct call *call, const struct iam_sign_in *who, struct str password,
                          const struct iam_derived *derived, bool *ret)
{
        struct iam_derived again = *derived;

        *ret = false;
        if (!str_is_set(who->profile.password))
                return 0;
        if (!str_eq(derived->like, who->profile.password))
                TRY(iam_derive_password(call, who, password, &again));
        *ret = secret_equal(again.hash, who->profile.password);
        return 0;
}

/* https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html */
int iam_password_state(struct call *call, const struct iam_sign_in *who, enum iam_password_state *ret)
{
        struct iam_password_policy_record policy;
        int r = iam_password_policy_of(call->txn, &call->arena, who->account, &policy);
        bool has_expired;

        if (r < 0 && r != -ENOENT)
                return r;
        has_expired = r == 0 && policy.max_age_days.is_set &&
                      call->now_ms >= who->profile.changed.value + policy.max_age_days.value * MS_PER_DAY;
        *ret = who->profile.reset_required.value || has_expired ? IAM_PASSWORD_TO_CHANGE : IAM_PASSWORD_GOOD;
        if (has_expired && policy.hard_expiry.value)
                *ret = IAM_PASSWORD_DEAD;
        return 0;
}

int iam_note_password_use(struct call *call, const struct iam_sign_in *who)
{
        struct iam_login_profile_record profile = who->profile;

        if (profile.used.is_set && call->now_ms - profile.used.value < USE_STEP_MS)
                return 0;
        profile.used = OPT_INT(call->now_ms);
        return call_put(call, &iam_login_profile_record_type, &profile);
}

int iam_renew_password(struct call *call, struct str password, const struct iam_derived *derived)
{
        struct iam_derived made = *derived;
        struct resource resource;
        struct iam_sign_in who;

        TRY(iam_caller_resource(call, NULL, &resource));
        TRY(call->authorise(call, STR("iam:ChangePassword"), &resource));
        TRY(iam_find_sign_in_by_id(call, call->account, call->principal.id, &who));
        TRY(iam_check_password(call, password));
        if (!str_eq(derived->like, who.profile.password))
                TRY(iam_derive_password(call, &who, password, &made));
        TRY(iam_refuse_reuse(call, &who.profile, made.hash));
        TRY(iam_set_password(call, &who.profile, made.hash));
        who.profile.reset_required = OPT_BOOL(false);
        return call_put(call, &iam_login_profile_record_type, &who.profile);
}

/* -- Codes */

int iam_sign_in_needs_code(struct call *call, const struct iam_sign_in *who, bool *ret)
{
        return iam_has_mfa_device(call, who->principal.id, ret);
}
