/* What CopyObject and UploadPartCopy copy from.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
#pragma once

#include "services/s3/encryption.h"
#include "services/s3/preconditions.h"

struct s3_addressed;

/* What the headers of a request say of it. */
struct s3_copy_headers {
        struct str source; /* x-amz-copy-source, as it came */
        struct str owner;  /* x-amz-source-expected-bucket-owner */
        struct s3_preconditions on;
        struct s3_sse_headers sse; /* of the customer's key alone */
};
#define S3_COPY_HEADERS(in)                                                                                  \
        ((struct s3_copy_headers){                                                                           \
                .source = (in)->copy_source,                                                                 \
                .owner = (in)->expected_source_bucket_owner,                                                 \
                .on = {(in)->copy_source_if_match, (in)->copy_source_if_none_match,                          \
                       (in)->copy_source_if_modified_since, (in)->copy_source_if_unmodified_since},          \
                .sse = {.customer_algorithm = (in)->copy_source_sse_customer_algorithm,                      \
                        .customer_key = (in)->copy_source_sse_customer_key,                                  \
                        .customer_md5 = (in)->copy_source_sse_customer_key_md5},                             \
        })

struct s3_copy_source {
        struct str bucket_name, key;
        struct str version_id;              /* absent: the newest */
        const struct s3_addressed *through; /* an access point; NULL: none */
        struct s3_bucket_record bucket;
        struct s3_object_record row;
};

/* "bucket/key" of a header, decoded; absent if it cannot be read. */
struct str s3_copy_source_name(struct call *call, struct str header);
/* Reads the name, and asks whether the caller may read what has it. */
must_check int s3_copy_source_read(struct call *call, const struct s3_copy_headers *headers,
                                   struct s3_copy_source *ret);
/* The same, and finds it: it is there, fits the conditions and the customer's key, and can be read. */
must_check int s3_copy_source_find(struct call *call, const struct s3_copy_headers *headers,
                                   struct s3_copy_source *ret);
/* For what is found before a transaction and wanted in it: the row, in the call's own memory. */
must_check int s3_copy_source_keep(struct call *call, const struct s3_copy_source *source,
                                   struct s3_object_record **ret);
/* In that transaction, the kept row being call->prepared: who may read it is asked again, and so is KMS,
 * whose events belong to what it does. */
must_check int s3_copy_source_read_again(struct call *call, const struct s3_copy_headers *headers,
                                         struct s3_copy_source *ret);
/* The permission on its tags. */
must_check int s3_copy_source_may_read_tags(struct call *call, const struct s3_copy_source *source);
