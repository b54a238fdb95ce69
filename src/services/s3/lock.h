/* Object Lock: what must not go before its hour.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html */
#pragma once

#include "services/s3/version.h"

/* May this version be removed? A compliance lock and a legal hold: by nobody. A governance lock: by whoever
 * says so in a header of the request (x-amz-bypass-governance-retention) and has the permission. */
must_check int s3_check_unlocked(struct call *call, const struct s3_bucket_record *bucket,
                                 const struct s3_version *version);
/* The same of its retention alone: may it be weaker? */
must_check int s3_check_not_retained(struct call *call, const struct s3_bucket_record *bucket,
                                     const struct s3_version *version);
/* The header makes no sense in a bucket without Object Lock. */
must_check int s3_check_bypass(struct call *call, const struct s3_bucket_record *bucket);
/* The permission alone, and the header. */
must_check int s3_may_bypass(struct call *call, const struct s3_bucket_record *bucket, struct str key,
                             bool *ret);

/* What a new version is locked by: what the request says, or the bucket's default. Refuses what cannot be. */
must_check int s3_lock_new(struct call *call, const struct s3_bucket_record *bucket, struct str mode,
                           struct opt_int until, struct str legal_hold, struct s3_object_record *row);
