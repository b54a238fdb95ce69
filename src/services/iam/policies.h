/* Managed policies, whoever keeps them: an account, the store (imported ones of AWS), or the table of AWS's.
 * What they are attached to stands in attachments.h. */
#pragma once

#include "api/iam.h"
#include "services/call.h"
#include "services/iam/managed.h"

/* The account under which imported AWS managed policies are kept; their ARNs say "aws" too. */
#define IAM_AWS_ACCOUNT STR("aws")

#define IAM_POLICY_VERSIONS_MAX 5

struct iam_managed {
        struct str arn;
        bool is_aws;                          /* AWS's own: readable and attachable by all, changed by none */
        struct iam_policy_record record;      /* filled in for those of the table, too */
        const struct managed_policy *builtin; /* NULL: its versions are records */
};

/* A policy that `account` may use: its own, or AWS's. -ENOENT. */
must_check int iam_policy_find(struct txn *txn, struct arena *arena, struct str account, struct str arn,
                               struct iam_managed *ret);
struct str iam_policy_arn(struct arena *arena, const struct iam_policy_record *record);
void iam_policy_of_builtin(const struct managed_policy *builtin, struct iam_managed *ret);

/* One version: its document, and when it was made. -ENOENT. */
must_check int iam_policy_version(struct txn *txn, struct arena *arena, const struct iam_managed *policy,
                                  int64_t number, struct iam_policy_version_record *ret);
/* The document that applies. -ENOENT: there is no such policy. */
must_check int iam_policy_document(struct txn *txn, struct arena *arena, struct str account, struct str arn,
                                   struct str *ret);

/* The policy that a request names; InvalidInput for what is not an ARN, NoSuchEntity "Policy ARN was not
 * found." */
must_check int iam_need_policy(struct call *call, struct str arn, struct iam_managed *ret);
/* As that, but one that the account may change. */
must_check int iam_need_own_policy(struct call *call, struct str arn, struct iam_managed *ret);

/* As responses describe it; with the counts of the call's account. */
must_check int iam_policy_describe(struct call *call, const struct iam_managed *policy, bool with_details,
                                   struct iam_policy *ret);
struct str iam_version_id(struct arena *arena, int64_t number);         /* 3 to "v3" */
must_check int iam_version_number(struct str version_id, int64_t *ret); /* -EINVAL */

/* Refuses what is not a policy of this kind, in AWS's words. */
must_check int iam_check_document(struct call *call, struct str document, enum policy_kind kind);
