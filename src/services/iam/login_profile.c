/* Login profiles: the password with which a user signs in to the console.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords.html */
#include "services/iam/login.h"

#include "crypto/password.h"
#include "services/attempts.h"
#include "services/iam/password_rules.h"

/* The most that a password policy may ask to be remembered. */
#define REUSE_PREVENTION_MAX 24

static int need_profile(struct call *call, const struct iam_user_record *user,
                        struct iam_login_profile_record *ret)
{
        int result;

        *ret = (struct iam_login_profile_record){.user_id = user->id};
        result = call_get(call, &iam_login_profile_record_type, ret);
        if (result == -ENOENT)
                return fail(call, &iam_no_such_entity_exception,
                            "Login Profile for User %.*s cannot be found.", STR_ARG(user->name));
        return result;
}

static int give_profile(struct call *call, const struct iam_user_record *user,
                        const struct iam_login_profile_record *profile, struct iam_login_profile **ret)
{
        *ret = arena_new(&call->arena, struct iam_login_profile);
        if (!*ret)
                return -ENOMEM;
        **ret = (struct iam_login_profile){.user_name = user->name,
                                           .create_date = profile->created,
                                           .password_reset_required = profile->reset_required};
        return 0;
}

int iam_check_password(struct call *call, struct str password)
{
        struct iam_account_record account = {.id = call->account};
        struct iam_password_policy_record policy;
        int result = iam_password_policy_of(call->txn, &call->arena, call->account, &policy);
        const char *problem;

        if (result < 0 && result != -ENOENT)
                return result;
        TRY(call_get(call, &iam_account_record_type, &account));
        problem = iam_password_problem(result == 0 ? &policy : NULL, account.name, password);
        return problem ? fail(call, &iam_password_policy_violation_exception, "%s", problem) : 0;
}

/* Hashes that were derived before the transaction, and the hash whose salt they took: it is still the
 * profile's when nothing has come between. */
struct derived {
        struct str like; /* absent: a fresh salt */
        struct str hash; /* of the new password */
        struct str old;  /* ChangePassword: of the one that is said to be the present one */
        bool is_locked;  /* ChangePassword: so many were wrong that it is not looked at */
        bool is_given_back;
};

/* One salt for all passwords of a profile: one derivation tells whether a password was there before. */
static int derive(struct call *call, const struct iam_login_profile_record *profile, struct str password,
                  struct str *ret)
{
        return password_hash(&call->arena, password, profile->password, ret);
}

static int prepare(struct call *call, const struct iam_login_profile_record *profile, struct str password,
                   struct str old)
{
        struct derived *derived = arena_new(&call->arena, struct derived);

        if (!derived)
                return -ENOMEM;
        derived->like = arena_dup(&call->arena, profile->password);
        if (str_is_set(password))
                TRY(derive(call, profile, password, &derived->hash));
        if (str_is_set(old))
                TRY(derive(call, profile, old, &derived->old));
        call->prepared = derived;
        return 0;
}

/* The profile of a user by name, or an empty one: whether it must be there is the handler's to say. */
static int find_profile(struct call *call, struct str user_name, struct iam_login_profile_record *ret)
{
        struct iam_user_record user;
        int r = iam_find_user(call->txn, &call->arena, call->account, user_name, &user);

        *ret = (struct iam_login_profile_record){};
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        ret->user_id = user.id;
        r = call_get(call, &iam_login_profile_record_type, ret);
        return r == -ENOENT ? 0 : r;
}

/* What was prepared, or, when the profile has changed since, derived now. */
static int hash_of(struct call *call, const struct iam_login_profile_record *profile, struct str password,
                   struct str *ret)
{
        const struct derived *derived = call->prepared;

        if (derived && str_is_set(derived->hash) && str_eq(derived->like, profile->password)) {
                *ret = derived->hash;
                return 0;
        }
        return derive(call, profile, password, ret);
}

static int old_hash_of(struct call *call, const struct iam_login_profile_record *profile, struct str password,
                       struct str *ret)
{
        const struct derived *derived = call->prepared;

        if (derived && str_is_set(derived->old) && str_eq(derived->like, profile->password)) {
                *ret = derived->old;
                return 0;
        }
        return derive(call, profile, password, ret);
}

int iam_set_password(struct call *call, struct iam_login_profile_record *profile, struct str hash)
{
        struct str_list earlier = {.is_set = true};

        earlier.items = arena_new_array(&call->arena, struct str, REUSE_PREVENTION_MAX);
        if (!earlier.items)
                return -ENOMEM;
        if (str_is_set(profile->password))
                earlier.items[earlier.count++] = profile->password;
        for (size_t i = 0; i < profile->earlier.count && earlier.count < REUSE_PREVENTION_MAX; i++)
                earlier.items[earlier.count++] = profile->earlier.items[i];
        profile->earlier = earlier;
        profile->password = hash;
        profile->changed = OPT_INT(call->now_ms);
        return 0;
}

int iam_create_login_profile_prepare(struct call *call, const struct iam_create_login_profile_in *in)
{
        const struct iam_login_profile_record none = {};

        return prepare(call, &none, in->password, STR_NONE);
}

int iam_create_login_profile(struct call *call, const struct iam_create_login_profile_in *in,
                             struct iam_create_login_profile_out *out)
{
        struct iam_login_profile_record profile;
        struct iam_user_record user;
        struct str hash = STR_NONE;

        TRY(iam_need_user_or_caller(call, in->user_name, &user));
        if (!str_is_set(in->password))
                return fail(
                        call, &iam_validation_error,
                        "1 validation error detected: Value null at 'password' failed to satisfy constraint: "
                        "Member must not be null");
        profile = (struct iam_login_profile_record){.user_id = user.id,
                                                    .created = OPT_INT(call->now_ms),
                                                    .reset_required =
                                                            OPT_BOOL(in->password_reset_required.value)};
        if (record_exists(call->txn, &iam_login_profile_record_type, &profile))
                return fail(call, &iam_entity_already_exists_exception,
                            "Login Profile for user %.*s already exists.", STR_ARG(user.name));
        TRY(iam_check_password(call, in->password));
        TRY(hash_of(call, &profile, in->password, &hash));
        TRY(iam_set_password(call, &profile, hash));
        TRY(call_insert(call, &iam_login_profile_record_type, &profile));
        return give_profile(call, &user, &profile, &out->login_profile);
}

int iam_get_login_profile(struct call *call, const struct iam_get_login_profile_in *in,
                          struct iam_get_login_profile_out *out)
{
        struct iam_login_profile_record profile;
        struct iam_user_record user;

        TRY(iam_need_user_or_caller(call, in->user_name, &user));
        TRY(need_profile(call, &user, &profile));
        return give_profile(call, &user, &profile, &out->login_profile);
}

int iam_update_login_profile_prepare(struct call *call, const struct iam_update_login_profile_in *in)
{
        struct iam_login_profile_record profile;

        TRY(find_profile(call, in->user_name, &profile));
        return prepare(call, &profile, in->password, STR_NONE);
}

int iam_update_login_profile(struct call *call, const struct iam_update_login_profile_in *in,
                             struct iam_update_login_profile_out *out)
{
        struct iam_login_profile_record profile;
        struct iam_user_record user;
        struct str hash = STR_NONE;

        (void)out;
        TRY(iam_need_user(call, in->user_name, &user));
        TRY(need_profile(call, &user, &profile));
        if (str_is_set(in->password)) {
                TRY(iam_check_password(call, in->password));
                TRY(hash_of(call, &profile, in->password, &hash));
                TRY(iam_set_password(call, &profile, hash));
        }
        if (in->password_reset_required.is_set)
                profile.reset_required = in->password_reset_required;
        return call_put(call, &iam_login_profile_record_type, &profile);
}

/* GetUser tells it also of a user that has no password any more. */
static int keep_last_use(struct call *call, struct iam_user_record *user, struct opt_int used)
{
        if (!used.is_set)
                return 0;
        user->password_used = used;
        return call_put(call, &iam_user_record_type, user);
}

int iam_delete_login_profile(struct call *call, const struct iam_delete_login_profile_in *in,
                             struct iam_delete_login_profile_out *out)
{
        struct iam_login_profile_record profile;
        struct iam_user_record user;

        (void)out;
        TRY(iam_need_user_or_caller(call, in->user_name, &user));
        TRY(need_profile(call, &user, &profile));
        TRY(keep_last_use(call, &user, profile.used));
        return call_delete(call, &iam_login_profile_record_type, &profile);
}

/* Was this one of the last passwords, as many as the policy remembers? The present one counts. */
int iam_refuse_reuse(struct call *call, const struct iam_login_profile_record *profile, struct str hash)
{
        struct iam_password_policy_record policy;
        bool is_used = secret_equal(hash, profile->password);
        int result = iam_password_policy_of(call->txn, &call->arena, call->account, &policy);

        if (result < 0 || !policy.reuse_prevention.is_set)
                return result == -ENOENT ? 0 : result;
        for (size_t i = 0; i < profile->earlier.count && i + 1 < (size_t)policy.reuse_prevention.value; i++)
                is_used |= secret_equal(hash, profile->earlier.items[i]);
        if (is_used)
                return fail(
                        call, &iam_password_policy_violation_exception,
                        "Policy constraint violation with password reuse prevention during password change");
        return 0;
}

/* -- ChangePassword. A password expired under a policy of hard expiry is for an administrator to reset: that
 * concerns signing in to the console, not this operation, which its caller's access key signs. Who has the
 * key alone may not find out the password by it: guesses are bounded as those at the sign-in page, by unique
 * ids, which are no names there. */

static int64_t now_s(void)
{
        return clock_monotonic_ns() / 1000000000;
}

int iam_change_password_prepare(struct call *call, const struct iam_change_password_in *in)
{
        struct iam_login_profile_record profile = {};
        bool is_locked = false;
        struct derived *derived;

        if (call->principal.kind == IAM_USER) {
                TRY(find_profile(call, call->principal.name, &profile));
                is_locked = !attempts_take(call->host->sign_ins, call->principal.id, now_s());
        }
        TRY(prepare(call, &profile, is_locked ? STR_NONE : in->new_password,
                    is_locked ? STR_NONE : in->old_password));
        derived = call->prepared;
        derived->is_locked = is_locked;
        return 0;
}

static int check_old_password(struct call *call, const struct iam_login_profile_record *profile,
                              struct str password)
{
        struct derived *derived = call->prepared;
        bool is_locked = derived && derived->is_locked;
        struct str hash = STR_NONE;

        if (!is_locked)
                TRY(old_hash_of(call, profile, password, &hash));
        if (is_locked || !secret_equal(hash, profile->password))
                return fail(call, &iam_access_denied, "The old password was incorrect.");
        if (!derived || derived->is_given_back)
                return 0;
        derived->is_given_back = true; /* the transaction may run again */
        attempts_give_back(call->host->sign_ins, call->principal.id, now_s());
        return 0;
}

int iam_change_password(struct call *call, const struct iam_change_password_in *in,
                        struct iam_change_password_out *out)
{
        struct iam_login_profile_record profile;
        struct iam_user_record user;
        struct str hash = STR_NONE;

        (void)out;
        if (call->principal.kind != IAM_USER)
                return fail(call, &iam_invalid_user_type_exception,
                            "Only IAM Users can change their own password");
        TRY(iam_need_user(call, call->principal.name, &user));
        TRY(need_profile(call, &user, &profile));
        TRY(check_old_password(call, &profile, in->old_password));
        TRY(iam_check_password(call, in->new_password));
        TRY(hash_of(call, &profile, in->new_password, &hash));
        TRY(iam_refuse_reuse(call, &profile, hash));
        TRY(iam_set_password(call, &profile, hash));
        profile.reset_required = OPT_BOOL(false);
        return call_put(call, &iam_login_profile_record_type, &profile);
}
