/* MFA delete: of a bucket that has it, nothing goes for good and no state of versioning changes without a
 * code of an MFA device.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiFactorAuthenticationDelete.html */
#pragma once

#include "services/s3/s3.h"

static inline bool s3_has_mfa_delete(const struct s3_bucket_record *bucket)
{
        return str_eq(bucket->mfa_delete, STR("Enabled"));
}

/* x-amz-mfa, "SERIAL CODE", must be there and right, of the root user who owns the bucket; once a call, for
 * the code is used up. AccessDenied, InvalidRequest, NotDeviceOwnerError, TokenCodeInvalidError. */
must_check int s3_use_mfa(struct call *call, const struct s3_bucket_record *bucket, struct str given);
