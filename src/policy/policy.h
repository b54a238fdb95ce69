/* The policy language of IAM: compile, decide, explain. Pure functions over memory: no I/O, no clock, no
 * global state. A compiled policy is immutable and may be shared by any number of threads.
 *
 * Sources: the IAM user guide, "Policy evaluation logic", "IAM JSON policy elements", "AWS global condition
 * context keys", and each page cited where its rule is coded. */
#pragma once

#include "base/buf.h"
#include "base/str.h"

/* What a policy is attached to decides its grammar (which elements are required or refused) and its size. */
enum policy_kind {
        POLICY_IDENTITY, /* of a user, group or role, managed or inline; also boundaries: no Principal */
        POLICY_SESSION,  /* passed with AssumeRole and its kin: as identity */
        POLICY_RESOURCE, /* of a bucket, key, queue, ...: Principal required */
        POLICY_TRUST,    /* AssumeRolePolicyDocument: Principal required, Resource refused */
        POLICY_SCP,      /* Organizations service control policy */
        POLICY_RCP,      /* Organizations resource control policy */
        POLICY_ENDPOINT, /* VPC endpoint policy */
        POLICY_KEY, /* of a KMS key: as of a resource, but a statement may lack Action or Resource, in vain */
        POLICY_KINDS
};

/* Which policy decided. Names for JSON by policy_type_name(). */
enum policy_type {
        POLICY_BY_NONE, /* nothing at all applies (e.g. an anonymous request without a resource policy) */
        POLICY_BY_ROOT, /* the root user of the account, whom identity policies do not limit */
        POLICY_BY_IDENTITY,
        POLICY_BY_BOUNDARY,
        POLICY_BY_SESSION,
        POLICY_BY_RESOURCE,
        POLICY_BY_SCP,
        POLICY_BY_RCP,
        POLICY_BY_ENDPOINT,
        POLICY_BY_GRANT, /* always an allow: grants cannot deny */
};
const char *policy_type_name(
        enum policy_type type); /* "identity", "boundary", "session", "resource", "scp", ... */

struct policy;

#define POLICY_PROBLEM_MAX 512

/* Checks the grammar and compiles. On -EINVAL, problem holds AWS's MalformedPolicyDocument text
 * (NUL-terminated, valid UTF-8, at most POLICY_PROBLEM_MAX bytes). -ENOMEM else. The document is copied.
 * Size limits are the callers' (they differ by where the policy is stored), nesting and count limits here. */
must_check int policy_compile(struct str document, enum policy_kind kind, struct policy **ret,
                              char problem[POLICY_PROBLEM_MAX]);
void policy_free(struct policy *policy); /* NULL is fine */
static inline void policy_freep(struct policy **policy)
{
        policy_free(*policy);
}

/* The document as it was given to policy_compile(). */
struct str policy_document(const struct policy *policy);
/* Bytes that the compiled policy takes, for caches with a limit. */
size_t policy_memory(const struct policy *policy);
/* True for version 2012-10-17, which managed policies must have; absent means 2008-10-17. */
bool policy_is_version_2012(const struct policy *policy);
size_t policy_statement_count(const struct policy *policy);
/* Absent if the statement has none. */
struct str policy_statement_sid(const struct policy *policy, size_t index);

/* A compiled policy and what to call it in a trace: its ARN, or the name of an inline policy. */
struct policy_ref {
        const struct policy *policy;
        struct str name;
};

struct policy_refs {
        const struct policy_ref *items;
        size_t count;
};

/* One level of an organization: the root, each OU, the account. Each level must allow by itself. */
struct policy_levels {
        const struct policy_refs *items;
        size_t count;
};

/* Whom a grant means. */
enum policy_grantee {
        GRANTEE_PRINCIPAL, /* an AWS principal as in a Principal element, or a service's name; anything else,
                              and "*", means nobody */
        GRANTEE_CANONICAL, /* an account, by its canonical user id */
        /* The groups of S3's ACLs.
         * https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#specifying-grantee-predefined-groups
         */
        GRANTEE_ALL_USERS,           /* everyone, who has not signed too */
        GRANTEE_AUTHENTICATED_USERS, /* every account */
};
/* "AllUsers", "AuthenticatedUsers"; NULL for those that are no group. */
const char *policy_grantee_group(enum policy_grantee grantee);

/* A grant of the resource (KMS's; a line of S3's ACLs), which covers the action asked for and whose
 * constraints are met: that is the service's to check. It can allow, never deny.
 * https://docs.aws.amazon.com/kms/latest/developerguide/grants.html */
struct policy_grant_ref {
        struct str name;    /* its id or ARN, for traces; absent if there is none */
        struct str grantee; /* of groups absent */
        enum policy_grantee to;
};

enum policy_principal_kind {
        PRINCIPAL_ANONYMOUS,
        PRINCIPAL_ROOT,         /* arn:aws:iam::ACCOUNT:root */
        PRINCIPAL_USER,         /* arn:aws:iam::ACCOUNT:user/PATH/NAME */
        PRINCIPAL_ROLE_SESSION, /* arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION; issuer_arn is the role's */
        PRINCIPAL_FEDERATED_USER, /* arn:aws:sts::ACCOUNT:federated-user/NAME; issuer_arn is the user's */
        PRINCIPAL_WEB_IDENTITY, /* asks sts:AssumeRoleWithWebIdentity; arn is the provider's ARN or domain */
        PRINCIPAL_SAML,         /* asks sts:AssumeRoleWithSAML; arn is the SAML provider's */
        PRINCIPAL_SERVICE,      /* arn is the service's name, e.g. cloudtrail.amazonaws.com */
};

struct policy_principal {
        enum policy_principal_kind kind;
        struct str arn;
        struct str account;      /* empty for anonymous, service, web identity */
        struct str issuer_arn;   /* see above; else absent */
        struct str issuer_id;    /* AIDA..., of a federated user's user: policies may be stored with it */
        struct str canonical_id; /* S3 canonical user id of the account; absent if there is none */
        bool is_service_linked;  /* a session of a service-linked role: SCPs and RCPs do not apply */
};

/* A condition key of the request. A key with no values is treated as absent from the request. */
struct policy_key {
        struct str name; /* "aws:SourceIp", "aws:RequestTag/team": compared without regard to case */
        const struct str *values;
        size_t count;
};

struct policy_question {
        struct policy_principal principal;
        struct str action;           /* "iam:CreateUser" */
        struct str resource;         /* ARN, or "*" */
        struct str resource_account; /* owner; empty: the principal's own account */

        const struct policy_key *keys;
        size_t key_count;
        /* Asked for keys that are not in the array; may be NULL. Gives false for an absent key. */
        bool (*find_key)(void *arg, struct str name, struct policy_key *ret);
        void *find_arg;

        struct policy_refs identity;       /* of the user and its groups, or of the role */
        const struct policy_ref *boundary; /* NULL: none */
        struct policy_refs session;        /* policies passed with the session; needs has_session */
        bool has_session;                  /* a session policy was passed, even if session.count is 0 */
        const struct policy_ref *resource_policy; /* NULL: none */
        bool resource_policy_required; /* KMS keys, role trust: without its allow nothing is allowed */
        /* The account of a principal of another account has agreed already, to what stands before this
         * resource: its policies can but deny. */
        bool account_agrees;
        bool resource_policy_only_denies; /* it is not the owner's: an S3 object in another account's bucket
                                           */
        const struct policy_grant_ref *grants; /* each stands for an allow of the resource policy */
        size_t grant_count;
        struct policy_levels scps;
        struct policy_levels rcps;
        const struct policy_ref *endpoint; /* NULL: not through a VPC endpoint with a policy */
};

enum policy_effect { POLICY_IMPLICIT_DENY, POLICY_ALLOW, POLICY_EXPLICIT_DENY };
const char *policy_effect_name(enum policy_effect effect); /* "ImplicitDeny", "Allow", "ExplicitDeny" */

struct policy_decision {
        enum policy_effect effect;
        enum policy_type by;                  /* whose deny, whose missing allow, or whose allow it was */
        const struct policy_ref *policy;      /* the deciding policy where there is one; else NULL */
        int statement;                        /* its index from 0; -1 where no statement decided */
        const struct policy_grant_ref *grant; /* by POLICY_BY_GRANT; else NULL */
};

/* Never fails: what cannot be evaluated denies. */
void policy_decide(const struct policy_question *question, struct policy_decision *ret);

/* A statement whose every element fits the question. Policies of one type count from 0, levels too (-1 where
 * there are none). Grants have no statements: they are not among these. */
struct policy_match {
        enum policy_type type;
        int level;
        int policy_index;
        const struct policy_ref *policy;
        int statement;
        bool deny;
};

/* Calls for each statement that matches, of every type that applies to this principal, until visit fails.
 * Slow: looks at every statement. */
int policy_each_match(const struct policy_question *question,
                      int (*visit)(void *arg, const struct policy_match *match), void *arg);

/* Appends the whole reasoning as one JSON object: decision, and for each policy and each statement whether it
 * matched, and if not, which element did not (action, resource, principal, condition with operator, key, the
 * request's values); for each grant whether it means the principal. Slow; for denials and for operators who
 * ask. */
must_check int policy_explain(const struct policy_question *question, struct buf *json);

/* In which services differ when they tell of a denial. */
struct policy_denial_words {
        struct str place;  /* behind "on": "resource: ARN"; absent: nothing is said of it */
        struct str reason; /* behind "because", in place of the decision's; absent: that */
};

/* AWS's text of a denial, NUL-free, appended to text:
 *   User: ARN is not authorized to perform: ACTION on resource: ARN because no identity-based policy allows
 * the ACTION action
 * and its other reasons. https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
void policy_denial_text(const struct policy_question *question, const struct policy_decision *decision,
                        const struct policy_denial_words *words, struct buf *text);

/* Pieces that others need too. '*' and '?' as in policies; case matters unless nocase. */
bool policy_wildcard_match(struct str pattern, struct str text, bool nocase);
/* Names of all condition keys and variables that a policy mentions (GetContextKeysFor...): calls once a name.
 */
int policy_each_context_key(const struct policy *policy, int (*visit)(void *arg, struct str name), void *arg);

/* Whether S3 calls a bucket policy public: some Allow statement grants to more than fixed principals,
 * networks or sources. Actions, resources and Deny statements do not matter. What is not sure to be private
 * is public. Policies of access points follow the same rules but for s3:DataAccessPointArn, whose wildcards
 * make those public.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
 */
bool policy_is_public(const struct policy *policy);
