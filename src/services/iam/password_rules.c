#include "services/iam/password_rules.h"

#include "base/text.h"

/* As the user guide lists them. */
#define SYMBOLS STR("!@#$%^&*()_+-=[]{}|'")

struct content {
        bool upper, lower, digit, symbol;
        bool other; /* not alphanumeric, whether the guide lists it or not */
};

static struct content look_at(struct str password)
{
        struct content has = {};

        for (size_t i = 0; i < password.len; i++) {
                char c = password.ptr[i];

                if (c >= 'A' && c <= 'Z')
                        has.upper = true;
                else if (c >= 'a' && c <= 'z')
                        has.lower = true;
                else if (c >= '0' && c <= '9')
                        has.digit = true;
                else
                        has.other = true;
                has.symbol |= str_has_byte(SYMBOLS, c);
        }
        return has;
}

static const char *default_problem(struct str account_name, struct str password)
{
        const struct content has = look_at(password);

        if (utf8_length(password) < IAM_DEFAULT_MINIMUM_LENGTH ||
            has.upper + has.lower + has.digit + has.other < 3)
                return "Password does not conform to the account password policy.";
        if (account_name.len && str_eq(password, account_name))
                return "Password does not conform to the account password policy.";
        return NULL;
}

const char *iam_password_problem(const struct iam_password_policy_record *policy, struct str account_name,
                                 struct str password)
{
        const struct content has = look_at(password);

        if (!policy)
                return default_problem(account_name, password);
        if (utf8_length(password) < (size_t)policy->minimum_length.value)
                return "Password does not conform to the account password policy.";
        if (policy->require_uppercase.value && !has.upper)
                return "Password should have at least one uppercase letter";
        if (policy->require_lowercase.value && !has.lower)
                return "Password should have at least one lowercase letter";
        if (policy->require_numbers.value && !has.digit)
                return "Password should have at least one number";
        if (policy->require_symbols.value && !has.symbol)
                return "Password should have at least one symbol";
        return NULL;
}
