/* What stands in Action, Principal and Condition. The texts are those of IAM's MalformedPolicyDocument. */
#include "policy/condition.h"
#include "policy/grammar.h"
#include "policy/principal.h"

/* Keeps a copy of a JSON string, which goes away with the JSON. */
static int keep(struct grammar *grammar, const json_t *string, struct str *ret)
{
        *ret = arena_dup(&grammar->policy->arena, json_text(string));
        return grammar->policy->arena.failed ? -ENOMEM : 0;
}

/* Any vendor ("*:Get*"), or one that is spelt out: wildcards within its name are refused. */
static bool is_vendor(struct str s)
{
        if (str_eq(s, STR("*")))
                return true;
        for (size_t i = 0; i < s.len; i++) {
                char c = s.ptr[i];

                if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                      c == '-' || c == '.'))
                        return false;
        }
        return s.len > 0;
}

static int check_action(struct grammar *grammar, struct str action)
{
        ptrdiff_t colon = str_find_byte(action, ':');
        struct str vendor = str_part(action, 0, colon < 0 ? 0 : (size_t)colon);

        if (str_eq(action, STR("*")))
                return 0;
        if (colon < 0)
                return grammar_fail(grammar,
                                    "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, "
                                    "ec2, etc.");
        if (str_has_byte(str_from(action, (size_t)colon + 1), ':'))
                return grammar_fail(grammar, "Actions/Condition can contain only one colon.");
        if (!is_vendor(vendor))
                return grammar_fail(grammar, "Vendor %.*s is not valid", STR_ARG(vendor));
        return 0;
}

/* A trust policy may only speak of what STS asks a role's trust policy about. */
static int check_trust_action(struct grammar *grammar, const struct pattern *action)
{
        static const struct str KNOWN[] = {
                STR_INIT("sts:assumerole"), STR_INIT("sts:assumerolewithsaml"),
                STR_INIT("sts:tagsession"), STR_INIT("sts:assumerolewithwebidentity"),
                STR_INIT("sts:setcontext"), STR_INIT("sts:setsourceidentity"),
        };

        for (size_t i = 0; i < ARRAY_LEN(KNOWN); i++)
                if (pattern_match(action, KNOWN[i], NULL))
                        return 0;
        return grammar_fail(grammar, "AssumeRole policy may only specify STS AssumeRole actions.");
}

int grammar_actions(struct grammar *grammar, json_t *value, struct statement *ret)
{
        struct arena *arena = &grammar->policy->arena;
        size_t count = json_items(value);

        if (count == 0)
                return grammar_fail(grammar, "Policy statement must contain actions.");
        ret->actions = arena_new_array(arena, struct pattern, count);
        if (!ret->actions)
                return -ENOMEM;
        for (size_t i = 0; i < count; i++) {
                struct str action;

                if (!json_is_string(json_item(value, i)))
                        return grammar_fail(grammar, SYNTAX_ERRORS);
                TRY(keep(grammar, json_item(value, i), &action));
                TRY(check_action(grammar, action));
                TRY(pattern_compile(arena, action, PATTERN_WILDCARDS | PATTERN_LOWER, &ret->actions[i]));
                if (grammar->policy->kind == POLICY_TRUST)
                        TRY(check_trust_action(grammar, &ret->actions[i]));
                ret->action_count++;
        }
        return 0;
}

static bool principal_type_parse(struct str name, enum principal_type *ret)
{
        static const struct str NAMES[] = {
                [PRINCIPAL_TYPE_AWS] = STR_INIT("AWS"),
                [PRINCIPAL_TYPE_FEDERATED] = STR_INIT("Federated"),
                [PRINCIPAL_TYPE_SERVICE] = STR_INIT("Service"),
                [PRINCIPAL_TYPE_CANONICAL] = STR_INIT("CanonicalUser"),
        };

        for (size_t i = 0; i < ARRAY_LEN(NAMES); i++)
                if (str_eq(name, NAMES[i])) {
                        *ret = (enum principal_type)i;
                        return true;
                }
        return false;
}

static int add_principal(struct grammar *grammar, enum principal_type type, const json_t *json,
                         struct statement *ret)
{
        static const char *const NAMES[] = {"AWS", "FEDERATED", "SERVICE", "CANONICALUSER"};
        struct str value;

        if (!json_is_string(json))
                return grammar_fail(grammar, SYNTAX_ERRORS);
        TRY(keep(grammar, json, &value));
        if (!principal_entry_parse(type, value, &ret->principals[ret->principal_count]))
                return grammar_fail(grammar, "Invalid principal in policy: \"%s\":\"%.*s\"", NAMES[type],
                                    STR_ARG(value));
        ret->principal_count++;
        return 0;
}

static size_t count_principals(json_t *map)
{
        const char *name;
        size_t count = 0;
        json_t *value;

        json_object_foreach(map, name, value) count += json_items(value);
        return count;
}

int grammar_principals(struct grammar *grammar, json_t *value, struct statement *ret)
{
        struct arena *arena = &grammar->policy->arena;
        enum principal_type type;
        const char *name;
        json_t *list;

        if (!json_is_object(value) && !(json_is_string(value) && str_eq(json_text(value), STR("*"))))
                return grammar_fail(grammar,
                                    json_is_string(value) ? "Invalid principal in policy." : SYNTAX_ERRORS);
        ret->principals = arena_new_array(arena, struct principal_entry,
                                          json_is_object(value) ? count_principals(value) : 1);
        if (!ret->principals)
                return -ENOMEM;
        if (json_is_string(value))
                return add_principal(grammar, PRINCIPAL_TYPE_AWS, value, ret);
        json_object_foreach(value, name, list)
        {
                if (!principal_type_parse(str_of(name), &type))
                        return grammar_fail(grammar, SYNTAX_ERRORS);
                for (size_t i = 0; i < json_items(list); i++)
                        TRY(add_principal(grammar, type, json_item(list, i), ret));
        }
        if (ret->principal_count == 0)
                return grammar_fail(grammar, "Invalid principal in policy.");
        return 0;
}

/* Numbers and booleans may stand without quotes. */
static int condition_text(struct grammar *grammar, const json_t *json, struct str *ret)
{
        struct arena *arena = &grammar->policy->arena;

        if (json_is_string(json))
                return keep(grammar, json, ret);
        if (json_is_boolean(json))
                *ret = json_is_true(json) ? STR("true") : STR("false");
        else if (json_is_integer(json))
                *ret = arena_printf(arena, "%lld", (long long)json_integer_value(json));
        else if (json_is_real(json))
                *ret = arena_printf(arena, "%.15g", json_real_value(json));
        else
                return grammar_fail(grammar, SYNTAX_ERRORS);
        return arena->failed ? -ENOMEM : 0;
}

static int read_condition(struct grammar *grammar, json_t *value, struct condition *ret)
{
        struct policy *policy = grammar->policy;
        size_t count = json_items(value);

        if (ret->key.len == 0 || count == 0)
                return grammar_fail(grammar, SYNTAX_ERRORS);
        ret->values = arena_new_array(&policy->arena, struct condition_value, count);
        if (!ret->values)
                return -ENOMEM;
        for (size_t i = 0; i < count; i++) {
                struct str text = STR_NONE;

                TRY(condition_text(grammar, json_item(value, i), &text));
                TRY(condition_value_compile(&policy->arena, text, ret->op.family, policy->has_variables,
                                            &ret->values[i]));
        }
        ret->value_count = count;
        return 0;
}

static int read_operator(struct grammar *grammar, const char *name, json_t *keys, struct statement *ret)
{
        struct arena *arena = &grammar->policy->arena;
        struct condition_operator op;
        const char *key;
        json_t *values;

        if (!condition_operator_parse(str_of(name), &op) || !json_is_object(keys))
                return grammar_fail(grammar, SYNTAX_ERRORS);
        json_object_foreach(keys, key, values)
        {
                struct condition *condition = &ret->conditions[ret->condition_count++];

                condition->op = op;
                condition->operator_name = arena_dup(arena, str_of(name));
                condition->key = arena_dup(arena, str_of(key));
                TRY(read_condition(grammar, values, condition));
        }
        return arena->failed ? -ENOMEM : 0;
}

static size_t count_conditions(json_t *operators)
{
        const char *name;
        size_t count = 0;
        json_t *keys;

        json_object_foreach(operators, name, keys) count += json_object_size(keys);
        return count;
}

int grammar_conditions(struct grammar *grammar, json_t *value, struct statement *ret)
{
        const char *name;
        json_t *keys;

        if (!json_is_object(value))
                return grammar_fail(grammar, SYNTAX_ERRORS);
        ret->conditions = arena_new_array(&grammar->policy->arena, struct condition, count_conditions(value));
        if (!ret->conditions)
                return -ENOMEM;
        json_object_foreach(value, name, keys) TRY(read_operator(grammar, name, keys, ret));
        return 0;
}
