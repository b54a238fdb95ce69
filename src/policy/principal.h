/* Principals of policies: what may be written, and whom it means. */
#pragma once

#include "policy/model.h"

/* How far an Allow for this principal reaches in the principal's own account.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
 */
enum policy_grant {
        GRANT_NONE,
        GRANT_ACCOUNT, /* the account: its identity policies still have to allow */
        GRANT_ENTITY,  /* the role of a session, the user behind a federated user: limited by boundary and
                          session */
        GRANT_DIRECT,  /* the one who asks: needs nothing more */
};

enum principal_type {
        PRINCIPAL_TYPE_AWS,
        PRINCIPAL_TYPE_FEDERATED,
        PRINCIPAL_TYPE_SERVICE,
        PRINCIPAL_TYPE_CANONICAL
};

/* False for what no principal looks like. */
bool principal_entry_parse(enum principal_type type, struct str value, struct principal_entry *ret);

/* Whether, and how, a statement with Principal or NotPrincipal concerns who asks. */
enum policy_grant principal_match(const struct statement *statement, const struct policy_question *question);

/* Whether, and how, a grant concerns who asks. */
enum policy_grant principal_match_grantee(const struct policy_grant_ref *grant,
                                          const struct policy_question *question);

/* Those who belong to an account: only they have identity policies, and only they are under SCPs. */
bool principal_is_of_account(const struct policy_principal *who);
/* Identity policies, boundaries and session policies do not limit the root user. */
bool principal_has_identity_policies(const struct policy_principal *who);
