/* https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html */
#include "services/s3/checksum.h"
#include "services/s3/encryption.h"
#include "services/s3/version.h"

#define PARTS_MAX 1000

static bool is_wanted(const struct s3_get_object_attributes_in *in, const char *attribute)
{
        for (size_t i = 0; i < in->object_attributes.count; i++)
                if (str_eq(in->object_attributes.items[i], str_of(attribute)))
                        return true;
        return false;
}

static int tell_checksum(struct call *call, const struct s3_object_record *row,
                         struct s3_get_object_attributes_out *out)
{
        struct s3_checksum *told = arena_new(&call->arena, struct s3_checksum);

        if (!told)
                return -ENOMEM;
        *told = (struct s3_checksum){.checksum_type = row->checksum_type};
        s3_tell_checksum(&told->checksum_crc32, row->checksum_algorithm, row->checksum);
        out->checksum = told;
        return 0;
}

/* -- Parts, of what was uploaded in parts */

static int check_page(struct call *call, struct opt_int asked, const char *name)
{
        if (!asked.is_set || asked.value >= 0)
                return 0;
        call_detail(call, STR("ArgumentName"), str_of(name));
        call_detail(call, STR("ArgumentValue"), arena_printf(&call->arena, "%lld", (long long)asked.value));
        return fail(call, &s3_invalid_argument, "Argument %s must be an integer between 0 and 2147483647",
                    name);
}

static void tell_part(const struct s3_object_record *row, const struct s3_piece_record *piece,
                      struct s3_get_object_attributes_parts *parts)
{
        struct s3_object_part *told = &parts->parts.items[parts->parts.count++];

        *told = (struct s3_object_part){.part_number = piece->number, .size = piece->size};
        s3_tell_checksum(&told->checksum_crc32, row->checksum_algorithm, piece->checksum);
        parts->parts.is_set = true;
        parts->next_part_number_marker = piece->number;
}

/* One more than the page has tells that there are more. */
static int tell_page(struct call *call, const struct s3_object_record *row,
                     struct s3_get_object_attributes_parts *parts)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        struct s3_piece_record piece = {.body = row->body, .number = parts->part_number_marker};
        const struct s3_piece_record like = piece;
        struct str after;
        int r;

        TRY(record_scan_token_at(&call->arena, &s3_piece_record_type, &like, 1, 2, &after));
        TRY(record_scan_begin(&scan, call->txn, &call->arena, &s3_piece_record_type, NULL, &like, 1, after));
        while ((r = record_scan_next(&scan, &piece)) == 0) {
                if (parts->parts.count == (size_t)parts->max_parts.value) {
                        parts->is_truncated = OPT_BOOL(true);
                        return 0;
                }
                if (str_is_set(piece.checksum))
                        tell_part(row, &piece, parts);
                piece = (struct s3_piece_record){};
        }
        return r == -ENOENT ? 0 : r;
}

static int tell_parts(struct call *call, const struct s3_get_object_attributes_in *in,
                      const struct s3_object_record *row, struct s3_get_object_attributes_out *out)
{
        struct s3_get_object_attributes_parts *parts =
                arena_new(&call->arena, struct s3_get_object_attributes_parts);
        int64_t max =
                in->max_parts.is_set && in->max_parts.value < PARTS_MAX ? in->max_parts.value : PARTS_MAX;

        if (!parts)
                return -ENOMEM;
        *parts = (struct s3_get_object_attributes_parts){
                .total_parts_count = row->part_count,
                .part_number_marker = OPT_INT(in->part_number_marker.value),
                .next_part_number_marker = OPT_INT(in->part_number_marker.value),
                .max_parts = OPT_INT(max),
                .is_truncated = OPT_BOOL(false),
        };
        parts->parts.items = arena_new_array(&call->arena, struct s3_object_part, (size_t)max + 1);
        if (!parts->parts.items)
                return -ENOMEM;
        out->object_parts = parts;
        return tell_page(call, row, parts);
}

/* -- The whole */

static int find(struct call *call, const struct s3_get_object_attributes_in *in,
                struct s3_bucket_record *bucket, struct s3_version *version)
{
        const struct s3_sse_headers sse = S3_CUSTOMER_HEADERS(in);

        TRY(s3_get_bucket(call, in->bucket, bucket));
        if (in->object_attributes.count == 0)
                return fail(call, &s3_invalid_request,
                            "The x-amz-object-attributes header specifying the attributes to be retrieved is "
                            "either missing or empty");
        TRY(check_page(call, in->max_parts, "max-parts"));
        TRY(check_page(call, in->part_number_marker, "part-number-marker"));
        TRY(s3_find_object(call, bucket, in->key, in->version_id, version));
        return s3_check_customer(call, &version->row, &sse);
}

int s3_get_object_attributes(struct call *call, const struct s3_get_object_attributes_in *in,
                             struct s3_get_object_attributes_out *out)
{
        struct s3_bucket_record bucket;
        struct s3_version version = {};
        const struct s3_object_record *row = &version.row;

        TRY(find(call, in, &bucket, &version));
        out->last_modified = row->modified;
        out->version_id = s3_told_version(&bucket, row);
        if (is_wanted(in, "ETag"))
                out->etag = row->etag; /* without quotes, here alone */
        if (is_wanted(in, "StorageClass"))
                out->storage_class = row->storage_class;
        if (is_wanted(in, "ObjectSize"))
                out->object_size = row->size;
        if (is_wanted(in, "Checksum") && str_is_set(row->checksum))
                TRY(tell_checksum(call, row, out));
        if (is_wanted(in, "ObjectParts") && row->part_count.is_set)
                TRY(tell_parts(call, in, row, out));
        return 0;
}
