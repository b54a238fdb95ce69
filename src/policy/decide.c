/* The order of evaluation.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
 * https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html
 *
 * First every policy of every type is searched for a Deny, noting on the way the strongest Allow of each
 * type. Only then the Allows are weighed; grants last, and only where the policies do not allow. */
#include "policy/match.h"

/* What was found in policies of each type. */
struct evidence {
        struct finding identity, boundary, session, resource, endpoint;
        bool scps_allow, rcps_allow; /* at every level */
        enum policy_grant granted;   /* of the strongest grant, once grants are weighed */
};

struct trial {
        struct request request;
        struct evidence evidence;
        struct policy_decision *decision;
};

static const struct policy_question *question_of(const struct trial *trial)
{
        return trial->request.question;
}

static bool denied(struct trial *trial, enum policy_type by, const struct finding *deny)
{
        *trial->decision = (struct policy_decision){POLICY_EXPLICIT_DENY, by, deny->policy, deny->statement};
        return true;
}

/* Inline, because each decision comes here for every type of policy and the compiler no longer does it
 * unasked. */
static inline bool search(struct trial *trial, enum policy_type type, const struct policy_ref *refs,
                          size_t count, struct finding *allow)
{
        struct finding deny;

        for (size_t i = 0; i < count; i++)
                if (policy_scan(&trial->request, &refs[i], allow, &deny))
                        return denied(trial, type, &deny);
        return false;
}

/* RCPFullAWSAccess is attached to every root, OU and account and cannot be detached, so a level that is given
 * with denials alone still allows all else.
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_evaluation.html */
static bool allows_by_default(enum policy_type type, const struct policy_refs *level)
{
        if (type != POLICY_BY_RCP)
                return false;
        for (size_t i = 0; i < level->count; i++)
                if (level->items[i].policy->has_allow)
                        return false;
        return true;
}

/* Each level of an organization must allow by itself; no levels: not in an organization.
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html */
static bool search_levels(struct trial *trial, enum policy_type type, const struct policy_levels *levels,
                          bool *allow)
{
        *allow = true;
        for (size_t i = 0; i < levels->count; i++) {
                struct finding finding = {};

                if (search(trial, type, levels->items[i].items, levels->items[i].count, &finding))
                        return true;
                *allow &= finding.grant != GRANT_NONE || allows_by_default(type, &levels->items[i]);
        }
        return false;
}

static bool search_organization(struct trial *trial)
{
        const struct policy_question *q = question_of(trial);
        const struct policy_principal *who = &q->principal;

        trial->evidence.rcps_allow = trial->evidence.scps_allow = true;
        if (who->is_service_linked)
                return false;
        if (search_levels(trial, POLICY_BY_RCP, &q->rcps, &trial->evidence.rcps_allow))
                return true;
        return principal_is_of_account(who) &&
               search_levels(trial, POLICY_BY_SCP, &q->scps, &trial->evidence.scps_allow);
}

static bool search_identity(struct trial *trial)
{
        const struct policy_question *q = question_of(trial);
        struct evidence *e = &trial->evidence;

        if (!principal_has_identity_policies(&q->principal))
                return false;
        return search(trial, POLICY_BY_IDENTITY, q->identity.items, q->identity.count, &e->identity) ||
               search(trial, POLICY_BY_BOUNDARY, q->boundary, q->boundary ? 1 : 0, &e->boundary) ||
               (q->has_session &&
                search(trial, POLICY_BY_SESSION, q->session.items, q->session.count, &e->session));
}

/* Of a policy that is not the owner's, the denies count alone.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-auth-workflow-object-operation.html */
static bool search_resource(struct trial *trial)
{
        const struct policy_question *q = question_of(trial);

        if (search(trial, POLICY_BY_RESOURCE, q->resource_policy, q->resource_policy ? 1 : 0,
                   &trial->evidence.resource))
                return true;
        if (q->resource_policy_only_denies)
                trial->evidence.resource = (struct finding){};
        return false;
}

/* True when some policy denies. */
static bool search_all(struct trial *trial)
{
        const struct policy_question *q = question_of(trial);
        struct evidence *e = &trial->evidence;

        return search_organization(trial) || search_resource(trial) || search_identity(trial) ||
               search(trial, POLICY_BY_ENDPOINT, q->endpoint, q->endpoint ? 1 : 0, &e->endpoint);
}

static void refuse(struct trial *trial, enum policy_type by, const struct policy_ref *policy)
{
        *trial->decision = (struct policy_decision){POLICY_IMPLICIT_DENY, by, policy, -1};
}

static void allow(struct trial *trial, enum policy_type by, const struct finding *finding)
{
        const struct policy_question *q = question_of(trial);

        if (q->endpoint && trial->evidence.endpoint.grant == GRANT_NONE)
                refuse(trial, POLICY_BY_ENDPOINT, q->endpoint);
        else if (finding)
                *trial->decision =
                        (struct policy_decision){POLICY_ALLOW, by, finding->policy, finding->statement};
        else
                *trial->decision = (struct policy_decision){POLICY_ALLOW, by, NULL, -1};
}

/* Nobody's user: a service, an anonymous caller, someone with a token of an identity provider. Only the
 * resource's policy speaks of them. */
static void weigh_outsider(struct trial *trial)
{
        const struct policy_question *q = question_of(trial);

        if (trial->evidence.resource.grant != GRANT_NONE)
                allow(trial, POLICY_BY_RESOURCE, &trial->evidence.resource);
        else
                refuse(trial,
                       q->resource_policy || q->resource_policy_required ? POLICY_BY_RESOURCE
                                                                         : POLICY_BY_NONE,
                       q->resource_policy);
}

static bool ends_in_root(struct str arn)
{
        return str_ends(arn, STR(":root"));
}

/* A federated session of the root user has the root user's permissions, within its session policies. */
static bool has_all_permissions(const struct policy_principal *who)
{
        return who->kind == PRINCIPAL_ROOT ||
               (who->kind == PRINCIPAL_FEDERATED_USER && ends_in_root(who->issuer_arn));
}

/* Boundary and session policies limit whatever is not granted to the principal directly. A federated user
 * without a session policy has nothing: its permissions are the intersection of both. */
static bool is_limited(struct trial *trial)
{
        const struct policy_question *q = question_of(trial);
        const struct evidence *e = &trial->evidence;
        bool session_needed = q->has_session || q->principal.kind == PRINCIPAL_FEDERATED_USER;

        if (q->principal.kind == PRINCIPAL_ROOT)
                return false;
        if (q->boundary && e->boundary.grant == GRANT_NONE) {
                refuse(trial, POLICY_BY_BOUNDARY, q->boundary);
                return true;
        }
        if (session_needed && e->session.grant == GRANT_NONE) {
                refuse(trial, POLICY_BY_SESSION, NULL);
                return true;
        }
        return false;
}

static void allow_by_permissions(struct trial *trial)
{
        const struct evidence *e = &trial->evidence;

        if (e->identity.grant != GRANT_NONE)
                allow(trial, POLICY_BY_IDENTITY, &e->identity);
        else if (has_all_permissions(&question_of(trial)->principal))
                allow(trial, POLICY_BY_ROOT, NULL);
        else
                allow(trial, POLICY_BY_RESOURCE, &e->resource);
}

static void weigh_same_account(struct trial *trial)
{
        const struct policy_question *q = question_of(trial);
        const struct evidence *e = &trial->evidence;
        bool permitted = e->identity.grant != GRANT_NONE || has_all_permissions(&q->principal);

        if (q->resource_policy_required && e->resource.grant == GRANT_NONE)
                refuse(trial, POLICY_BY_RESOURCE, q->resource_policy);
        else if (e->resource.grant == GRANT_DIRECT && q->principal.kind != PRINCIPAL_ROOT)
                allow(trial, POLICY_BY_RESOURCE, &e->resource);
        else if (!permitted && e->resource.grant != GRANT_ENTITY)
                refuse(trial, POLICY_BY_IDENTITY, NULL);
        else if (!is_limited(trial))
                allow_by_permissions(trial);
}

/* Both accounts must allow: the principal's by its identity policies and what limits them, the resource's by
 * the resource's policy. A grant to the principal or its role needs no allow of its identity policies: the
 * service-linked role of another account's Auto Scaling, which has none for KMS, uses a key by a grant alone.
 * https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html */
static void weigh_cross_account(struct trial *trial)
{
        const struct policy_question *q = question_of(trial);
        const struct evidence *e = &trial->evidence;
        bool permitted = e->identity.grant != GRANT_NONE || has_all_permissions(&q->principal);

        if (!q->account_agrees && !permitted && e->granted < GRANT_ENTITY)
                refuse(trial, POLICY_BY_IDENTITY, NULL);
        else if (!q->account_agrees && is_limited(trial))
                return;
        else if (e->resource.grant == GRANT_NONE)
                refuse(trial, POLICY_BY_RESOURCE, q->resource_policy);
        else
                allow_by_permissions(trial);
}

static void weigh(struct trial *trial)
{
        const struct policy_question *q = question_of(trial);

        if (!trial->evidence.rcps_allow)
                refuse(trial, POLICY_BY_RCP, NULL);
        else if (!trial->evidence.scps_allow)
                refuse(trial, POLICY_BY_SCP, NULL);
        else if (!principal_is_of_account(&q->principal))
                weigh_outsider(trial);
        else if (q->resource_account.len == 0 || str_eq(q->resource_account, q->principal.account))
                weigh_same_account(trial);
        else
                weigh_cross_account(trial);
}

static const struct policy_grant_ref *strongest_grant(const struct policy_question *q, enum policy_grant *ret)
{
        const struct policy_grant_ref *best = NULL;

        *ret = GRANT_NONE;
        for (size_t i = 0; i < q->grant_count && *ret < GRANT_DIRECT; i++) {
                enum policy_grant grant = principal_match_grantee(&q->grants[i], q);

                if (grant > *ret) {
                        *ret = grant;
                        best = &q->grants[i];
                }
        }
        return best;
}

/* The policies have not allowed. A grant stands for an Allow of the resource's policy; one that is not enough
 * leaves the refusal as it was. */
static void weigh_grants(struct trial *trial)
{
        struct policy_decision refusal = *trial->decision;
        enum policy_grant granted;
        const struct policy_grant_ref *grant = strongest_grant(question_of(trial), &granted);

        if (!grant)
                return;
        trial->evidence.granted = granted;
        trial->evidence.resource = (struct finding){NULL, -1, granted};
        weigh(trial);
        if (trial->decision->effect == POLICY_ALLOW)
                *trial->decision = (struct policy_decision){POLICY_ALLOW, POLICY_BY_GRANT, NULL, -1, grant};
        else
                *trial->decision = refusal;
}

void policy_decide(const struct policy_question *question, struct policy_decision *ret)
{
        struct trial trial;

        request_init(&trial.request, question);
        trial.evidence = (struct evidence){};
        trial.decision = ret;
        *ret = (struct policy_decision){POLICY_IMPLICIT_DENY, POLICY_BY_NONE, NULL, -1};
        if (!str_is_set(trial.request.action))
                return;
        if (search_all(&trial))
                return;
        weigh(&trial);
        if (question->grant_count > 0 && ret->effect != POLICY_ALLOW)
                weigh_grants(&trial);
}
