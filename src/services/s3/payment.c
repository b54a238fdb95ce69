/* Who pays for requests. https://docs.aws.amazon.com/AmazonS3/latest/userguide/RequesterPaysBuckets.html */
#include "services/s3/s3.h"

int s3_put_bucket_request_payment(struct call *call, const struct s3_put_bucket_request_payment_in *in,
                                  struct s3_put_bucket_request_payment_out *out)
{
        struct s3_bucket_record bucket;

        (void)out;
        TRY(s3_get_bucket(call, in->bucket, &bucket));
        bucket.payer = in->request_payment_configuration->payer;
        return call_put(call, &s3_bucket_record_type, &bucket);
}

int s3_get_bucket_request_payment(struct call *call, const struct s3_get_bucket_request_payment_in *in,
                                  struct s3_get_bucket_request_payment_out *out)
{
        struct s3_bucket_record bucket;

        TRY(s3_get_bucket(call, in->bucket, &bucket));
        out->payer = str_is_set(bucket.payer) ? bucket.payer : STR("BucketOwner");
        return 0;
}
