/* Tags of a bucket: put as a whole. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html
 */
#include "services/s3/tags.h"

int s3_put_bucket_tagging(struct call *call, const struct s3_put_bucket_tagging_in *in,
                          struct s3_put_bucket_tagging_out *out)
{
        struct s3_bucket_record bucket;

        (void)out;
        TRY(s3_get_bucket(call, in->bucket, &bucket));
        TRY(s3_check_tags(call, &in->tagging->tag_set, S3_BUCKET_TAGS_MAX));
        bucket.tags = in->tagging->tag_set;
        call->status = 204;
        return call_put(call, &s3_bucket_record_type, &bucket);
}

int s3_get_bucket_tagging(struct call *call, const struct s3_get_bucket_tagging_in *in,
                          struct s3_get_bucket_tagging_out *out)
{
        struct s3_bucket_record bucket;

        TRY(s3_get_bucket(call, in->bucket, &bucket));
        if (bucket.tags.count == 0) {
                call_detail(call, STR("BucketName"), bucket.name);
                return fail(call, &s3_no_such_tag_set, "The TagSet does not exist");
        }
        out->tag_set = bucket.tags;
        return 0;
}

int s3_delete_bucket_tagging(struct call *call, const struct s3_delete_bucket_tagging_in *in,
                             struct s3_delete_bucket_tagging_out *out)
{
        struct s3_bucket_record bucket;

        (void)out;
        TRY(s3_get_bucket(call, in->bucket, &bucket));
        bucket.tags = (struct s3_tag_list){};
        return call_put(call, &s3_bucket_record_type, &bucket);
}
