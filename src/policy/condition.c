#include "policy/condition.h"

#include "policy/question.h"

/* Variables work with String, Arn and Bool operators, wildcards with Like and Arn.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
static unsigned pattern_flags(enum condition_family family, bool variables)
{
        unsigned flags = variables ? PATTERN_VARIABLES : 0;

        switch (family) {
        case FAMILY_STRING_LIKE:
        case FAMILY_ARN:
                return flags | PATTERN_WILDCARDS;
        case FAMILY_STRING_EQUALS:
        case FAMILY_STRING_EQUALS_NOCASE:
        case FAMILY_BOOL:
                return flags;
        default:
                return 0;
        }
}

int condition_value_compile(struct arena *arena, struct str source, enum condition_family family,
                            bool variables, struct condition_value *ret)
{
        bool ignored;

        *ret = (struct condition_value){.valid = true};
        TRY(pattern_compile(arena, source, pattern_flags(family, variables), &ret->pattern));
        if (family == FAMILY_NUMERIC)
                ret->valid = decimal_parse(source, &ret->number);
        else if (family == FAMILY_DATE)
                ret->valid = policy_date_parse(source, &ret->date_ms);
        else if (family == FAMILY_IP)
                ret->valid = ip_range_parse(source, &ret->ip);
        else if (family == FAMILY_BINARY)
                ret->valid = base64_is_valid(source);
        else if (family == FAMILY_NULL)
                ret->valid = bool_parse(source, &ignored);
        return 0;
}

static bool in_order(enum condition_order order, int cmp)
{
        switch (order) {
        case ORDER_EQUAL:
                return cmp == 0;
        case ORDER_LESS:
                return cmp < 0;
        case ORDER_LESS_EQUAL:
                return cmp <= 0;
        case ORDER_GREATER:
                return cmp > 0;
        case ORDER_GREATER_EQUAL:
                return cmp >= 0;
        }
        return false;
}

static bool date_matches(const struct condition *c, const struct condition_value *value, struct str given)
{
        int64_t ms;

        if (!policy_date_parse(given, &ms))
                return false;
        return in_order(c->op.order, (ms > value->date_ms) - (ms < value->date_ms));
}

static bool number_matches(const struct condition *c, const struct condition_value *value, struct str given)
{
        struct decimal number;

        return decimal_parse(given, &number) && in_order(c->op.order, decimal_cmp(&number, &value->number));
}

static bool ip_matches(const struct condition_value *value, struct str given)
{
        struct ip_range address;

        return !str_has_byte(given, '/') && ip_range_parse(given, &address) &&
               ip_range_contains(&value->ip, &address);
}

static bool bool_matches(const struct condition_value *value, struct str given,
                         const struct policy_question *question)
{
        bool ignored;

        return bool_parse(given, &ignored) && pattern_equals_nocase(&value->pattern, given, question);
}

/* Does one value of the request match one value of the policy, negation aside. */
static bool value_matches(const struct condition *c, const struct condition_value *value, struct str given,
                          const struct policy_question *question)
{
        if (!value->valid)
                return false;
        switch (c->op.family) {
        case FAMILY_STRING_EQUALS:
        case FAMILY_STRING_LIKE:
                return pattern_match(&value->pattern, given, question);
        case FAMILY_STRING_EQUALS_NOCASE:
                return pattern_equals_nocase(&value->pattern, given, question);
        case FAMILY_NUMERIC:
                return number_matches(c, value, given);
        case FAMILY_DATE:
                return date_matches(c, value, given);
        case FAMILY_BOOL:
                return bool_matches(value, given, question);
        case FAMILY_BINARY:
                return str_eq(value->pattern.source, given);
        case FAMILY_IP:
                return ip_matches(value, given);
        case FAMILY_ARN:
                return pattern_match_arn(&value->pattern, given, question);
        case FAMILY_NULL:
                break;
        }
        return false;
}

static bool any_value_matches(const struct condition *c, struct str given,
                              const struct policy_question *question)
{
        for (size_t i = 0; i < c->value_count; i++)
                if (value_matches(c, &c->values[i], given, question))
                        return true;
        return false;
}

/* A key whose values are all empty strings is as good as absent to Null and to ForAllValues: "resolves to a
 * null dataset, such as an empty string".
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
static bool is_null(bool found, const struct policy_key *key)
{
        for (size_t i = 0; found && i < key->count; i++)
                if (key->values[i].len > 0)
                        return false;
        return true;
}

static bool null_holds(const struct condition *c, bool null)
{
        for (size_t i = 0; i < c->value_count; i++)
                if (c->values[i].valid && str_eq_nocase(c->values[i].pattern.source, STR("true")) == null)
                        return true;
        return false;
}

/* Negated operators are a NOR over the policy's values. Of a key with several values, all must pass under
 * ForAllValues, one under ForAnyValue; without either, a match of any value is a match.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 */
static bool values_hold(const struct condition *c, const struct policy_key *key,
                        const struct policy_question *question)
{
        bool all = c->op.set == SET_FOR_ALL_VALUES || (c->op.set == SET_NONE && c->op.negated);

        for (size_t i = 0; i < key->count; i++)
                if ((any_value_matches(c, key->values[i], question) != c->op.negated) != all)
                        return !all;
        return all;
}

bool condition_holds(const struct condition *c, const struct policy_question *question)
{
        struct policy_key key = {};
        bool found = question_find_key(question, c->key, &key);

        if (c->op.family == FAMILY_NULL)
                return null_holds(c, is_null(found, &key));
        if (!found && c->op.if_exists)
                return true;
        if (c->op.set == SET_FOR_ALL_VALUES && is_null(found, &key))
                return true;
        if (!found)
                return c->op.set == SET_NONE && c->op.negated;
        return values_hold(c, &key, question);
}
