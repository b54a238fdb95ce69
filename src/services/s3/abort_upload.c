/* https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html */
#include "services/s3/body.h"
#include "services/s3/upload.h"

/* HTTP's dates have no fractions. */
static int check_time(struct call *call, const struct s3_object_record *upload, struct opt_int initiated)
{
        if (!initiated.is_set || initiated.value / MS_PER_S == upload->modified.value / MS_PER_S)
                return 0;
        call_detail(call, STR("Condition"), STR("x-amz-if-match-initiated-time"));
        return fail(call, &s3_precondition_failed,
                    "At least one of the pre-conditions you specified did not hold");
}

int s3_abort_multipart_upload(struct call *call, const struct s3_abort_multipart_upload_in *in,
                              struct s3_abort_multipart_upload_out *out)
{
        struct s3_bucket_record bucket;
        struct s3_version upload;

        (void)out;
        TRY(s3_get_bucket(call, in->bucket, &bucket));
        TRY(s3_find_upload(call, &bucket, in->key, in->upload_id, &upload));
        TRY(check_time(call, &upload.row, in->if_match_initiated_time));
        TRY(s3_drop_body(call, upload.row.body.value));
        return s3_row_delete(call, &upload.place, upload.row.order.value);
}
