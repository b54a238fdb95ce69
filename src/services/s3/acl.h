/* Access control lists of buckets and objects: of effect only where object ownership leaves them any.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html */
#pragma once

#include "services/s3/s3.h"

/* What the headers of a request say of an ACL. */
struct s3_acl_headers {
        struct str canned; /* x-amz-acl */
        struct str full_control, read, read_acp, write, write_acp;
};

/* The list of a new bucket; bucket->ownership and public_access are set already. */
must_check int s3_new_bucket_acl(struct call *call, const struct s3_create_bucket_in *in,
                                 struct s3_bucket_record *bucket);
/* Sets owner and acl of a new object.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html */
must_check int s3_new_object_acl(struct call *call, const struct s3_bucket_record *bucket,
                                 const struct s3_acl_headers *given, struct s3_object_record *row);
