/* Where a trail delivers to, and how something is put there: in the name of CloudTrail, on behalf of the
 * trail.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html */
#pragma once

#include "services/cloudtrail/trail.h"

struct trail_target {
        struct str account, home, name;     /* of the trail */
        struct str bucket, prefix, kms_key; /* absent, the last two: none */
        struct str topic;                   /* ARN; absent: nobody is told */
};

struct trail_target trail_target_of(const struct cloudtrail_trail_record *trail);

/* "[prefix/]AWSLogs/ACCOUNT/" */
struct str trail_folder(struct arena *arena, const struct trail_target *target);

/* Whether it takes files in this folder ("CloudTrail"): an empty object is there from then on.
 * InsufficientS3BucketPolicyException, InsufficientEncryptionPolicyException. */
must_check int trail_try_folder(struct call *call, const struct cloudtrail_trail_record *trail,
                                const char *kind);

/* CloudTrail itself on behalf of the trail, for call->as_service(). */
must_check int trail_speaks(struct call *call, const struct cloudtrail_trail_record *trail,
                            struct call_by_service *ret);

struct trail_file {
        struct str key, body;
        struct str_map metadata;
};
/* Before the transaction that puts it: writes its body. What is refused is refused there. */
must_check int trail_prepare(struct call *call, const struct trail_target *target,
                             const struct trail_file *file);
/* In a transaction. -ECALL: the bucket does not take it, with S3's error. */
must_check int trail_put(struct call *call, const struct trail_target *target, const struct trail_file *file);
