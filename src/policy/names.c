#include "policy/policy.h"

const char *policy_type_name(enum policy_type type)
{
        static const char *const NAMES[] = {
                [POLICY_BY_NONE] = "none",         [POLICY_BY_ROOT] = "root",
                [POLICY_BY_IDENTITY] = "identity", [POLICY_BY_BOUNDARY] = "boundary",
                [POLICY_BY_SESSION] = "session",   [POLICY_BY_RESOURCE] = "resource",
                [POLICY_BY_SCP] = "scp",           [POLICY_BY_RCP] = "rcp",
                [POLICY_BY_ENDPOINT] = "endpoint", [POLICY_BY_GRANT] = "grant",
        };

        return NAMES[type];
}

const char *policy_effect_name(enum policy_effect effect)
{
        static const char *const NAMES[] = {
                [POLICY_IMPLICIT_DENY] = "ImplicitDeny",
                [POLICY_ALLOW] = "Allow",
                [POLICY_EXPLICIT_DENY] = "ExplicitDeny",
        };

        return NAMES[effect];
}

const char *policy_grantee_group(enum policy_grantee grantee)
{
        static const char *const NAMES[] = {
                [GRANTEE_PRINCIPAL] = NULL,
                [GRANTEE_CANONICAL] = NULL,
                [GRANTEE_ALL_USERS] = "AllUsers",
                [GRANTEE_AUTHENTICATED_USERS] = "AuthenticatedUsers",
        };

        return NAMES[grantee];
}
