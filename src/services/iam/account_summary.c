/* GetAccountSummary: what an account has, and what it may have.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html */
#include "services/iam/access_key.h"
#include "services/iam/mfa.h"

/* One line of the map: a quota, or what is counted under the same name. */
struct line {
        struct str name;
        int64_t quota; /* COUNTED: look it up */
};

#define COUNTED (-1)

static const struct line lines[] = {
        {STR_INIT("Users"), COUNTED},
        {STR_INIT("UsersQuota"), IAM_USERS_PER_ACCOUNT},
        {STR_INIT("Groups"), COUNTED},
        {STR_INIT("GroupsQuota"), IAM_GROUPS_PER_ACCOUNT},
        {STR_INIT("Roles"), COUNTED},
        {STR_INIT("RolesQuota"), IAM_ROLES_PER_ACCOUNT},
        {STR_INIT("InstanceProfiles"), COUNTED},
        {STR_INIT("InstanceProfilesQuota"), IAM_INSTANCE_PROFILES_PER_ACCOUNT},
        {STR_INIT("Policies"), COUNTED},
        {STR_INIT("PoliciesQuota"), IAM_POLICIES_PER_ACCOUNT},
        {STR_INIT("PolicySizeQuota"), IAM_POLICY_SIZE},
        {STR_INIT("PolicyVersionsInUse"), COUNTED},
        {STR_INIT("PolicyVersionsInUseQuota"), IAM_POLICY_VERSIONS_IN_USE},
        {STR_INIT("VersionsPerPolicyQuota"), IAM_VERSIONS_PER_POLICY},
        {STR_INIT("UserPolicySizeQuota"), IAM_USER_POLICY_SIZE},
        {STR_INIT("GroupPolicySizeQuota"), IAM_GROUP_POLICY_SIZE},
        {STR_INIT("RolePolicySizeQuota"), IAM_ROLE_POLICY_SIZE},
        {STR_INIT("AssumeRolePolicySizeQuota"), IAM_TRUST_POLICY_SIZE},
        {STR_INIT("GroupsPerUserQuota"), IAM_GROUPS_PER_USER},
        {STR_INIT("AccessKeysPerUserQuota"), IAM_ACCESS_KEYS_PER_USER},
        {STR_INIT("SigningCertificatesPerUserQuota"), IAM_SIGNING_CERTIFICATES_PER_USER},
        {STR_INIT("AttachedPoliciesPerUserQuota"), IAM_POLICIES_PER_USER},
        {STR_INIT("AttachedPoliciesPerGroupQuota"), IAM_POLICIES_PER_GROUP},
        {STR_INIT("AttachedPoliciesPerRoleQuota"), IAM_POLICIES_PER_ROLE},
        {STR_INIT("MFADevices"), COUNTED},
        {STR_INIT("MFADevicesInUse"), COUNTED},
        /* None of these exist before their operations do (api/iam.api: planned). */
        {STR_INIT("ServerCertificates"), 0},
        {STR_INIT("ServerCertificatesQuota"), IAM_SERVER_CERTIFICATES_PER_ACCOUNT},
        {STR_INIT("AccountPasswordPresent"), 0},
        {STR_INIT("AccountSigningCertificatesPresent"), 0},
        {STR_INIT("Providers"), 0},
        /* Session tokens of the global endpoint are accepted in every region: version 2. */
        {STR_INIT("GlobalEndpointTokenVersion"), 2},
};

#define ROOT_LINES 2

static int add_root_lines(struct call *call, struct iam_opt_int_map *map)
{
        struct iam_access_keys keys;
        bool has_mfa;

        TRY(iam_access_keys_of(call->txn, &call->arena, call->account, &keys));
        TRY(iam_has_mfa_device(call, call->account, &has_mfa));
        map->items[map->count++] =
                (struct iam_opt_int_entry){STR("AccountAccessKeysPresent"), OPT_INT(keys.count > 0)};
        map->items[map->count++] = (struct iam_opt_int_entry){STR("AccountMFAEnabled"), OPT_INT(has_mfa)};
        return 0;
}

int iam_get_account_summary(struct call *call, const struct iam_get_account_summary_in *in,
                            struct iam_get_account_summary_out *out)
{
        struct iam_opt_int_map *map = &out->summary_map;

        (void)in;
        map->items = arena_new_array(&call->arena, struct iam_opt_int_entry, ARRAY_LEN(lines) + ROOT_LINES);
        if (!map->items)
                return -ENOMEM;
        map->is_set = true;
        for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
                int64_t value = lines[i].quota;

                if (value == COUNTED)
                        TRY(iam_count(call->txn, &call->arena, call->account, lines[i].name, &value));
                map->items[map->count++] = (struct iam_opt_int_entry){lines[i].name, OPT_INT(value)};
        }
        return add_root_lines(call, map);
}
