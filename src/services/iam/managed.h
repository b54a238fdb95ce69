/* The managed policies of AWS itself that come with the program: constant, the same for every account. Others
 * are imported into the store (import.h).
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html#aws-managed-policies
 */
#pragma once

#include "base/str.h"

struct managed_policy {
        struct str path; /* "/", "/job-function/", ... */
        struct str name;
        struct str id;   /* ANPA... */
        int64_t version; /* of the default version, the only one kept: 12 for "v12" */
        int64_t created_ms;
        int64_t updated_ms;
        struct str document;
};

/* Sorted by name without regard to case; no two names are the same so. Made from
 * managed/managed_policies.txt. */
extern const struct managed_policy managed_policies[];
extern const size_t managed_policy_count;

/* Every ARN of an AWS managed policy starts so; the account is "aws". */
#define MANAGED_POLICY_ARN_PREFIX STR("arn:aws:iam::aws:policy/")

/* By its whole ARN; NULL: there is none. */
const struct managed_policy *managed_policy_find(struct str arn);
/* The place of the first policy whose name is not before `name`; managed_policy_count: none. */
size_t managed_policy_at(struct str name);
