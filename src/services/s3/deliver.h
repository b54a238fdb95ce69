/* What one of AWS's services puts into a bucket of a customer: server access logs, and what others write to
 * buckets. It is a PutObject in the name of the service, on behalf of what it tells of, and goes the way of
 * every other: under the bucket's policy or ACL, its encryption, versioning and Object Lock; it is recorded,
 * and logged where the bucket's requests are. */
#pragma once

#include "services/s3/s3.h"

struct s3_delivery {
        struct str service;                    /* "logging.s3.amazonaws.com" */
        struct str source_arn, source_account; /* on whose behalf: aws:SourceArn, aws:SourceAccount */
        struct str bucket, key, body;
        struct str content_type, content_encoding; /* absent: none is said */
        struct str acl;                            /* "bucket-owner-full-control"; absent: none */
        struct str grant_full_control, grant_read, grant_read_acp, grant_write_acp;
        struct str kms_key; /* to encrypt with, as its policy lets the service; absent: as the bucket's
                               default */
        struct str_map kms_context; /* with that key; S3 adds the object's ARN */
        struct str_map metadata;
};

/* From what falls due, in its transaction. -ECALL: refused, with AWS's error; nothing of it is there then,
 * but the refusal is on record. */
must_check int s3_deliver(struct call *call, const struct s3_delivery *delivery);
