/* https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
#include "server/body_sum.h"

#include "base/text.h"
#include "crypto/sums.h"

#define PREFIX       "x-amz-checksum-"
#define SUM_NAME_MAX 16

#define ERROR(name)                                                                                          \
        {                                                                                                    \
                STR_INIT(name), STR_INIT(name), 400, true                                                    \
        }

static const struct api_error BAD_DIGEST = ERROR("BadDigest"), INVALID_DIGEST = ERROR("InvalidDigest"),
                              INVALID_REQUEST = ERROR("InvalidRequest");

static int refuse(struct flight *flight, const struct api_error *error, const char *format, ...)
        _printf_(3, 4);
static int refuse(struct flight *flight, const struct api_error *error, const char *format, ...)
{
        va_list args;

        va_start(args, format);
        flight->call.error = error;
        flight->call.error_message = arena_vprintf(&flight->call.arena, format, args);
        va_end(args);
        return -ECALL;
}

static int read_sum(struct flight *flight, enum sum sum, struct str text, struct str *ret)
{
        int r = base64_decode(&flight->call.arena, text, ret);

        return r == 0 && ret->len != sum_len(sum) ? -EINVAL : r;
}

static bool adds_up(const struct flight *flight, enum sum sum, struct str expected)
{
        uint8_t actual[SUM_MAX];

        sum_of(sum, flight->call.request->body, actual);
        return memcmp(actual, expected.ptr, expected.len) == 0;
}

/* -- Content-MD5 */

static int refuse_md5(struct flight *flight, struct str text)
{
        struct call *call = &flight->call;
        uint8_t actual[SUM_MAX];

        sum_of(SUM_MD5, call->request->body, actual);
        call_detail(call, STR("ExpectedDigest"), text);
        call_detail(call, STR("CalculatedDigest"),
                    base64_encode(&call->arena, str_make(actual, sum_len(SUM_MD5))));
        return refuse(flight, &BAD_DIGEST, "The Content-MD5 you specified did not match what we received.");
}

static int check_md5(struct flight *flight, struct str text)
{
        struct str expected;
        int r = read_sum(flight, SUM_MD5, text, &expected);

        if (r == -ENOMEM)
                return r;
        if (r < 0) {
                call_detail(&flight->call, STR("Content-MD5"), utf8_is_valid(text) ? text : STR(""));
                return refuse(flight, &INVALID_DIGEST, "The Content-MD5 you specified was invalid.");
        }
        return adds_up(flight, SUM_MD5, expected) ? 0 : refuse_md5(flight, text);
}

/* -- x-amz-checksum-... */

/* "x-amz-checksum-crc32"; the names of what a checksum is of (-type, -mode, -algorithm) name none. */
static bool names_sum(struct str header, enum sum *ret)
{
        char upper[SUM_NAME_MAX];
        struct str name = str_from(header, strlen(PREFIX) < header.len ? strlen(PREFIX) : header.len);

        if (!str_starts_nocase(header, STR(PREFIX)) || name.len == 0 || name.len > sizeof(upper))
                return false;
        for (size_t i = 0; i < name.len; i++)
                upper[i] =
                        (char)(name.ptr[i] >= 'a' && name.ptr[i] <= 'z' ? name.ptr[i] & ~0x20 : name.ptr[i]);
        return sum_find(str_make(upper, name.len), ret) == 0;
}

static int find_sum(struct flight *flight, const struct http_header **ret, enum sum *ret_sum)
{
        const struct http_request *request = flight->call.request;
        enum sum sum;

        *ret = NULL;
        for (size_t i = 0; i < request->header_count; i++) {
                if (!names_sum(request->headers[i].name, &sum))
                        continue;
                if (*ret)
                        return refuse(
                                flight, &INVALID_REQUEST,
                                "Expecting a single x-amz-checksum- header. Multiple checksum Types are not "
                                "allowed.");
                *ret = &request->headers[i];
                *ret_sum = sum;
        }
        return 0;
}

static int check_sum(struct flight *flight, const struct http_header *header, enum sum sum)
{
        struct str expected, name = sum_name(sum);
        int r = read_sum(flight, sum, header->value, &expected);

        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return refuse(flight, &INVALID_REQUEST, "Value for %.*s header is invalid.",
                              STR_ARG(arena_lower(&flight->call.arena, header->name)));
        if (adds_up(flight, sum, expected))
                return 0;
        return refuse(flight, &BAD_DIGEST, "The %.*s you specified did not match the calculated checksum.",
                      STR_ARG(name));
}

/* An algorithm is named for the sake of SDKs, and counts for nothing beside a sum; but without one it shows
 * that the sum was lost on its way. */
static int require_sum(struct flight *flight, bool has_md5)
{
        const struct call *call = &flight->call;

        if (str_is_set(http_header_value(call->request, STR("x-amz-sdk-checksum-algorithm"))))
                return refuse(
                        flight, &INVALID_REQUEST,
                        "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or "
                        "x-amz-trailer headers were found.");
        if (call->operation->needs_sum && !has_md5)
                return refuse(flight, &INVALID_REQUEST,
                              "Missing required header for this request: Content-MD5 OR x-amz-checksum-*");
        return 0;
}

static bool has_gathered_body(const struct flight *flight)
{
        struct str method = flight->call.request->method;

        return flight->service->has_s3_errors && !flight->call.operation->receive &&
               (str_eq(method, STR("PUT")) || str_eq(method, STR("POST")));
}

/* Of the operation's members, or of an upload as a whole: then the header sums up something else. */
static bool sums_something_else(const struct flight *flight)
{
        const struct wire_type *input = flight->call.operation->input;
        enum sum sum;

        for (size_t i = 0; i < input->member_count; i++)
                if (input->members[i].place == WIRE_IN_HEADER && names_sum(input->members[i].wire_name, &sum))
                        return true;
        return false;
}

int body_sum_check(struct flight *flight)
{
        const struct http_header *header = NULL;
        enum sum sum = SUM_MD5;
        struct str md5;

        if (!has_gathered_body(flight))
                return 0;
        md5 = http_header_value(flight->call.request, STR("Content-MD5"));
        if (str_is_set(md5))
                TRY(check_md5(flight, md5));
        if (sums_something_else(flight))
                return 0;
        TRY(find_sum(flight, &header, &sum));
        return header ? check_sum(flight, header, sum) : require_sum(flight, str_is_set(md5));
}
