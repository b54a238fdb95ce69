#include "services/s3/checksum.h"

#include "base/text.h"

#define PREFIX STR("x-amz-checksum-")

/* -- Which */

static struct str header_of(struct arena *arena, enum sum sum)
{
        struct str name = arena_lower(arena, sum_name(sum));

        return arena_printf(arena, "%.*s%.*s", STR_ARG(PREFIX), STR_ARG(name));
}

/* "x-amz-trailer: x-amz-checksum-crc32c" */
static bool is_announced(const struct call *call, struct str header)
{
        struct str rest = http_header_value(call->request, STR("x-amz-trailer")), piece;

        while (str_cut(&rest, ',', &piece))
                if (str_eq_nocase(str_trim(piece), header))
                        return true;
        return false;
}

static int check_named(struct call *call)
{
        if (str_is_set(http_header_value(call->request, STR("x-amz-sdk-checksum-algorithm"))))
                return fail(
                        call, &s3_invalid_request,
                        "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or "
                        "x-amz-trailer headers were found.");
        return 0;
}

/* "If the individual checksum value you provide through x-amz-checksum-algorithm doesn't match the checksum
 * algorithm you set through x-amz-sdk-checksum-algorithm, Amazon S3 fails the request with a BadDigest
 * error." */
static int check_agreement(struct call *call, enum sum sum)
{
        struct str named = http_header_value(call->request, STR("x-amz-sdk-checksum-algorithm"));

        if (!str_is_set(named) || str_eq_nocase(named, sum_name(sum)))
                return 0;
        return fail(
                call, &s3_bad_digest,
                "The x-amz-sdk-checksum-algorithm you specified did not match the checksum you provided.");
}

static bool is_of_a_sum(struct call *call, struct str header)
{
        static const struct str OTHERS[] = {STR_INIT("x-amz-checksum-algorithm"),
                                            STR_INIT("x-amz-checksum-mode"), STR_INIT("x-amz-checksum-type")};

        for (size_t i = 0; i < ARRAY_LEN(OTHERS); i++)
                if (str_eq_nocase(header, OTHERS[i]))
                        return true;
        for (enum sum sum = 0; sum < SUM_KINDS; sum++)
                if (str_eq_nocase(header, header_of(&call->arena, sum)))
                        return true;
        return false;
}

/* A sum that nobody compares would be thought to be right. */
static int check_kinds(struct call *call)
{
        for (size_t i = 0; i < call->request->header_count; i++) {
                struct str name = call->request->headers[i].name;

                if (str_starts_nocase(name, STR("x-amz-checksum-")) && !is_of_a_sum(call, name))
                        return fail(call, &s3_invalid_request,
                                    "The algorithm type you specified in x-amz-checksum- header is invalid.");
        }
        return 0;
}

int s3_choose_checksum(struct call *call, enum sum *ret, struct str *ret_header, bool *ret_is_said)
{
        *ret = SUM_CRC64NVME;
        *ret_header = STR_NONE;
        TRY(check_kinds(call));
        for (enum sum sum = 0; sum < SUM_KINDS; sum++) {
                struct str header = header_of(&call->arena, sum);

                if (!str_is_set(http_header_value(call->request, header)) && !is_announced(call, header))
                        continue;
                if (str_is_set(*ret_header))
                        return fail(call, &s3_invalid_request,
                                    "Expecting a single x-amz-checksum- header. Multiple checksum Types are "
                                    "not allowed.");
                *ret = sum;
                *ret_header = header;
        }
        *ret_is_said = str_is_set(*ret_header);
        return *ret_is_said ? check_agreement(call, *ret) : check_named(call);
}

/* -- Whether they are right */

static int check_md5(struct call *call, const struct sums *sums)
{
        struct str claimed = http_header_value(call->request, STR("Content-MD5")), bytes;

        if (!str_is_set(claimed))
                return 0;
        if (base64_decode(&call->arena, claimed, &bytes) < 0 || bytes.len != sum_len(SUM_MD5)) {
                call_detail(call, STR("Content-MD5"), claimed);
                return fail(call, &s3_invalid_digest, "The Content-MD5 you specified was invalid.");
        }
        if (str_eq(bytes, sums_get(sums, SUM_MD5)))
                return 0;
        call_detail(call, STR("ExpectedDigest"), claimed);
        call_detail(call, STR("CalculatedDigest"), base64_encode(&call->arena, sums_get(sums, SUM_MD5)));
        return fail(call, &s3_bad_digest, "The Content-MD5 you specified did not match what we received.");
}

/* A header, or what came behind the body. */
static struct str claimed_value(const struct call *call, struct str header)
{
        struct str value = http_header_value(call->request, header);

        for (size_t i = 0; !str_is_set(value) && i < call->trailers.count; i++)
                if (str_eq_nocase(call->trailers.items[i].key, header))
                        value = call->trailers.items[i].value;
        return value;
}

int s3_check_sums(struct call *call, const struct sums *sums, enum sum checksum, struct str header)
{
        struct str claimed, bytes, name = sum_name(checksum);

        TRY(check_md5(call, sums));
        if (!str_is_set(header))
                return 0;
        claimed = claimed_value(call, header);
        if (base64_decode(&call->arena, claimed, &bytes) < 0 || bytes.len != sum_len(checksum))
                return fail(call, &s3_invalid_request, "Value for %.*s header is invalid.", STR_ARG(header));
        if (str_eq(bytes, sums_get(sums, checksum)))
                return 0;
        return fail(call, &s3_bad_digest, "The %.*s you specified did not match the calculated checksum.",
                    STR_ARG(name));
}

/* -- Parts of uploads */

enum sum s3_upload_checksum(const struct s3_object_record *upload)
{
        enum sum sum;

        return sum_find(upload->checksum_algorithm, &sum) < 0 ? SUM_CRC64NVME : sum;
}

static int mismatch(struct call *call, struct str expected, struct str actual)
{
        expected = arena_lower(&call->arena, expected);
        actual = arena_lower(&call->arena, actual);
        return fail(
                call, &s3_invalid_request,
                "Checksum Type mismatch occurred, expected checksum Type: %.*s, actual checksum Type: %.*s",
                STR_ARG(expected), STR_ARG(actual));
}

/* Only where the checksum of the whole follows from those of the parts may S3 find these out by itself. */
int s3_check_part_checksum(struct call *call, const struct s3_object_record *upload, bool is_said,
                           enum sum *ret)
{
        struct str expected = upload->checksum_algorithm, none = STR("null");
        bool is_composite = str_eq(upload->checksum_type, STR("COMPOSITE"));
        enum sum said = *ret;

        *ret = s3_upload_checksum(upload);
        if (is_said && said != *ret)
                return mismatch(call, str_is_set(expected) ? expected : none, sum_name(said));
        return is_said || !is_composite ? 0 : mismatch(call, expected, none);
}

/* -- Members of shapes */

static const struct str ORDER[] = {
        STR_INIT("CRC32"),   STR_INIT("CRC32C"),    STR_INIT("CRC64NVME"), STR_INIT("SHA1"),
        STR_INIT("SHA256"),  STR_INIT("SHA512"),    STR_INIT("MD5"),       STR_INIT("XXHASH64"),
        STR_INIT("XXHASH3"), STR_INIT("XXHASH128"),
};

void s3_tell_checksum(struct str *first, struct str algorithm, struct str value)
{
        for (size_t i = 0; i < ARRAY_LEN(ORDER); i++)
                if (str_eq(ORDER[i], algorithm))
                        first[i] = value;
}

struct str s3_said_checksum(const struct str *first, struct str algorithm)
{
        for (size_t i = 0; i < ARRAY_LEN(ORDER); i++)
                if (str_eq(ORDER[i], algorithm))
                        return first[i];
        return STR_NONE;
}
