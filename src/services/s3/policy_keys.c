/* Condition keys of S3.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html#amazons3-policy-keys
 */
#include "services/s3/policy_check.h"

static const struct str KEYS[] = {
        STR_INIT("AccessGrantScope"),
        STR_INIT("AccessGrantsInstanceArn"),
        STR_INIT("AccessGrantsLocationScope"),
        STR_INIT("AccessPointNetworkOrigin"),
        STR_INIT("annotation-prefix"),
        STR_INIT("authType"),
        STR_INIT("DataAccessPointAccount"),
        STR_INIT("DataAccessPointArn"),
        STR_INIT("delimiter"),
        STR_INIT("deliverySourceArn"),
        STR_INIT("destinationRegion"),
        STR_INIT("ExistingJobOperation"),
        STR_INIT("ExistingJobPriority"),
        STR_INIT("if-match"),
        STR_INIT("if-none-match"),
        STR_INIT("InventoryAccessibleOptionalFields"),
        STR_INIT("isReplicationPauseRequest"),
        STR_INIT("JobSuspendedCause"),
        STR_INIT("locationconstraint"),
        STR_INIT("logType"),
        STR_INIT("max-annotation-results"),
        STR_INIT("max-keys"),
        STR_INIT("object-lock-legal-hold"),
        STR_INIT("object-lock-mode"),
        STR_INIT("object-lock-remaining-retention-days"),
        STR_INIT("object-lock-retain-until-date"),
        STR_INIT("ObjectCreationOperation"),
        STR_INIT("prefix"),
        STR_INIT("RequestJobOperation"),
        STR_INIT("RequestJobPriority"),
        STR_INIT("RequestObjectTagKeys"),
        STR_INIT("ResourceAccount"),
        STR_INIT("resourceArnBeingAuthorized"),
        STR_INIT("signatureAge"),
        STR_INIT("signatureversion"),
        STR_INIT("TlsVersion"),
        STR_INIT("versionid"),
        STR_INIT("x-amz-acl"),
        STR_INIT("x-amz-bucket-namespace"),
        STR_INIT("x-amz-content-sha256"),
        STR_INIT("x-amz-copy-source"),
        STR_INIT("x-amz-grant-full-control"),
        STR_INIT("x-amz-grant-read"),
        STR_INIT("x-amz-grant-read-acp"),
        STR_INIT("x-amz-grant-write"),
        STR_INIT("x-amz-grant-write-acp"),
        STR_INIT("x-amz-metadata-directive"),
        STR_INIT("x-amz-object-annotation-directive"),
        STR_INIT("x-amz-object-if-match"),
        STR_INIT("x-amz-object-ownership"),
        STR_INIT("x-amz-server-side-encryption"),
        STR_INIT("x-amz-server-side-encryption-aws-kms-key-id"),
        STR_INIT("x-amz-server-side-encryption-customer-algorithm"),
        STR_INIT("x-amz-storage-class"),
        STR_INIT("x-amz-website-redirect-location"),
};

/* A tag's key follows. */
static const struct str FAMILIES[] = {STR_INIT("AccessPointTag/"), STR_INIT("BucketTag/"),
                                      STR_INIT("ExistingObjectTag/"), STR_INIT("RequestObjectTag/")};

bool s3_condition_key_is_known(struct str name)
{
        const struct str prefix = STR("s3:");

        if (!str_starts_nocase(name, prefix))
                return true;
        name = str_from(name, prefix.len);
        for (size_t i = 0; i < ARRAY_LEN(KEYS); i++)
                if (str_eq_nocase(KEYS[i], name))
                        return true;
        for (size_t i = 0; i < ARRAY_LEN(FAMILIES); i++)
                if (str_starts_nocase(name, FAMILIES[i]) && name.len > FAMILIES[i].len)
                        return true;
        return false;
}
