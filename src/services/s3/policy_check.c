/* https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html and, for what is refused,
 * https://repost.aws/knowledge-center/s3-invalid-principal-in-policy-error */
#include "services/s3/policy_check.h"

#include "services/iam/directory.h"

#include <jansson.h>

#define NOT_JSON       "Policies must be valid JSON and the first byte must be '{'"
#define INVALID_SYNTAX "Invalid policy syntax."

static void json_done(json_t **json)
{
        json_decref(*json);
}

static struct str text_of(const json_t *json)
{
        return str_make(json_string_value(json), json_string_length(json));
}

static size_t count_of(const json_t *value)
{
        return json_is_array(value) ? json_array_size(value) : 1;
}

static json_t *item_of(json_t *value, size_t i)
{
        return json_is_array(value) ? json_array_get(value, i) : value;
}

static int malformed(struct call *call, const char *text)
{
        return fail(call, &s3_malformed_policy, "%s", text);
}

int s3_refuse_principal(struct call *call, struct str type, struct str value)
{
        call_detail(call, STR("Detail"),
                    arena_printf(&call->arena, "\"%.*s\" : \"%.*s\"", STR_ARG(type), STR_ARG(value)));
        return malformed(call, "Invalid principal in policy");
}

/* -- Elements */

static int check_known(struct call *call, json_t *object, const struct str *names, size_t count)
{
        const char *name;
        json_t *value;

        json_object_foreach(object, name, value)
        {
                bool is_known = false;

                for (size_t i = 0; i < count; i++)
                        is_known |= str_eq(names[i], str_of(name));
                if (!is_known)
                        return fail(call, &s3_malformed_policy, "Unknown field %s", name);
        }
        return 0;
}

static int check_required(struct call *call, json_t *statement)
{
        static const struct {
                const char *name, *otherwise;
        } REQUIRED[] = {
                {"Effect", NULL},
                {"Principal", "NotPrincipal"},
                {"Action", "NotAction"},
                {"Resource", "NotResource"},
        };

        for (size_t i = 0; i < ARRAY_LEN(REQUIRED); i++)
                if (!json_object_get(statement, REQUIRED[i].name) &&
                    !(REQUIRED[i].otherwise && json_object_get(statement, REQUIRED[i].otherwise)))
                        return fail(call, &s3_malformed_policy, "Missing required field %s",
                                    REQUIRED[i].name);
        return 0;
}

static int check_effect(struct call *call, json_t *effect)
{
        if (!json_is_string(effect))
                return malformed(call, INVALID_SYNTAX);
        if (str_eq(text_of(effect), STR("Allow")) || str_eq(text_of(effect), STR("Deny")))
                return 0;
        return fail(call, &s3_malformed_policy, "Invalid effect: %.*s", STR_ARG(text_of(effect)));
}

/* -- Resources */

static struct str objects_of(struct call *call, const struct s3_policy_subject *subject)
{
        return arena_printf(&call->arena, "%.*s%.*s", STR_ARG(subject->arn), STR_ARG(subject->objects));
}

/* The subject and, behind a slash or under a wildcard at the end, its objects; 0: another one. */
static unsigned int resource_levels(struct call *call, const struct s3_policy_subject *subject,
                                    struct str pattern)
{
        struct str before = pattern;
        unsigned int levels = 0;
        ptrdiff_t objects;

        if (str_eq(pattern, STR("*")))
                return S3_OF_BUCKET | S3_OF_OBJECT;
        if (!str_starts(pattern, subject->start))
                return 0;
        objects = str_find(pattern, subject->objects);
        if (objects >= 0)
                before = str_part(pattern, 0, (size_t)objects);
        else if (policy_wildcard_match(pattern, objects_of(call, subject), false))
                levels |= S3_OF_OBJECT;
        if (policy_wildcard_match(before, subject->arn, false))
                levels |= objects >= 0 ? S3_OF_OBJECT : S3_OF_BUCKET;
        return levels;
}

/* The one that is there, of an element and its opposite. */
static json_t *element(json_t *statement, const char *name, const char *opposite, bool *ret_is_not)
{
        json_t *found = json_object_get(statement, name);

        *ret_is_not = !found;
        return found ? found : json_object_get(statement, opposite);
}

static int check_resources(struct call *call, const struct s3_policy_subject *subject, json_t *statement,
                           unsigned int *ret_levels)
{
        bool is_not;
        json_t *resources = element(statement, "Resource", "NotResource", &is_not);

        *ret_levels = is_not ? S3_OF_BUCKET | S3_OF_OBJECT : 0;
        for (size_t i = 0; i < count_of(resources); i++) {
                json_t *item = item_of(resources, i);
                unsigned int levels =
                        json_is_string(item) ? resource_levels(call, subject, text_of(item)) : 0;

                if (levels == 0)
                        return malformed(call, "Policy has invalid resource");
                *ret_levels |= levels;
        }
        return 0;
}

/* -- Actions */

static int check_actions(struct call *call, json_t *statement, unsigned int resource)
{
        bool is_not;
        json_t *actions = element(statement, "Action", "NotAction", &is_not);

        for (size_t i = 0; i < count_of(actions); i++) {
                json_t *item = item_of(actions, i);
                unsigned int levels = json_is_string(item) ? s3_action_levels(text_of(item)) : 0;

                if (levels == 0)
                        return malformed(call, "Policy has invalid action");
                if (!is_not && !(levels & resource))
                        return malformed(call, "Action does not apply to any resource(s) in statement");
        }
        return 0;
}

/* -- Principals */

static int check_canonical(struct call *call, struct str id)
{
        struct str account = s3_account_of_id(&call->arena, id);

        if (str_is_set(account) && iam_account_exists(call->txn, account))
                return 0;
        return s3_refuse_principal(call, STR("CanonicalUser"), id);
}

static bool is_account(struct str value)
{
        struct str rest = value, part;

        for (size_t i = 0; i < 4; i++) /* arn:aws:iam: */
                if (!str_cut(&rest, ':', &part))
                        return value.len == IAM_ACCOUNT_ID_LEN;
        return str_ends(value, STR(":root"));
}

static int check_account(struct call *call, struct str value)
{
        struct str id;
        int r;

        if (!is_account(value))
                return 0;
        r = iam_principal_id(call->txn, &call->arena, value, &id);
        return r == -ENOENT ? s3_refuse_principal(call, STR("AWS"), value) : r;
}

static int check_each(struct call *call, json_t *values, int (*check)(struct call *call, struct str value))
{
        for (size_t i = 0; values && i < count_of(values); i++)
                if (json_is_string(item_of(values, i)))
                        TRY(check(call, text_of(item_of(values, i))));
        return 0;
}

static int check_principals(struct call *call, json_t *statement)
{
        json_t *principal = json_object_get(statement, "Principal");

        if (!principal)
                principal = json_object_get(statement, "NotPrincipal");
        if (!json_is_object(principal))
                return 0;
        TRY(check_each(call, json_object_get(principal, "AWS"), check_account));
        return check_each(call, json_object_get(principal, "CanonicalUser"), check_canonical);
}

/* -- Conditions: a key that is misspelt would never hold, and a Deny with it never deny. */

static int check_conditions(struct call *call, json_t *statement)
{
        const char *operator, * key;
        json_t *pairs, *values;

        json_object_foreach(json_object_get(statement, "Condition"), operator, pairs)
        {
                json_object_foreach(pairs, key, values)
                {
                        if (!s3_condition_key_is_known(str_of(key)))
                                return malformed(call, "Policy has an invalid condition key");
                }
        }
        return 0;
}

/* -- Documents */

static int check_statement(struct call *call, const struct s3_policy_subject *subject, json_t *statement)
{
        static const struct str NAMES[] = {
                STR_INIT("Sid"),          STR_INIT("Effect"),      STR_INIT("Principal"),
                STR_INIT("NotPrincipal"), STR_INIT("Action"),      STR_INIT("NotAction"),
                STR_INIT("Resource"),     STR_INIT("NotResource"), STR_INIT("Condition"),
        };
        unsigned int resource;

        if (!json_is_object(statement))
                return malformed(call, INVALID_SYNTAX);
        TRY(check_known(call, statement, NAMES, ARRAY_LEN(NAMES)));
        TRY(check_required(call, statement));
        TRY(check_effect(call, json_object_get(statement, "Effect")));
        TRY(check_resources(call, subject, statement, &resource));
        TRY(check_actions(call, statement, resource));
        TRY(check_conditions(call, statement));
        return check_principals(call, statement);
}

static int check_root(struct call *call, const struct s3_policy_subject *subject, json_t *root)
{
        static const struct str NAMES[] = {STR_INIT("Version"), STR_INIT("Id"), STR_INIT("Statement")};
        json_t *statements = json_object_get(root, "Statement"), *version = json_object_get(root, "Version");

        TRY(check_known(call, root, NAMES, ARRAY_LEN(NAMES)));
        if (version && !str_eq(text_of(version), STR("2012-10-17")) &&
            !str_eq(text_of(version), STR("2008-10-17")))
                return malformed(call, "The policy must contain a valid version string");
        if (!statements)
                return malformed(call, "Missing required field Statement");
        if (count_of(statements) == 0)
                return malformed(call, "Could not parse the policy: Statement is empty!");
        for (size_t i = 0; i < count_of(statements); i++)
                TRY(check_statement(call, subject, item_of(statements, i)));
        return 0;
}

/* What is left: operators and values of conditions, and forms of principals. */
static int compile(struct call *call, struct str document, bool *ret_is_public)
{
        _cleanup_(policy_freep) struct policy *policy = NULL;
        char problem[POLICY_PROBLEM_MAX];
        int r = policy_compile(document, POLICY_RESOURCE, &policy, problem);

        if (r == -EINVAL && str_starts(str_of(problem), STR("Invalid principal in policy")))
                return malformed(call, "Invalid principal in policy");
        if (r == -EINVAL)
                return malformed(call, str_starts(str_of(problem), STR("Syntax errors")) ? INVALID_SYNTAX
                                                                                         : problem);
        TRY(r);
        *ret_is_public = policy_is_public(policy);
        return 0;
}

/* All but users, roles and services. */
static int check(struct call *call, const struct s3_policy_subject *subject, struct str document,
                 bool *ret_is_public)
{
        _cleanup_(json_done) json_t *root = NULL;

        if (document.len == 0 || document.ptr[0] != '{')
                return malformed(call, NOT_JSON);
        root = json_loadb(document.ptr, document.len, JSON_REJECT_DUPLICATES, NULL);
        if (!root)
                return malformed(call, NOT_JSON);
        if (json_dumpb(root, NULL, 0, JSON_COMPACT) > S3_POLICY_SIZE)
                return malformed(call, "Policy exceeds the maximum allowed document size.");
        TRY(check_root(call, subject, root));
        return compile(call, document, ret_is_public);
}

int s3_read_policy(struct call *call, const struct s3_policy_subject *subject, struct str document,
                   struct resource_policy *ret, bool *ret_is_public)
{
        struct str refused = STR_NONE;
        int r;

        TRY(check(call, subject, document, ret_is_public));
        r = resource_policy_set(call, document, ret, &refused);
        return r == -EINVAL ? s3_refuse_principal(call, STR("AWS"), refused) : r;
}
