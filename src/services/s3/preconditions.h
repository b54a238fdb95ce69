/* Requests that are made on a condition.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html */
#pragma once

#include "services/s3/version.h"

struct s3_preconditions {
        struct str if_match, if_none_match;
        struct opt_int if_modified_since, if_unmodified_since;
};

/* Of a read: 412 PreconditionFailed, or 304 with the headers of what is there. */
must_check int s3_check_read(struct call *call, const struct s3_preconditions *given,
                             const struct s3_object_record *row);
/* Of the source of a copy: PreconditionFailed in every case. */
must_check int s3_check_source(struct call *call, const struct s3_preconditions *given,
                               const struct s3_object_record *row);
/* Of a write, on the newest version of its key. */
must_check int s3_check_write(struct call *call, const struct s3_bucket_record *bucket, struct str key,
                              struct str if_match, struct str if_none_match);

/* "\"9b2c...\"" or without the quotes. */
bool s3_etag_is(struct str etag, struct str said);
