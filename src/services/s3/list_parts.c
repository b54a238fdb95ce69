/* https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html */
#include "services/s3/body.h"
#include "services/s3/checksum.h"
#include "services/s3/lifecycle.h"
#include "services/s3/list.h"
#include "services/s3/upload.h"

static int read_number(struct call *call, struct opt_int asked, const char *name, int64_t usual, int64_t *ret)
{
        *ret = asked.is_set ? asked.value : usual;
        if (*ret >= 0 && *ret <= INT32_MAX)
                return 0;
        call_detail(call, STR("ArgumentName"), str_of(name));
        call_detail(call, STR("ArgumentValue"), arena_printf(&call->arena, "%lld", (long long)*ret));
        return fail(call, &s3_invalid_argument, "Argument %s must be an integer between 0 and 2147483647",
                    name);
}

static int show(struct call *call, const struct s3_object_record *upload, const struct s3_piece_record *piece,
                struct s3_part *ret)
{
        *ret = (struct s3_part){
                .part_number = piece->number,
                .last_modified = piece->modified,
                .etag = arena_printf(&call->arena, "\"%.*s\"", STR_ARG(piece->etag)),
                .size = piece->size,
        };
        s3_tell_checksum(&ret->checksum_crc32, upload->checksum_algorithm,
                         arena_dup(&call->arena, piece->checksum));
        return 0;
}

static int gather(struct call *call, const struct s3_object_record *upload, size_t max, int64_t behind,
                  struct s3_list_parts_out *out)
{
        _cleanup_(s3_pieces_end) struct s3_pieces pieces = {};
        struct s3_piece_record piece;
        int r;

        out->parts.items = arena_new_array(&call->arena, struct s3_part, max + 1);
        if (!out->parts.items)
                return -ENOMEM;
        out->parts.is_set = true;
        TRY(s3_pieces_begin(&pieces, call, upload->body.value, behind));
        while ((r = s3_pieces_next(&pieces, &piece)) == 0 && out->parts.count < max)
                TRY(show(call, upload, &piece, &out->parts.items[out->parts.count++]));
        out->is_truncated = OPT_BOOL(r == 0 && max > 0);
        return r == -ENOENT ? 0 : r;
}

static int tell(struct call *call, const struct s3_bucket_record *bucket,
                const struct s3_object_record *upload, const struct s3_list_parts_in *in,
                struct s3_list_parts_out *out)
{
        const struct s3_part_list *parts = &out->parts;

        out->bucket = in->bucket;
        out->key = in->key;
        out->upload_id = in->upload_id;
        out->storage_class = upload->storage_class;
        out->checksum_algorithm = upload->checksum_algorithm;
        out->checksum_type = upload->checksum_type;
        out->next_part_number_marker = parts->count ? parts->items[parts->count - 1].part_number : OPT_INT(0);
        TRY(s3_show_initiator(call, upload, &out->initiator));
        return s3_show_owner(call, s3_object_owner(bucket, upload), &out->owner);
}

int s3_list_parts(struct call *call, const struct s3_list_parts_in *in, struct s3_list_parts_out *out)
{
        struct s3_bucket_record bucket;
        struct s3_version upload;
        int64_t max, behind;

        TRY(s3_get_bucket(call, in->bucket, &bucket));
        TRY(read_number(call, in->max_parts, "max-parts", S3_PAGE_MAX, &max));
        TRY(read_number(call, in->part_number_marker, "part-number-marker", 0, &behind));
        TRY(s3_find_upload(call, &bucket, in->key, in->upload_id, &upload));
        if (max > S3_PAGE_MAX)
                max = S3_PAGE_MAX;
        TRY(gather(call, &upload.row, (size_t)max, behind, out));
        out->max_parts = OPT_INT(max);
        out->part_number_marker = OPT_INT(behind);
        TRY(tell(call, &bucket, &upload.row, in, out));
        return s3_tell_abort(call, in->bucket, in->key, &upload.row, &out->abort_date, &out->abort_rule_id);
}
