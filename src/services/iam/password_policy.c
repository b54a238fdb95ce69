/* The account's password policy.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccountPasswordPolicy.html */
#include "services/iam/login.h"

/* When MinimumPasswordLength is left out. */
#define MINIMUM_LENGTH_UNSAID 6

int iam_password_policy_of(struct txn *txn, struct arena *arena, struct str account,
                           struct iam_password_policy_record *ret)
{
        *ret = (struct iam_password_policy_record){.account = account};
        return record_get(txn, arena, &iam_password_policy_record_type, ret);
}

static struct opt_bool said(struct opt_bool given)
{
        return OPT_BOOL(given.is_set && given.value);
}

/* Replaces the whole policy: what is left out takes its default, not its earlier value. */
int iam_update_account_password_policy(struct call *call,
                                       const struct iam_update_account_password_policy_in *in,
                                       struct iam_update_account_password_policy_out *out)
{
        const struct iam_password_policy_record policy = {
                .account = call->account,
                .minimum_length = in->minimum_password_length.is_set ? in->minimum_password_length
                                                                     : OPT_INT(MINIMUM_LENGTH_UNSAID),
                .require_symbols = said(in->require_symbols),
                .require_numbers = said(in->require_numbers),
                .require_uppercase = said(in->require_uppercase_characters),
                .require_lowercase = said(in->require_lowercase_characters),
                .users_may_change = said(in->allow_users_to_change_password),
                .max_age_days = in->max_password_age,
                .reuse_prevention = in->password_reuse_prevention,
                .hard_expiry = said(in->hard_expiry),
        };

        (void)out;
        return call_put(call, &iam_password_policy_record_type, &policy);
}

int iam_get_account_password_policy(struct call *call, const struct iam_get_account_password_policy_in *in,
                                    struct iam_get_account_password_policy_out *out)
{
        struct iam_password_policy_record policy;
        int result = iam_password_policy_of(call->txn, &call->arena, call->account, &policy);

        (void)in;
        if (result == -ENOENT)
                return fail(call, &iam_no_such_entity_exception,
                            "The Password Policy with domain name %.*s cannot be found.",
                            STR_ARG(call->account));
        TRY(result);
        out->password_policy = arena_new(&call->arena, struct iam_password_policy);
        if (!out->password_policy)
                return -ENOMEM;
        *out->password_policy = (struct iam_password_policy){
                .minimum_password_length = policy.minimum_length,
                .require_symbols = policy.require_symbols,
                .require_numbers = policy.require_numbers,
                .require_uppercase_characters = policy.require_uppercase,
                .require_lowercase_characters = policy.require_lowercase,
                .allow_users_to_change_password = policy.users_may_change,
                .expire_passwords = OPT_BOOL(policy.max_age_days.is_set),
                .max_password_age = policy.max_age_days,
                .password_reuse_prevention = policy.reuse_prevention,
                .hard_expiry = policy.hard_expiry,
        };
        return 0;
}

int iam_delete_account_password_policy(struct call *call,
                                       const struct iam_delete_account_password_policy_in *in,
                                       struct iam_delete_account_password_policy_out *out)
{
        const struct iam_password_policy_record policy = {.account = call->account};
        int result = call_delete(call, &iam_password_policy_record_type, &policy);

        (void)in;
        (void)out;
        if (result == -ENOENT)
                return fail(call, &iam_no_such_entity_exception,
                            "The account policy with name PasswordPolicy cannot be found.");
        return result;
}
