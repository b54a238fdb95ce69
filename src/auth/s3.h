/* What S3 asks of a request's signature in its own words, where the other services have common ones; and what
 * it asks beyond them. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html For this folder
 * only. */
#pragma once

#include "auth/claim.h"

/* As claim_read(). AUTH_MISSING; AUTH_INCOMPLETE, AUTH_DENIED, AUTH_BAD_ARGUMENT, AUTH_BAD_REQUEST (header);
 * AUTH_BAD_QUERY (presigned). */
must_check int s3_claim_read(struct check *check);
must_check int s3_claim_read_query(struct check *check);

/* A credential, or what is wrong with its scope: with a prefix and under a name that tell where it stands. */
must_check int s3_refuse_credential(struct check *check, struct str what);
must_check int s3_split_credential(struct check *check, struct str credential);

must_check int s3_scope_check(struct check *check); /* AUTH_INCOMPLETE, AUTH_BAD_QUERY */
must_check int s3_time_check(struct check *check);  /* AUTH_SKEWED, AUTH_EXPIRED_REQUEST */
/* Every header that must be signed is. AUTH_DENIED */
must_check int s3_signed_headers_check(struct check *check);
