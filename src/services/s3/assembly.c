#include "services/s3/assembly.h"

#include "base/text.h"
#include "services/s3/checksum.h"
#include "services/s3/preconditions.h"
#include "services/s3/upload.h"

#define PART_MIN  (INT64_C(5) * 1024 * 1024) /* of all but the last */
#define ETAG_LEN  16
#define COMPOSITE STR("COMPOSITE")

static bool is_composite(const struct s3_assembly *assembly)
{
        return str_eq(assembly->upload->checksum_type, COMPOSITE);
}

/* -- What is named */

static struct str number_text(struct call *call, int64_t number)
{
        return arena_printf(&call->arena, "%lld", (long long)number);
}

static int malformed(struct call *call)
{
        return fail(
                call, &s3_malformed_xml,
                "The XML you provided was not well-formed or did not validate against our published schema");
}

/* Where each part has a checksum of its own, numbers leave none out.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompletedPart.html */
static int check_order(struct call *call, const struct s3_object_record *upload,
                       const struct s3_completed_part *parts, size_t at)
{
        int64_t number = parts[at].part_number.value;
        bool is_right = str_eq(upload->checksum_type, COMPOSITE)
                                ? number == (int64_t)at + 1
                                : at == 0 || number > parts[at - 1].part_number.value;

        TRY(s3_check_part_number(call, number));
        if (is_right)
                return 0;
        return fail(call, &s3_invalid_part_order,
                    "The list of parts was not in ascending order. Parts must be ordered by part number.");
}

int s3_check_named_parts(struct call *call, const struct s3_object_record *upload,
                         const struct s3_completed_multipart_upload *named)
{
        const struct s3_completed_part *parts = named ? named->parts.items : NULL;
        size_t count = named ? named->parts.count : 0;

        if (count == 0 || count > S3_PART_NUMBER_MAX)
                return malformed(call);
        for (size_t i = 0; i < count; i++) {
                if (!parts[i].part_number.is_set || !str_is_set(parts[i].etag))
                        return malformed(call);
                TRY(check_order(call, upload, parts, i));
        }
        return 0;
}

/* -- Part by part */

static int invalid_part(const struct s3_assembly *assembly, const struct s3_completed_part *named)
{
        struct call *call = assembly->call;

        call_detail(call, STR("UploadId"), assembly->upload->version_id);
        call_detail(call, STR("PartNumber"), number_text(call, named->part_number.value));
        call_detail(call, STR("ETag"), named->etag);
        return fail(call, &s3_invalid_part,
                    "One or more of the specified parts could not be found.  The part may not have been "
                    "uploaded, "
                    "or the specified entity tag may not match the part's entity tag.");
}

static int check_size(const struct s3_assembly *assembly, const struct s3_completed_part *named, int64_t size)
{
        struct call *call = assembly->call;

        if (size >= PART_MIN || assembly->next + 1 == assembly->named->count)
                return 0;
        call_detail(call, STR("ProposedSize"), number_text(call, size));
        call_detail(call, STR("MinSizeAllowed"), number_text(call, PART_MIN));
        call_detail(call, STR("PartNumber"), number_text(call, named->part_number.value));
        call_detail(call, STR("ETag"), named->etag);
        return fail(call, &s3_entity_too_small,
                    "Your proposed upload is smaller than the minimum allowed size");
}

/* Those of a composite must all be said again. */
static int check_checksum(const struct s3_assembly *assembly, const struct s3_completed_part *named,
                          struct str checksum)
{
        struct str algorithm = assembly->upload->checksum_algorithm;
        struct str said = s3_said_checksum(&named->checksum_crc32, algorithm);

        if (str_is_set(said))
                return str_eq(said, checksum) ? 0 : invalid_part(assembly, named);
        if (!is_composite(assembly))
                return 0;
        algorithm = arena_lower(&assembly->call->arena, algorithm);
        return fail(assembly->call, &s3_invalid_request,
                    "The upload was created using a %.*s checksum. The complete request must include the "
                    "checksum "
                    "for each part. It was missing for part %lld in the request.",
                    STR_ARG(algorithm), (long long)named->part_number.value);
}

static int add(struct s3_assembly *assembly, const struct s3_piece_record *piece)
{
        uint8_t etag[ETAG_LEN];
        struct str sum;

        TRY(hex_decode(piece->etag, etag, sizeof(etag)));
        sums_add(&assembly->etags, str_make(etag, sizeof(etag)));
        TRY(base64_decode(&assembly->call->arena, piece->checksum, &sum));
        if (sum.len != sum_len(assembly->checksum))
                return -EBADMSG;
        if (is_composite(assembly))
                sums_add(&assembly->checksums, sum);
        else
                sum_join(assembly->checksum, assembly->joined, (const uint8_t *)sum.ptr,
                         (uint64_t)piece->size.value);
        assembly->size += piece->size.value;
        return 0;
}

static int take(struct s3_assembly *assembly, const struct s3_piece_record *piece)
{
        const struct s3_completed_part *named = &assembly->named->items[assembly->next];

        if (!s3_etag_is(piece->etag, named->etag))
                return invalid_part(assembly, named);
        TRY(check_checksum(assembly, named, piece->checksum));
        TRY(check_size(assembly, named, piece->size.value));
        TRY(add(assembly, piece));
        assembly->next++;
        return 0;
}

/* Both lists ascend. */
static int meet(struct s3_assembly *assembly, const struct s3_piece_record *piece)
{
        const struct s3_completed_part_list *named = assembly->named;
        const struct s3_completed_part *next =
                assembly->next < named->count ? &named->items[assembly->next] : NULL;

        if (!next || next->part_number.value > piece->number.value)
                return s3_drop_piece(assembly->call, piece);
        return next->part_number.value == piece->number.value ? take(assembly, piece)
                                                              : invalid_part(assembly, next);
}

static int meet_all(struct s3_assembly *assembly)
{
        _cleanup_(s3_pieces_end) struct s3_pieces pieces = {};
        struct s3_piece_record piece;
        int r;

        TRY(s3_pieces_begin(&pieces, assembly->call, assembly->upload->body.value, 0));
        while ((r = s3_pieces_next(&pieces, &piece)) == 0)
                TRY(meet(assembly, &piece));
        if (r == -ENOENT && assembly->next < assembly->named->count)
                return invalid_part(assembly, &assembly->named->items[assembly->next]);
        return r == -ENOENT ? 0 : r;
}

int s3_assemble(struct s3_assembly *assembly, struct call *call, const struct s3_object_record *upload,
                const struct s3_completed_part_list *named)
{
        *assembly = (struct s3_assembly){
                .call = call, .upload = upload, .named = named, .checksum = s3_upload_checksum(upload)};
        sums_begin(&assembly->etags, SUM_BIT(SUM_MD5));
        sums_begin(&assembly->checksums, SUM_BIT(assembly->checksum));
        return meet_all(assembly);
}

/* -- The whole */

static struct str whole_checksum(struct s3_assembly *assembly)
{
        struct arena *arena = &assembly->call->arena;
        struct str sum = str_make(assembly->joined, sum_len(assembly->checksum));

        if (!is_composite(assembly))
                return base64_encode(arena, sum);
        sums_end(&assembly->checksums);
        sum = base64_encode(arena, sums_get(&assembly->checksums, assembly->checksum));
        return arena_printf(arena, "%.*s-%zu", STR_ARG(sum), assembly->named->count);
}

int s3_assembly_tell(struct s3_assembly *assembly, struct s3_object_record *row)
{
        struct arena *arena = &assembly->call->arena;
        struct str md5;

        sums_end(&assembly->etags);
        md5 = hex_encode(arena, sums_get(&assembly->etags, SUM_MD5));
        row->etag = arena_printf(arena, "%.*s-%zu", STR_ARG(md5), assembly->named->count);
        row->size = OPT_INT(assembly->size);
        row->part_count = OPT_INT((int64_t)assembly->named->count);
        row->checksum_algorithm = sum_name(assembly->checksum);
        row->checksum_type = is_composite(assembly) ? COMPOSITE : STR("FULL_OBJECT");
        row->checksum = whole_checksum(assembly);
        return 0;
}

void s3_assembly_done(struct s3_assembly *assembly)
{
        sums_done(&assembly->etags);
        sums_done(&assembly->checksums);
}
