/* Actions of S3 and what they are asked on.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html */
#include "services/s3/policy_check.h"

/* Those that no operation asks for: permissions of S3 itself when it replicates, of a header, and of
 * operations of S3 Control on buckets. */
static const struct {
        struct str action;
        enum s3_policy_level level;
} OTHERS[] = {
        {STR_INIT("s3:BypassGovernanceRetention"), S3_OF_OBJECT},
        {STR_INIT("s3:GetObjectVersionForReplication"), S3_OF_OBJECT},
        {STR_INIT("s3:GetObjectVersionTorrent"), S3_OF_OBJECT},
        {STR_INIT("s3:InitiateReplication"), S3_OF_BUCKET},
        {STR_INIT("s3:ListTagsForResource"), S3_OF_BUCKET},
        {STR_INIT("s3:ObjectOwnerOverrideToBucketOwner"), S3_OF_OBJECT},
        {STR_INIT("s3:PauseReplication"), S3_OF_BUCKET},
        {STR_INIT("s3:ReplicateDelete"), S3_OF_OBJECT},
        {STR_INIT("s3:ReplicateObject"), S3_OF_OBJECT},
        {STR_INIT("s3:ReplicateTags"), S3_OF_OBJECT},
        {STR_INIT("s3:TagResource"), S3_OF_BUCKET},
        {STR_INIT("s3:UntagResource"), S3_OF_BUCKET},
};

static bool is_meant(struct str pattern, struct str action)
{
        return policy_wildcard_match(pattern, action, true);
}

static enum s3_policy_level level_of(const struct api_permission *permission)
{
        if (!permission->resource)
                return S3_OF_NEITHER;
        return str_eq(permission->resource->name, STR("object")) ? S3_OF_OBJECT : S3_OF_BUCKET;
}

unsigned int s3_action_levels(struct str pattern)
{
        unsigned int levels = 0;

        for (size_t i = 0; i < s3_service.operation_count; i++) {
                const struct api_operation *operation = &s3_service.operations[i];

                for (size_t k = 0; k < operation->permission_count; k++)
                        if (str_starts(operation->permissions[k].action, STR("s3:")) &&
                            is_meant(pattern, operation->permissions[k].action))
                                levels |= level_of(&operation->permissions[k]);
        }
        for (size_t i = 0; i < ARRAY_LEN(OTHERS); i++)
                if (is_meant(pattern, OTHERS[i].action))
                        levels |= OTHERS[i].level;
        return levels;
}
