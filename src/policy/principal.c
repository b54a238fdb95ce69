#include "policy/principal.h"

#include "policy/question.h"

#define ACCOUNT_ID_LEN 12

static bool is_account_id(struct str s)
{
        for (size_t i = 0; i < s.len; i++)
                if (s.ptr[i] < '0' || s.ptr[i] > '9')
                        return false;
        return s.len == ACCOUNT_ID_LEN;
}

struct arn {
        struct str partition, service, region, account, resource;
};

static bool split_arn(struct str s, struct arn *ret)
{
        struct str prefix;

        if (!str_cut(&s, ':', &prefix) || !str_eq(prefix, STR("arn")) || !str_cut(&s, ':', &ret->partition) ||
            !str_cut(&s, ':', &ret->service) || !str_cut(&s, ':', &ret->region) ||
            !str_cut(&s, ':', &ret->account))
                return false;
        ret->resource = s;
        return str_is_set(s) && ret->partition.len > 0 && ret->region.len == 0;
}

static bool has_name(struct str resource, struct str type)
{
        return str_starts(resource, type) && resource.len > type.len && resource.ptr[resource.len - 1] != '/';
}

/* assumed-role/ROLE/SESSION: a role without its session is nobody. */
static bool is_session(struct str resource)
{
        struct str type, role;

        return str_cut(&resource, '/', &type) && str_eq(type, STR("assumed-role")) &&
               str_cut(&resource, '/', &role) && role.len > 0 && resource.len > 0 &&
               !str_has_byte(resource, '/');
}

static bool is_identity(const struct arn *arn)
{
        if (str_eq(arn->service, STR("iam")))
                return has_name(arn->resource, STR("user/")) || has_name(arn->resource, STR("role/"));
        if (str_eq(arn->service, STR("sts")))
                return has_name(arn->resource, STR("federated-user/")) || is_session(arn->resource);
        return false;
}

/* CloudFront's origin access identities are users of an account called "cloudfront". */
static bool is_owner(struct str account)
{
        return is_account_id(account) || str_eq(account, STR("cloudfront"));
}

static bool is_unique_id(struct str s)
{
        static const struct str PREFIXES[] = {STR_INIT("AIDA"), STR_INIT("AROA")};

        for (size_t i = 0; i < s.len; i++)
                if (!((s.ptr[i] >= 'A' && s.ptr[i] <= 'Z') || (s.ptr[i] >= '0' && s.ptr[i] <= '9')))
                        return false;
        for (size_t i = 0; i < ARRAY_LEN(PREFIXES); i++)
                if (s.len >= 16 && s.len <= 128 && str_starts(s, PREFIXES[i]))
                        return true;
        return false;
}

static bool parse_aws(struct str value, struct principal_entry *ret)
{
        struct arn arn;

        *ret = (struct principal_entry){.form = PRINCIPAL_FORM_ACCOUNT, .value = value};
        if (is_account_id(value))
                return true;
        ret->form = PRINCIPAL_FORM_UNIQUE_ID;
        if (is_unique_id(value))
                return true;
        if (!split_arn(value, &arn) || !is_owner(arn.account))
                return false;
        if (str_eq(arn.service, STR("iam")) && str_eq(arn.resource, STR("root"))) {
                *ret = (struct principal_entry){.form = PRINCIPAL_FORM_ACCOUNT, .value = arn.account};
                return true;
        }
        *ret = (struct principal_entry){PRINCIPAL_FORM_ARN, value, arn.account};
        return is_identity(&arn);
}

static bool parse_federated(struct str value, struct principal_entry *ret)
{
        static const struct str BUILT_IN[] = {
                STR_INIT("cognito-identity.amazonaws.com"),
                STR_INIT("www.amazon.com"),
                STR_INIT("graph.facebook.com"),
                STR_INIT("accounts.google.com"),
                STR_INIT("cognito-identity-us-gov.amazonaws.com"),
        };
        struct arn arn;

        *ret = (struct principal_entry){.form = PRINCIPAL_FORM_FEDERATED, .value = value};
        for (size_t i = 0; i < ARRAY_LEN(BUILT_IN); i++)
                if (str_eq(value, BUILT_IN[i]))
                        return true;
        return split_arn(value, &arn) && is_account_id(arn.account) && str_eq(arn.service, STR("iam")) &&
               (has_name(arn.resource, STR("oidc-provider/")) ||
                has_name(arn.resource, STR("saml-provider/")));
}

static bool parse_service(struct str value, struct principal_entry *ret)
{
        *ret = (struct principal_entry){.form = PRINCIPAL_FORM_SERVICE, .value = value};
        for (size_t i = 0; i < value.len; i++) {
                char c = value.ptr[i];

                if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '.' || c == '-' || c == '_'))
                        return false;
        }
        return str_has_byte(value, '.');
}

static bool parse_canonical(struct str value, struct principal_entry *ret)
{
        *ret = (struct principal_entry){.form = PRINCIPAL_FORM_CANONICAL, .value = value};
        return value.len > 0 && !str_has_byte(value, '*') && !str_has_byte(value, '?');
}

bool principal_entry_parse(enum principal_type type, struct str value, struct principal_entry *ret)
{
        if (type == PRINCIPAL_TYPE_AWS && str_eq(value, STR("*"))) {
                *ret = (struct principal_entry){.form = PRINCIPAL_FORM_ANYONE, .value = value};
                return true;
        }
        /* "You cannot use a wildcard to match part of a principal name or ARN."
         * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html */
        if (str_has_byte(value, '*') || str_has_byte(value, '?'))
                return false;
        switch (type) {
        case PRINCIPAL_TYPE_AWS:
                return parse_aws(value, ret);
        case PRINCIPAL_TYPE_FEDERATED:
                return parse_federated(value, ret);
        case PRINCIPAL_TYPE_SERVICE:
                return parse_service(value, ret);
        case PRINCIPAL_TYPE_CANONICAL:
                return parse_canonical(value, ret);
        }
        return false;
}

/* aws:userid is AIDA... for a user and AROA...:SESSION for a session of a role; that of a federated user does
 * not have its user's. */
static enum policy_grant match_unique_id(struct str id, const struct policy_question *q)
{
        struct policy_key key;
        struct str userid;

        if (q->principal.kind == PRINCIPAL_FEDERATED_USER && str_eq(q->principal.issuer_id, id))
                return GRANT_ENTITY;
        if (!question_find_key(q, STR("aws:userid"), &key))
                return GRANT_NONE;
        userid = key.values[0];
        if (q->principal.kind == PRINCIPAL_USER && str_eq(userid, id))
                return GRANT_DIRECT;
        if (q->principal.kind == PRINCIPAL_ROLE_SESSION && str_starts(userid, id) && userid.len > id.len &&
            userid.ptr[id.len] == ':')
                return GRANT_ENTITY;
        return GRANT_NONE;
}

bool principal_is_of_account(const struct policy_principal *who)
{
        return who->kind == PRINCIPAL_ROOT || principal_has_identity_policies(who);
}

bool principal_has_identity_policies(const struct policy_principal *who)
{
        return who->kind == PRINCIPAL_USER || who->kind == PRINCIPAL_ROLE_SESSION ||
               who->kind == PRINCIPAL_FEDERATED_USER;
}

static enum policy_grant match_account(bool same, const struct policy_principal *who)
{
        if (!same || !principal_is_of_account(who))
                return GRANT_NONE;
        return who->kind == PRINCIPAL_ROOT ? GRANT_DIRECT : GRANT_ACCOUNT;
}

static bool is_session_of_another(const struct policy_principal *who)
{
        return who->issuer_arn.len > 0 &&
               (who->kind == PRINCIPAL_ROLE_SESSION || who->kind == PRINCIPAL_FEDERATED_USER);
}

static enum policy_grant match_arn(struct str arn, const struct policy_principal *who)
{
        if (!principal_is_of_account(who))
                return GRANT_NONE;
        /* A role asked about by its own ARN stands for its sessions, hence the issuer comes first. A user
         * with a session of GetSessionToken is still the user. */
        if (is_session_of_another(who) && str_eq(arn, who->issuer_arn))
                return GRANT_ENTITY;
        return str_eq(arn, who->arn) ? GRANT_DIRECT : GRANT_NONE;
}

static enum policy_grant match_named(bool is_kind, struct str name, const struct policy_principal *who)
{
        return is_kind && str_eq(name, who->arn) ? GRANT_DIRECT : GRANT_NONE;
}

static enum policy_grant match_entry(const struct principal_entry *entry, const struct policy_question *q)
{
        const struct policy_principal *who = &q->principal;
        bool federated = who->kind == PRINCIPAL_WEB_IDENTITY || who->kind == PRINCIPAL_SAML;

        switch (entry->form) {
        case PRINCIPAL_FORM_ANYONE:
                return GRANT_DIRECT;
        case PRINCIPAL_FORM_ACCOUNT:
                return match_account(str_eq(entry->value, who->account), who);
        case PRINCIPAL_FORM_CANONICAL:
                return match_account(who->canonical_id.len > 0 && str_eq(entry->value, who->canonical_id),
                                     who);
        case PRINCIPAL_FORM_ARN:
                return match_arn(entry->value, who);
        case PRINCIPAL_FORM_UNIQUE_ID:
                return match_unique_id(entry->value, q);
        case PRINCIPAL_FORM_FEDERATED:
                return match_named(federated, entry->value, who);
        case PRINCIPAL_FORM_SERVICE:
                return match_named(who->kind == PRINCIPAL_SERVICE, entry->value, who);
        }
        return GRANT_NONE;
}

static bool is_of_account(const struct principal_entry *entry, struct str account)
{
        return entry->form == PRINCIPAL_FORM_ARN && str_eq(entry->account, account);
}

/* Who is spared by NotPrincipal: those named (a session also by its role), and the principals of an account
 * that is named, unless the list goes on to name some of them: the account's ARN must be listed beside a
 * user's or a role's and does not spare the others. An IAM principal with a boundary is never spared.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html */
static bool is_spared(const struct statement *statement, const struct policy_question *q)
{
        bool by_account = false, account_detailed = false;

        if (q->boundary && principal_has_identity_policies(&q->principal))
                return false;
        for (size_t i = 0; i < statement->principal_count; i++) {
                const struct principal_entry *entry = &statement->principals[i];
                enum policy_grant grant = match_entry(entry, q);

                if (grant >= GRANT_ENTITY)
                        return true;
                by_account |= grant == GRANT_ACCOUNT;
                account_detailed |= is_of_account(entry, q->principal.account);
        }
        return by_account && !account_detailed;
}

enum policy_grant principal_match(const struct statement *statement, const struct policy_question *q)
{
        enum policy_grant best = GRANT_NONE;

        if (!statement->has_principal)
                return GRANT_DIRECT;
        if (statement->not_principal)
                return is_spared(statement, q) ? GRANT_NONE : GRANT_DIRECT;
        for (size_t i = 0; i < statement->principal_count && best < GRANT_DIRECT; i++) {
                enum policy_grant grant = match_entry(&statement->principals[i], q);

                best = grant > best ? grant : best;
        }
        return best;
}

static enum policy_grant match_named_grantee(struct str grantee, const struct policy_question *q)
{
        struct principal_entry entry;

        if (!principal_entry_parse(PRINCIPAL_TYPE_AWS, grantee, &entry) &&
            !principal_entry_parse(PRINCIPAL_TYPE_SERVICE, grantee, &entry))
                return GRANT_NONE;
        return entry.form == PRINCIPAL_FORM_ANYONE ? GRANT_NONE : match_entry(&entry, q);
}

static bool is_elsewhere(const struct policy_question *q)
{
        return q->resource_account.len > 0 && !str_eq(q->resource_account, q->principal.account);
}

/* Everyone, as `"Principal": "*"` does; but an account that is not the resource's still has to allow its own
 * users, as it does where a policy lets everyone in.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-auth-workflow-object-operation.html */
static enum policy_grant match_all_users(const struct policy_question *q)
{
        return principal_is_of_account(&q->principal) && is_elsewhere(q) ? GRANT_ACCOUNT : GRANT_DIRECT;
}

enum policy_grant principal_match_grantee(const struct policy_grant_ref *grant,
                                          const struct policy_question *q)
{
        const struct principal_entry canonical = {PRINCIPAL_FORM_CANONICAL, grant->grantee, STR_NONE};

        switch (grant->to) {
        case GRANTEE_PRINCIPAL:
                return match_named_grantee(grant->grantee, q);
        case GRANTEE_CANONICAL:
                return match_entry(&canonical, q);
        case GRANTEE_ALL_USERS:
                return match_all_users(q);
        case GRANTEE_AUTHENTICATED_USERS:
                return match_account(true, &q->principal);
        }
        return GRANT_NONE;
}
