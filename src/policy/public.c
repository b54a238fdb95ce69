/* Is a bucket's policy public? It is, until each of its Allow statements is found to grant only to fixed
 * values.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
 *
 * Only shapes that are known to name somebody count; whatever else a policy may say leaves it public. */
#include "policy/model.h"

/* "values broader than /8 for IPv4 and /32 for IPv6 (excluding RFC1918 private ranges)": no private range is
 * broader than 10.0.0.0/8, so the exception needs no code. */
#define IPV4_BITS_MIN 8
#define IPV6_BITS_MIN 32

typedef bool fixes_fn(const struct condition_operator *op, const struct condition_value *value);

static bool has_variable(struct str text)
{
        return str_find(text, STR("${")) >= 0;
}

/* Also where the operator takes '*' and "${" for themselves: the page speaks of values, not of operators. */
static bool is_fixed(struct str text)
{
        return text.len > 0 && !str_has_byte(text, '*') && !str_has_byte(text, '?') && !has_variable(text);
}

static bool compares_text(const struct condition_operator *op)
{
        return op->family == FAMILY_STRING_EQUALS || op->family == FAMILY_STRING_EQUALS_NOCASE ||
               op->family == FAMILY_STRING_LIKE || op->family == FAMILY_ARN;
}

/* To aws:PrincipalAccount and aws:userid, whoever does not sign is "anonymous".
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalaccount
 */
static bool is_fixed_text(const struct condition_operator *op, const struct condition_value *value)
{
        struct str text = value->pattern.source;

        return compares_text(op) && is_fixed(text) && !str_eq_nocase(text, STR("anonymous"));
}

/* "aws:userid, outside the pattern "AROLEID:*"": the sessions of roles do not count, one session neither. */
static bool is_fixed_userid(const struct condition_operator *op, const struct condition_value *value)
{
        struct str id = value->pattern.source;

        return is_fixed_text(op, value) && !(str_starts_nocase(id, STR("AROA")) && str_has_byte(id, ':'));
}

static bool is_narrow_range(const struct condition_operator *op, const struct condition_value *value)
{
        return op->family == FAMILY_IP && value->valid &&
               value->ip.bits >= (value->ip.is_v6 ? IPV6_BITS_MIN : IPV4_BITS_MIN);
}

/* arn:PARTITION:s3:REGION:ACCOUNT:accesspoint/NAME, of which only the name may have wildcards. */
static bool is_of_fixed_account(const struct condition_operator *op, const struct condition_value *value)
{
        struct str rest = value->pattern.source, parts[5], type;

        if (!compares_text(op) || has_variable(rest))
                return false;
        for (size_t i = 0; i < ARRAY_LEN(parts); i++)
                if (!str_cut(&rest, ':', &parts[i]) || !is_fixed(parts[i]))
                        return false;
        return str_eq(parts[0], STR("arn")) && str_eq(parts[2], STR("s3")) && str_cut(&rest, '/', &type) &&
               str_eq(type, STR("accesspoint")) && rest.len > 0;
}

/* The keys of the page. Its "AWS principal, user, role, or service principal (e.g. aws:PrincipalOrgID)" is
 * taken to mean the keys that tell one account's principals from everybody else's: a user's name or a tag can
 * be had in any account. */
static const struct {
        struct str key;
        fixes_fn *fixes;
} KEYS[] = {
        {STR_INIT("aws:PrincipalAccount"), is_fixed_text},
        {STR_INIT("aws:PrincipalArn"), is_fixed_text},
        {STR_INIT("aws:PrincipalOrgID"), is_fixed_text},
        {STR_INIT("aws:PrincipalOrgPaths"), is_fixed_text},
        {STR_INIT("aws:PrincipalServiceName"), is_fixed_text},
        {STR_INIT("aws:SourceIp"), is_narrow_range},
        {STR_INIT("aws:SourceArn"), is_fixed_text},
        {STR_INIT("aws:SourceVpc"), is_fixed_text},
        {STR_INIT("aws:SourceVpce"), is_fixed_text},
        {STR_INIT("aws:SourceOwner"), is_fixed_text},
        {STR_INIT("aws:SourceAccount"), is_fixed_text},
        {STR_INIT("aws:userid"), is_fixed_userid},
        {STR_INIT("s3:DataAccessPointArn"), is_of_fixed_account},
        {STR_INIT("s3:DataAccessPointAccount"), is_fixed_text},
};

static fixes_fn *find_key(struct str key)
{
        for (size_t i = 0; i < ARRAY_LEN(KEYS); i++)
                if (str_eq_nocase(key, KEYS[i].key))
                        return KEYS[i].fixes;
        return NULL;
}

/* A request without the key must not pass: IfExists and ForAllValues let it. */
static bool demands_a_value(const struct condition_operator *op)
{
        return !op->negated && !op->if_exists && op->set != SET_FOR_ALL_VALUES;
}

static bool condition_fixes(const struct condition *condition)
{
        fixes_fn *fixes = find_key(condition->key);

        if (!fixes || !demands_a_value(&condition->op))
                return false;
        for (size_t i = 0; i < condition->value_count; i++)
                if (!fixes(&condition->op, &condition->values[i]))
                        return false;
        return condition->value_count > 0;
}

/* An identity provider is none of the page's principals: anybody may be somebody to it. */
static bool is_fixed_principal(const struct principal_entry *entry)
{
        return entry->form != PRINCIPAL_FORM_ANYONE && entry->form != PRINCIPAL_FORM_FEDERATED &&
               is_fixed(entry->value);
}

static bool has_fixed_principals(const struct statement *statement)
{
        if (!statement->has_principal || statement->not_principal)
                return false;
        for (size_t i = 0; i < statement->principal_count; i++)
                if (!is_fixed_principal(&statement->principals[i]))
                        return false;
        return statement->principal_count > 0;
}

/* All conditions must hold, so that one which fixes its key is enough. */
static bool has_fixing_condition(const struct statement *statement)
{
        for (size_t i = 0; i < statement->condition_count; i++)
                if (condition_fixes(&statement->conditions[i]))
                        return true;
        return false;
}

bool policy_is_public(const struct policy *policy)
{
        for (size_t i = 0; i < policy->statement_count; i++) {
                const struct statement *statement = &policy->statements[i];

                if (!statement->deny && !has_fixed_principals(statement) && !has_fixing_condition(statement))
                        return true;
        }
        return false;
}
