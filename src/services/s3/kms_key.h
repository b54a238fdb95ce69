/* SSE-KMS: the data key is sealed under one that KMS makes, bound to the object (or to the bucket, with
 * bucket keys), in the name of whoever asks: their permissions, KMS's events.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html */
#pragma once

#include "services/s3/s3.h"

/* KMS wants to know who asks. */
must_check int s3_check_kms_caller(struct call *call);
/* Settles row->kms_key: its ARN, of the AWS managed key if none was named. */
must_check int s3_kms_seal(struct call *call, struct str bucket, struct str key, struct str data_key,
                           struct s3_object_record *row, struct str *ret_sealed);
/* The same by kms:Encrypt, as S3 does for replicas. */
must_check int s3_kms_seal_replica(struct call *call, struct str bucket, struct str key, struct str data_key,
                                   struct s3_object_record *row, struct str *ret_sealed);
must_check int s3_kms_open(struct call *call, struct str bucket, struct str key,
                           const struct s3_object_record *row, struct str sealed,
                           struct secret *ret_data_key);
