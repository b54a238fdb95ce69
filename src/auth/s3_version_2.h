/* Version 2 of signatures, in the query alone: the presigned URLs that SDKs still make by default for S3's
 * first regions. A bucket policy may refuse them by s3:signatureversion ("AWS").
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/RESTAuthentication.html For this folder only. */
#pragma once

#include "auth/signing_key.h"

bool s3_is_version_2(const struct http_request *request);
must_check int s3_version_2_read(struct check *check);
/* The time, and that of requests which say when they end but not when they were made: what an operator has
 * advanced the clock by counts from when their signature was first seen. */
int64_t s3_version_2_now(struct check *check);
must_check int s3_version_2_check(struct check *check, const struct key_secret *secret);
