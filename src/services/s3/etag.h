/* ETags: of a body that S3 encrypts, or that came in one piece, its MD5; under a key of KMS or the customer's
 * it is anything but. https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html */
#pragma once

#include "services/s3/s3.h"

/* md5: hexadecimal, as long as the ETag may be it. The row's encryption is settled. The first gives the ETag
 * of a part of the row's body. */
must_check int s3_make_etag(struct call *call, const struct secret *data_key, struct str md5,
                            const struct s3_object_record *row, struct str *ret);
must_check int s3_set_etag(struct call *call, const struct secret *data_key, struct str md5,
                           struct s3_object_record *row);
struct str s3_quoted_etag(struct arena *arena, const struct s3_object_record *row);
