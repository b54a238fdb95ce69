/* Transfer Acceleration: kept and told; there is one way here only.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAccelerateConfiguration.html */
#include "services/s3/s3.h"

int s3_put_bucket_accelerate_configuration(struct call *call,
                                           const struct s3_put_bucket_accelerate_configuration_in *in,
                                           struct s3_put_bucket_accelerate_configuration_out *out)
{
        struct s3_bucket_record bucket;

        (void)out;
        TRY(s3_get_bucket(call, in->bucket, &bucket));
        if (!str_is_set(in->accelerate_configuration->status))
                return s3_refuse_document(call);
        if (str_has_byte(bucket.name, '.'))
                return fail(call, &s3_invalid_request,
                            "S3 Transfer Acceleration is not supported for buckets with periods (.) in their "
                            "names");
        bucket.accelerate = in->accelerate_configuration->status;
        return call_put(call, &s3_bucket_record_type, &bucket);
}

/* Empty for a bucket that never had it. */
int s3_get_bucket_accelerate_configuration(struct call *call,
                                           const struct s3_get_bucket_accelerate_configuration_in *in,
                                           struct s3_get_bucket_accelerate_configuration_out *out)
{
        struct s3_bucket_record bucket;

        TRY(s3_get_bucket(call, in->bucket, &bucket));
        out->status = bucket.accelerate;
        return 0;
}
