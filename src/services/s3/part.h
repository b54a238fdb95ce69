/* What UploadPart and UploadPartCopy have in common. */
#pragma once

#include "services/s3/incoming.h"
#include "services/s3/encryption.h"
#include "services/s3/upload.h"

/* Where a part goes. */
struct s3_part_target {
        struct str bucket, key, upload_id;
        int64_t number;
        struct s3_sse_headers sse; /* of the customer's key alone */
};
#define S3_PART_TARGET(in)                                                                                   \
        ((struct s3_part_target){(in)->bucket, (in)->key, (in)->upload_id, (in)->part_number.value,          \
                                 S3_CUSTOMER_HEADERS(in)})

/* Is the customer's key, or none, what the upload began with? */
must_check int s3_check_upload_customer(struct call *call, const struct s3_object_record *upload,
                                        const struct s3_sse_headers *sse);
/* The upload, and the key of its body: in the name of the caller, who may have to ask KMS for it. */
must_check int s3_open_upload(struct call *call, const struct s3_part_target *target, struct s3_version *ret,
                              struct secret *ret_data_key);
/* Makes the ended body a part, in place of the one of that number that was there. To be called in the
 * transaction, where the upload must still be. */
must_check int s3_keep_part(struct call *call, const struct s3_part_target *target,
                            struct s3_object_record *ret_upload, struct s3_piece_record *ret);
