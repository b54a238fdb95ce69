/* https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html */
#include "services/s3/checksum.h"
#include "services/s3/part.h"

int s3_upload_part_receive(struct call *call, const struct s3_upload_part_in *in, struct body_sink **ret)
{
        _cleanup_(secret_done) struct secret data_key = {};
        const struct s3_part_target target = S3_PART_TARGET(in);
        struct s3_version upload;

        TRY(s3_open_upload(call, &target, &upload, &data_key));
        return s3_incoming_new_part(call, &data_key, &upload.row, ret);
}

int s3_upload_part(struct call *call, const struct s3_upload_part_in *in, struct s3_upload_part_out *out)
{
        const struct s3_part_target target = S3_PART_TARGET(in);
        struct s3_object_record upload;
        struct s3_piece_record part;

        TRY(s3_keep_part(call, &target, &upload, &part));
        out->etag = arena_printf(&call->arena, "\"%.*s\"", STR_ARG(part.etag));
        S3_TELL_ENCRYPTION(out, &upload);
        s3_tell_checksum(&out->checksum_crc32, upload.checksum_algorithm, part.checksum);
        return 0;
}
