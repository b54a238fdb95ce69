/* The names of condition operators.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
#include "policy/model.h"

struct operator_name {
        struct str name;
        enum condition_family family;
        enum condition_order order;
        bool negated;
};

static const struct operator_name OPERATORS[] = {
        {STR_INIT("StringEquals"), FAMILY_STRING_EQUALS, ORDER_EQUAL, false},
        {STR_INIT("StringNotEquals"), FAMILY_STRING_EQUALS, ORDER_EQUAL, true},
        {STR_INIT("StringEqualsIgnoreCase"), FAMILY_STRING_EQUALS_NOCASE, ORDER_EQUAL, false},
        {STR_INIT("StringNotEqualsIgnoreCase"), FAMILY_STRING_EQUALS_NOCASE, ORDER_EQUAL, true},
        {STR_INIT("StringLike"), FAMILY_STRING_LIKE, ORDER_EQUAL, false},
        {STR_INIT("StringNotLike"), FAMILY_STRING_LIKE, ORDER_EQUAL, true},
        {STR_INIT("NumericEquals"), FAMILY_NUMERIC, ORDER_EQUAL, false},
        {STR_INIT("NumericNotEquals"), FAMILY_NUMERIC, ORDER_EQUAL, true},
        {STR_INIT("NumericLessThan"), FAMILY_NUMERIC, ORDER_LESS, false},
        {STR_INIT("NumericLessThanEquals"), FAMILY_NUMERIC, ORDER_LESS_EQUAL, false},
        {STR_INIT("NumericGreaterThan"), FAMILY_NUMERIC, ORDER_GREATER, false},
        {STR_INIT("NumericGreaterThanEquals"), FAMILY_NUMERIC, ORDER_GREATER_EQUAL, false},
        {STR_INIT("DateEquals"), FAMILY_DATE, ORDER_EQUAL, false},
        {STR_INIT("DateNotEquals"), FAMILY_DATE, ORDER_EQUAL, true},
        {STR_INIT("DateLessThan"), FAMILY_DATE, ORDER_LESS, false},
        {STR_INIT("DateLessThanEquals"), FAMILY_DATE, ORDER_LESS_EQUAL, false},
        {STR_INIT("DateGreaterThan"), FAMILY_DATE, ORDER_GREATER, false},
        {STR_INIT("DateGreaterThanEquals"), FAMILY_DATE, ORDER_GREATER_EQUAL, false},
        {STR_INIT("Bool"), FAMILY_BOOL, ORDER_EQUAL, false},
        {STR_INIT("BinaryEquals"), FAMILY_BINARY, ORDER_EQUAL, false},
        {STR_INIT("IpAddress"), FAMILY_IP, ORDER_EQUAL, false},
        {STR_INIT("NotIpAddress"), FAMILY_IP, ORDER_EQUAL, true},
        {STR_INIT("ArnEquals"), FAMILY_ARN, ORDER_EQUAL, false},
        {STR_INIT("ArnLike"), FAMILY_ARN, ORDER_EQUAL, false},
        {STR_INIT("ArnNotEquals"), FAMILY_ARN, ORDER_EQUAL, true},
        {STR_INIT("ArnNotLike"), FAMILY_ARN, ORDER_EQUAL, true},
        {STR_INIT("Null"), FAMILY_NULL, ORDER_EQUAL, false},
};

static bool strip_prefix(struct str *s, struct str prefix)
{
        if (!str_starts(*s, prefix))
                return false;
        *s = str_from(*s, prefix.len);
        return true;
}

static bool strip_suffix(struct str *s, struct str suffix)
{
        if (!str_ends(*s, suffix))
                return false;
        s->len -= suffix.len;
        return true;
}

bool condition_operator_parse(struct str name, struct condition_operator *ret)
{
        *ret = (struct condition_operator){};
        if (strip_prefix(&name, STR("ForAllValues:")))
                ret->set = SET_FOR_ALL_VALUES;
        else if (strip_prefix(&name, STR("ForAnyValue:")))
                ret->set = SET_FOR_ANY_VALUE;
        ret->if_exists = strip_suffix(&name, STR("IfExists"));
        for (size_t i = 0; i < ARRAY_LEN(OPERATORS); i++) {
                if (!str_eq(name, OPERATORS[i].name))
                        continue;
                ret->family = OPERATORS[i].family;
                ret->order = OPERATORS[i].order;
                ret->negated = OPERATORS[i].negated;
                /* Null tests for presence itself: neither IfExists nor a set makes sense of it. */
                return ret->family != FAMILY_NULL || (!ret->if_exists && ret->set == SET_NONE);
        }
        return false;
}
