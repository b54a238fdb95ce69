/* Under what an object's data key is sealed: the server's own keys (SSE-S3), a key of KMS, in the name of
 * whoever asks, or the customer's key, which is never kept (SSE-C).
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/serv-side-encryption.html */
#pragma once

#include "services/s3/s3.h"

#define S3_DATA_KEY_LEN 32

/* What the headers of a request say of it. */
struct s3_sse_headers {
        struct str kind; /* x-amz-server-side-encryption */
        struct str kms_key, kms_context;
        struct opt_bool bucket_key;
        struct str customer_algorithm, customer_key, customer_md5;
};
/* Of any input or output that has the members of PutObject's. */
#define S3_SSE_HEADERS(in)                                                                                   \
        ((struct s3_sse_headers){(in)->server_side_encryption, (in)->ssekms_key_id,                          \
                                 (in)->ssekms_encryption_context, (in)->bucket_key_enabled,                  \
                                 (in)->sse_customer_algorithm, (in)->sse_customer_key,                       \
                                 (in)->sse_customer_key_md5})
#define S3_CUSTOMER_HEADERS(in)                                                                              \
        ((struct s3_sse_headers){.customer_algorithm = (in)->sse_customer_algorithm,                         \
                                 .customer_key = (in)->sse_customer_key,                                     \
                                 .customer_md5 = (in)->sse_customer_key_md5})

/* Sets encryption, kms_key, kms_context, has_bucket_key and customer_md5 of the row, by the headers or as the
 * bucket's default says. Refuses what makes no sense, in S3's words. */
must_check int s3_choose_encryption(struct call *call, const struct s3_bucket_record *bucket,
                                    const struct s3_sse_headers *headers, struct s3_object_record *row);
/* For a row whose encryption has been chosen and whose place is settled: sets data_key. */
must_check int s3_seal_data_key(struct call *call, struct str bucket, struct str key,
                                const struct s3_sse_headers *headers, const struct secret *data_key,
                                struct s3_object_record *row);
/* The same for a replica, for which AWS asks KMS in another way: kms:Encrypt. */
must_check int s3_seal_replica_key(struct call *call, struct str bucket, struct str key,
                                   const struct secret *data_key, struct s3_object_record *row);
/* The data key of one row for another, under the same key of KMS or the customer, which is not asked for. The
 * encryption of both is the same, and the place of `to` is settled. */
must_check int s3_move_data_key(struct call *call, const struct s3_object_record *from,
                                struct s3_object_record *to);
/* Do the headers fit what the object is sealed under? Without any key being opened. */
must_check int s3_check_customer(struct call *call, const struct s3_object_record *row,
                                 const struct s3_sse_headers *headers);
must_check int s3_open_data_key(struct call *call, struct str bucket, struct str key,
                                const struct s3_sse_headers *headers, const struct s3_object_record *row,
                                struct secret *ret);

static inline bool s3_is_customers(const struct s3_object_record *row)
{
        return str_eq(row->encryption, STR("customer"));
}
static inline bool s3_is_kms(const struct s3_object_record *row)
{
        return str_starts(row->encryption, STR("aws:kms"));
}
/* By the server alone, that is SSE-S3: keys of KMS and customers are used in their callers' name only. */
static inline bool s3_is_openable(const struct s3_object_record *row)
{
        return !s3_is_customers(row) && !s3_is_kms(row);
}

/* The members of an answer that tell of it. */
#define S3_TELL_ENCRYPTION(out, row)                                                                         \
        do {                                                                                                 \
                if (s3_is_customers(row)) {                                                                  \
                        (out)->sse_customer_algorithm = STR("AES256");                                       \
                        (out)->sse_customer_key_md5 = (row)->customer_md5;                                   \
                } else {                                                                                     \
                        (out)->server_side_encryption = (row)->encryption;                                   \
                        (out)->ssekms_key_id = (row)->kms_key;                                               \
                        if ((row)->has_bucket_key.value)                                                     \
                                (out)->bucket_key_enabled = OPT_BOOL(true);                                  \
                }                                                                                            \
        } while (0)
