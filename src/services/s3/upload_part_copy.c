/* https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html
 *
 * As CopyObject: the bytes before the transaction, the permissions again in it. */
#include "services/s3/checksum.h"
#include "services/s3/copy_body.h"
#include "services/s3/part.h"

#define RANGED_MIN (UINT64_C(5) * 1024 * 1024) /* of the source of a part of it */

/* -- Which bytes */

static int invalid_range(struct call *call, struct str header, const char *text)
{
        call_detail(call, STR("ArgumentName"), STR("x-amz-copy-source-range"));
        call_detail(call, STR("ArgumentValue"), header);
        return fail(call, &s3_invalid_argument, "%s", text);
}

/* "bytes=0-9": both ends must be said. */
static bool read_ends(struct str header, uint64_t *ret_first, uint64_t *ret_last)
{
        struct str rest = header, first;

        if (!str_starts(header, STR("bytes=")))
                return false;
        rest = str_from(header, strlen("bytes="));
        return str_cut(&rest, '-', &first) && str_to_u64(first, ret_first) == 0 &&
               str_to_u64(rest, ret_last) == 0 && *ret_first <= *ret_last;
}

static int read_range(struct call *call, struct str header, uint64_t total, struct s3_range *ret)
{
        uint64_t first, last;

        *ret = (struct s3_range){.size = total, .total = total};
        if (!str_is_set(header))
                return 0;
        if (!read_ends(header, &first, &last))
                return invalid_range(call, header,
                                     "The x-amz-copy-source-range value must be of the form bytes=first-last "
                                     "where first and last are the zero-based offsets of the first and last "
                                     "bytes to copy");
        if (last >= total)
                return fail(call, &s3_invalid_argument,
                            "Range specified is not valid for source object of size: %llu",
                            (unsigned long long)total);
        if (total <= RANGED_MIN)
                return fail(call, &s3_invalid_request,
                            "The specified copy source is not supported as a byte-range copy source");
        *ret = (struct s3_range){.from = first, .size = last - first + 1, .total = total, .is_part = true};
        return 0;
}

/* -- Before the transaction */

int s3_upload_part_copy_prepare(struct call *call, const struct s3_upload_part_copy_in *in)
{
        _cleanup_(secret_done) struct secret data_key = {};
        const struct s3_part_target target = S3_PART_TARGET(in);
        const struct s3_copy_headers headers = S3_COPY_HEADERS(in);
        struct s3_copy_source source;
        struct s3_object_record *kept;
        struct s3_version upload;
        struct s3_range range;

        TRY(s3_copy_source_find(call, &headers, &source));
        TRY(s3_open_upload(call, &target, &upload, &data_key));
        TRY(read_range(call, in->copy_source_range, (uint64_t)source.row.size.value, &range));
        TRY(s3_copy_body(call, &source, &headers.sse, &range, &data_key, s3_upload_checksum(&upload.row),
                         &upload.row));
        TRY(s3_copy_source_keep(call, &source, &kept));
        call->prepared = kept;
        return 0;
}

/* -- In the transaction */

static int tell(struct call *call, const struct s3_copy_source *source, const struct s3_object_record *upload,
                const struct s3_piece_record *part, struct s3_upload_part_copy_out *out)
{
        struct s3_copy_part_result *result = arena_new(&call->arena, struct s3_copy_part_result);

        if (!result)
                return -ENOMEM;
        result->etag = arena_printf(&call->arena, "\"%.*s\"", STR_ARG(part->etag));
        result->last_modified = part->modified;
        s3_tell_checksum(&result->checksum_crc32, upload->checksum_algorithm, part->checksum);
        out->copy_part_result = result;
        out->copy_source_version_id = s3_told_version(&source->bucket, &source->row);
        S3_TELL_ENCRYPTION(out, upload);
        return 0;
}

int s3_upload_part_copy(struct call *call, const struct s3_upload_part_copy_in *in,
                        struct s3_upload_part_copy_out *out)
{
        const struct s3_part_target target = S3_PART_TARGET(in);
        const struct s3_copy_headers headers = S3_COPY_HEADERS(in);
        struct s3_object_record upload;
        struct s3_copy_source source;
        struct s3_piece_record part;

        TRY(s3_copy_source_read_again(call, &headers, &source));
        TRY(s3_keep_part(call, &target, &upload, &part));
        return tell(call, &source, &upload, &part, out);
}
