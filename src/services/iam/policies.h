/* Managed policies, whoever keeps them: an account, the store (AWS's, imported), or the table of AWS's own.
 * What they are attached to stands in attachments.h. */
#pragma once

#include "api/iam.h"
#include "services/call.h"
#include "services/iam/directory.h"
#include "services/iam/managed.h"

/* The account under which imported AWS managed policies are kept; their ARNs say "aws" too. */
#define IAM_AWS_ACCOUNT STR("aws")

struct iam_managed {
        struct str arn;
        bool is_aws;                          /* readable and attachable by all, changed by none */
        struct iam_policy_record record;      /* filled in for those of the table, too */
        const struct managed_policy *builtin; /* NULL: its versions are records */
};

struct str iam_policy_arn(struct arena *arena, const struct iam_policy_record *record);
void iam_policy_of_record(struct arena *arena, const struct iam_policy_record *record,
                          struct iam_managed *ret);
void iam_policy_of_builtin(struct arena *arena, const struct managed_policy *builtin,
                           struct iam_managed *ret);

/* A policy that `account` may use: its own, or AWS's. An imported policy goes before the table's. -ENOENT. */
must_check int iam_policy_find(struct txn *txn, struct arena *arena, struct str account, struct str arn,
                               struct iam_managed *ret);
/* One version: its document, and when it was made. -ENOENT. */
must_check int iam_policy_version(struct txn *txn, struct arena *arena, const struct iam_managed *policy,
                                  int64_t number, struct iam_policy_version_record *ret);

/* True for the ARN of a managed policy, whether or not it is there. */
bool iam_is_policy_arn(struct str arn);
/* The policy that a request names. InvalidInput for what is no policy's ARN; NoSuchEntity. */
must_check int iam_need_policy(struct call *call, struct str arn, struct iam_managed *ret);
/* One that the account may change: AccessDenied for AWS's. */
must_check int iam_need_own_policy(struct call *call, struct str arn, struct iam_managed *ret);
/* One to be attached or made a boundary; what is AWS's word before the ARN: "Policy", "Scope ARN:". */
must_check int iam_need_attachable_policy(struct call *call, const char *what, struct str arn,
                                          struct iam_managed *ret);

/* All versions, newest first, with their encoded documents or without; they are few. */
must_check int iam_versions_of(struct call *call, const struct iam_managed *policy, bool with_documents,
                               struct iam_policy_version_list *ret);
/* Store and take away one version of an account's own policy, and count. */
must_check int iam_put_version(struct call *call, struct str policy_id, int64_t number, struct str document);
must_check int iam_drop_version(struct call *call, struct str policy_id, int64_t number);

/* As responses describe it; with the counts of the call's account. */
must_check int iam_policy_describe(struct call *call, const struct iam_managed *policy, bool with_details,
                                   struct iam_policy *ret);
/* How often the call's account uses a policy; zeros when it does not. */
must_check int iam_policy_use(struct call *call, struct str policy_id, struct iam_policy_use_record *ret);

struct str iam_version_id(struct arena *arena, int64_t number);         /* 3 to "v3" */
must_check int iam_version_number(struct str version_id, int64_t *ret); /* -EINVAL */

/* Refuses what is not a policy of this kind, in AWS's words. */
must_check int iam_check_document(struct call *call, struct str document, enum policy_kind kind);
/* A document for a managed policy: of the present version, and not too long. */
must_check int iam_check_managed_document(struct call *call, struct str document);
