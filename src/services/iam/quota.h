/* AWS's default quotas, and the counts that are held against them.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html and, for those that the page
 * leaves to Service Quotas, https://docs.aws.amazon.com/general/latest/gr/iam-service.html */
#pragma once

#include "services/call.h"

#define IAM_USERS_PER_ACCOUNT               5000
#define IAM_GROUPS_PER_ACCOUNT              300
#define IAM_ROLES_PER_ACCOUNT               1000
#define IAM_POLICIES_PER_ACCOUNT            1500
#define IAM_INSTANCE_PROFILES_PER_ACCOUNT   1000
#define IAM_SERVER_CERTIFICATES_PER_ACCOUNT 20
#define IAM_GROUPS_PER_USER                 10
#define IAM_ACCESS_KEYS_PER_USER            2
#define IAM_SIGNING_CERTIFICATES_PER_USER   2
#define IAM_POLICIES_PER_USER               10
#define IAM_POLICIES_PER_GROUP              10
#define IAM_POLICIES_PER_ROLE               20
#define IAM_VERSIONS_PER_POLICY             5
#define IAM_MFA_DEVICES_PER_USER            8
#define IAM_MFA_DEVICES_PER_ACCOUNT         5000 /* "equal to the user quota for the account" */
#define IAM_TAGS_PER_RESOURCE               50
/* Characters without white space. */
#define IAM_USER_POLICY_SIZE       2048
#define IAM_GROUP_POLICY_SIZE      5120
#define IAM_ROLE_POLICY_SIZE       10240
#define IAM_POLICY_SIZE            6144
#define IAM_TRUST_POLICY_SIZE      2048
#define IAM_POLICY_VERSIONS_IN_USE 10000

/* What is counted: named as in the SummaryMap of GetAccountSummary. */
#define IAM_COUNT_USERS             STR("Users")
#define IAM_COUNT_GROUPS            STR("Groups")
#define IAM_COUNT_ROLES             STR("Roles")
#define IAM_COUNT_POLICIES          STR("Policies")
#define IAM_COUNT_POLICY_VERSIONS   STR("PolicyVersionsInUse")
#define IAM_COUNT_INSTANCE_PROFILES STR("InstanceProfiles")
#define IAM_COUNT_MFA_DEVICES       STR("MFADevices")
#define IAM_COUNT_MFA_IN_USE        STR("MFADevicesInUse")

/* LimitExceeded "Cannot exceed quota for UsersPerAccount: 5000". */
must_check int iam_over_quota(struct call *call, const char *name, int64_t quota);
/* One more; fails as above when there are quota already. */
must_check int iam_count_up(struct call *call, struct str kind, const char *name, int64_t quota);
must_check int iam_count_down(struct call *call, struct str kind);
must_check int iam_count(struct txn *txn, struct arena *arena, struct str account, struct str kind,
                         int64_t *ret);
