/* What a question leaves unsaid.
 *
 * The keys that AWS puts into the context of every request are worked out from the principal and the resource
 * where the question does not give them: aws:PrincipalArn, aws:PrincipalAccount, aws:PrincipalType,
 * aws:username, aws:userid, aws:PrincipalIsAWSService, aws:PrincipalServiceName, aws:ViaAWSService and
 * aws:ResourceAccount. A key that is given with an empty list stays absent.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable */
#include "policy/question_reader.h"

#include "policy/question.h"

#define ACCOUNT_ID_LEN 12

static bool is_account_id(struct str s)
{
        for (size_t i = 0; i < s.len; i++)
                if (s.ptr[i] < '0' || s.ptr[i] > '9')
                        return false;
        return s.len == ACCOUNT_ID_LEN;
}

/* arn:partition:service:region:account:resource */
static bool split_arn(struct str s, struct str ret[6])
{
        for (int i = 0; i < 5; i++)
                if (!str_cut(&s, ':', &ret[i]))
                        return false;
        ret[5] = s;
        return str_is_set(s) && str_eq(ret[0], STR("arn"));
}

static struct str last_part(struct str path)
{
        return str_from(path, (size_t)(str_find_last_byte(path, '/') + 1));
}

/* The ARN of an assumed role lacks the role's path: aws:PrincipalArn, if given, has it. */
static struct str role_of_session(struct arena *arena, struct str fields[6], const struct policy_question *q)
{
        struct str rest = str_from(fields[5], sizeof("assumed-role/") - 1), role, known[6];
        struct policy_key key;

        (void)str_cut(&rest, '/', &role);
        if (question_find_key(q, STR("aws:PrincipalArn"), &key) && split_arn(key.values[0], known) &&
            str_starts(known[5], STR("role/")) && str_eq(known[4], fields[4]) &&
            str_eq(last_part(known[5]), role))
                return key.values[0];
        return arena_printf(arena, "arn:%.*s:iam::%.*s:role/%.*s", STR_ARG(fields[1]), STR_ARG(fields[4]),
                            STR_ARG(role));
}

static int principal_of_arn(struct arena *arena, struct str fields[6], const struct policy_question *q,
                            struct policy_principal *ret)
{
        struct str resource = fields[5];

        if (str_starts(resource, STR("oidc-provider/")) || str_starts(resource, STR("saml-provider/"))) {
                ret->kind = str_starts(resource, STR("oidc")) ? PRINCIPAL_WEB_IDENTITY : PRINCIPAL_SAML;
                return 0;
        }
        if (!is_account_id(fields[4]))
                return -EINVAL;
        ret->account = fields[4];
        if (str_eq(resource, STR("root")))
                ret->kind = PRINCIPAL_ROOT;
        else if (str_starts(resource, STR("user/")))
                ret->kind = PRINCIPAL_USER;
        else if (str_starts(resource, STR("federated-user/")))
                ret->kind = PRINCIPAL_FEDERATED_USER;
        else if (str_starts(resource, STR("role/")))
                ret->kind = PRINCIPAL_ROLE_SESSION, ret->issuer_arn = ret->arn;
        else if (str_starts(resource, STR("assumed-role/")))
                ret->kind = PRINCIPAL_ROLE_SESSION, ret->issuer_arn = role_of_session(arena, fields, q);
        else
                return -EINVAL;
        ret->is_service_linked = ret->kind == PRINCIPAL_ROLE_SESSION &&
                                 str_find(ret->issuer_arn, STR(":role/aws-service-role/")) > 0;
        return arena->failed ? -ENOMEM : 0;
}

int question_principal(struct arena *arena, struct str text, struct str action,
                       const struct policy_question *keys, struct policy_principal *ret)
{
        struct str fields[6];

        *ret = (struct policy_principal){.kind = PRINCIPAL_ANONYMOUS, .arn = text};
        if (text.len == 0 || str_eq(text, STR("*")) || str_eq_nocase(text, STR("anonymous"))) {
                ret->arn = STR_NONE;
                return 0;
        }
        if (split_arn(text, fields))
                return principal_of_arn(arena, fields, keys, ret);
        if (is_account_id(text)) {
                ret->kind = PRINCIPAL_ROOT;
                ret->account = text;
                ret->arn = arena_printf(arena, "arn:aws:iam::%.*s:root", STR_ARG(text));
                return arena->failed ? -ENOMEM : 0;
        }
        if (!str_has_byte(text, '.') || str_has_byte(text, ':') || str_has_byte(text, '/'))
                return -EINVAL;
        ret->kind = str_eq_nocase(action, STR("sts:AssumeRoleWithWebIdentity")) ? PRINCIPAL_WEB_IDENTITY
                                                                                : PRINCIPAL_SERVICE;
        return 0;
}

struct defaults {
        struct arena *arena;
        struct policy_question *question;
        struct policy_key *keys;
        size_t count;
};

#define DEFAULTS_MAX 9

static bool is_given(const struct policy_question *q, struct str name)
{
        for (size_t i = 0; i < q->key_count; i++)
                if (str_eq_nocase(q->keys[i].name, name))
                        return true;
        return false;
}

static void add(struct defaults *d, struct str name, struct str value)
{
        struct str *values = arena_new(d->arena, struct str);

        if (!values || value.len == 0 || is_given(d->question, name))
                return;
        *values = value;
        d->keys[d->count++] = (struct policy_key){name, values, 1};
}

static struct str type_name(enum policy_principal_kind kind)
{
        switch (kind) {
        case PRINCIPAL_ROOT:
                return STR("Account");
        case PRINCIPAL_USER:
                return STR("User");
        case PRINCIPAL_ROLE_SESSION:
                return STR("AssumedRole");
        case PRINCIPAL_FEDERATED_USER:
                return STR("FederatedUser");
        case PRINCIPAL_ANONYMOUS:
                return STR("Anonymous");
        default:
                return STR_NONE;
        }
}

/* The unique ids of users and roles cannot be known from their ARNs. */
static struct str userid(struct arena *arena, const struct policy_principal *who)
{
        if (who->kind == PRINCIPAL_ROOT)
                return who->account;
        if (who->kind == PRINCIPAL_ANONYMOUS)
                return STR("anonymous");
        if (who->kind == PRINCIPAL_FEDERATED_USER)
                return arena_printf(arena, "%.*s:%.*s", STR_ARG(who->account), STR_ARG(last_part(who->arn)));
        return STR_NONE;
}

static void add_all(struct defaults *d)
{
        const struct policy_question *q = d->question;
        const struct policy_principal *who = &q->principal;
        bool service = who->kind == PRINCIPAL_SERVICE;

        if (who->account.len > 0)
                add(d, STR("aws:PrincipalArn"),
                    who->kind == PRINCIPAL_ROLE_SESSION ? who->issuer_arn : who->arn);
        add(d, STR("aws:PrincipalAccount"), who->account);
        add(d, STR("aws:PrincipalType"), type_name(who->kind));
        add(d, STR("aws:userid"), userid(d->arena, who));
        if (who->kind == PRINCIPAL_USER)
                add(d, STR("aws:username"), last_part(who->arn));
        add(d, STR("aws:PrincipalIsAWSService"), service ? STR("true") : STR("false"));
        if (service)
                add(d, STR("aws:PrincipalServiceName"), who->arn);
        add(d, STR("aws:ViaAWSService"), STR("false"));
        add(d, STR("aws:ResourceAccount"), q->resource_account);
}

int question_defaults(struct arena *arena, struct policy_question *q)
{
        struct defaults d = {.arena = arena, .question = q};
        struct str fields[6];

        if (q->resource_account.len == 0)
                q->resource_account = split_arn(q->resource, fields) && is_account_id(fields[4])
                                              ? fields[4]
                                              : q->principal.account;
        d.keys = arena_new_array(arena, struct policy_key, q->key_count + DEFAULTS_MAX);
        if (!d.keys)
                return -ENOMEM;
        if (q->key_count > 0)
                memcpy(d.keys, q->keys, q->key_count * sizeof(*q->keys));
        d.count = q->key_count;
        add_all(&d);
        q->keys = d.keys;
        q->key_count = d.count;
        return arena->failed ? -ENOMEM : 0;
}
