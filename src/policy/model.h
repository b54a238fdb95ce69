/* What a policy document compiles to. Private to this folder; everything lives in the policy's own arena and
 * is never written again after policy_compile(). */
#pragma once

#include "policy/pattern.h"
#include "policy/policy.h"
#include "policy/values.h"

#include "base/arena.h"

enum principal_form {
        PRINCIPAL_FORM_ANYONE,    /* "*" */
        PRINCIPAL_FORM_ACCOUNT,   /* 12 digits, or the account's root ARN */
        PRINCIPAL_FORM_ARN,       /* a user, role, role session or federated user */
        PRINCIPAL_FORM_UNIQUE_ID, /* AIDA..., AROA...: what IAM stores in place of an ARN */
        PRINCIPAL_FORM_FEDERATED,
        PRINCIPAL_FORM_SERVICE,
        PRINCIPAL_FORM_CANONICAL,
};

struct principal_entry {
        enum principal_form form;
        struct str value;   /* the account id for ACCOUNT, otherwise as written */
        struct str account; /* of an ARN; else absent */
};

enum condition_family {
        FAMILY_STRING_EQUALS,
        FAMILY_STRING_EQUALS_NOCASE,
        FAMILY_STRING_LIKE,
        FAMILY_NUMERIC,
        FAMILY_DATE,
        FAMILY_BOOL,
        FAMILY_BINARY,
        FAMILY_IP,
        FAMILY_ARN,
        FAMILY_NULL,
};

enum condition_order { ORDER_EQUAL, ORDER_LESS, ORDER_LESS_EQUAL, ORDER_GREATER, ORDER_GREATER_EQUAL };
enum condition_set { SET_NONE, SET_FOR_ALL_VALUES, SET_FOR_ANY_VALUE };

struct condition_operator {
        enum condition_family family;
        enum condition_order order; /* Numeric and Date */
        enum condition_set set;
        bool negated;
        bool if_exists;
};

struct condition_value {
        struct pattern pattern; /* String, Arn, Bool; for the others only its source text */
        union {
                struct decimal number;
                int64_t date_ms;
                struct ip_range ip;
        };
        bool valid; /* the text is a number, date, address, ...: what is not matches nothing */
};

struct condition {
        struct condition_operator op;
        struct str operator_name; /* as written, for traces */
        struct str key;
        struct condition_value *values;
        size_t value_count;
};

struct statement {
        struct str sid; /* absent if there is none */
        bool deny;
        bool not_action;
        bool not_resource;
        bool has_resource; /* false in role trust policies: any resource */
        bool has_principal;
        bool not_principal;
        struct pattern *actions; /* lowered */
        size_t action_count;
        struct pattern *resources;
        size_t resource_count;
        struct principal_entry *principals;
        size_t principal_count;
        struct condition *conditions;
        size_t condition_count;
};

/* Bit sets over the statements of one policy, by what their Action says; see index.c. */
struct action_slot {
        struct str key; /* "iam:createuser", or "iam:" for patterns of that vendor; ptr == NULL: empty */
        uint64_t *bits;
};

struct action_index {
        struct action_slot *slots;
        size_t mask; /* slots - 1 */
        size_t words;
        uint64_t *always;   /* Action is "*" */
        uint64_t *unsorted; /* NotAction: must be looked at for any action */
        uint64_t *denies;
};

struct policy {
        struct arena arena;
        struct str document;
        enum policy_kind kind;
        bool has_variables; /* version 2012-10-17 */
        bool has_allow;     /* some statement allows something */
        struct statement *statements;
        size_t statement_count;
        struct action_index index;
};

must_check int action_index_build(struct policy *policy);
/* The statements that name exactly this (lowered) action or vendor; NULL if none does. */
const uint64_t *action_index_find(const struct action_index *index, struct str key, uint64_t hash);
uint64_t action_hash(struct str lowered);

/* "ForAnyValue:StringLikeIfExists" -> its parts; false for a name that is no operator. */
bool condition_operator_parse(struct str name, struct condition_operator *ret);
