/* Uploads in parts, as long as they are not complete: rows in a space of their own, under a key in the order
 * in which they began; the id is the row's version_id, the parts are the pieces of its body.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html */
#pragma once

#include "services/s3/acl.h"
#include "services/s3/version.h"

#define S3_PART_NUMBER_MAX 10000

/* -ENOENT; NoSuchUpload. */
must_check int s3_get_upload(struct call *call, const struct s3_bucket_record *bucket, struct str key,
                             struct str upload_id, struct s3_version *ret);
must_check int s3_find_upload(struct call *call, const struct s3_bucket_record *bucket, struct str key,
                              struct str upload_id, struct s3_version *ret);
must_check int s3_refuse_no_upload(struct call *call, struct str upload_id);
must_check int s3_check_part_number(struct call *call, int64_t number);
/* Settles the place, order and id of a new one. */
must_check int s3_place_upload(struct call *call, const struct s3_bucket_record *bucket, struct str key,
                               struct s3_version *upload);
/* All that is in progress in a bucket that goes; soon after the transaction. */
must_check int s3_drop_uploads(struct call *call, const struct s3_bucket_record *bucket);

/* Who began it, and whose it will be. */
must_check int s3_show_initiator(struct call *call, const struct s3_object_record *upload,
                                 struct s3_initiator **ret);
must_check int s3_show_owner(struct call *call, struct str account, struct s3_owner **ret);
