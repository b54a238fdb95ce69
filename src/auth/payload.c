#include "auth/payload.h"

#define HEX_LEN  ((size_t)2 * SHA256_LEN)
#define UNSIGNED "UNSIGNED-PAYLOAD"

static const struct {
        struct str text;
        enum auth_payload payload;
        bool is_signed;
} WORDS[] = {
        {STR_INIT(UNSIGNED), PAYLOAD_UNSIGNED, false},
        {STR_INIT("STREAMING-AWS4-HMAC-SHA256-PAYLOAD"), PAYLOAD_CHUNKS, true},
        {STR_INIT("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"), PAYLOAD_CHUNKS_TRAILER, true},
        {STR_INIT("STREAMING-UNSIGNED-PAYLOAD-TRAILER"), PAYLOAD_UNSIGNED_TRAILER, false},
};

static bool is_hash(struct str s)
{
        for (size_t i = 0; i < s.len; i++)
                if (!((s.ptr[i] >= '0' && s.ptr[i] <= '9') || (s.ptr[i] >= 'a' && s.ptr[i] <= 'f')))
                        return false;
        return s.len == HEX_LEN;
}

/* Signatures of version 4A alone go with these. */
static bool is_ecdsa(struct str s)
{
        return str_eq(s, STR("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD")) ||
               str_eq(s, STR("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER"));
}

static int refuse_value(struct check *check, struct str claimed)
{
        refuse_detail(check, "ArgumentName", STR("x-amz-content-sha256"));
        refuse_detail(check, "ArgumentValue", claimed);
        return refuse(check, AUTH_BAD_ARGUMENT,
                      "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "
                      "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, "
                      "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, "
                      "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value.");
}

static int recognise(struct check *check, struct str claimed)
{
        struct auth_result *result = check->result;

        for (size_t i = 0; i < ARRAY_LEN(WORDS); i++) {
                if (!str_eq(claimed, WORDS[i].text))
                        continue;
                result->payload = WORDS[i].payload;
                result->is_body_signed = WORDS[i].is_signed;
                return 0;
        }
        if (is_ecdsa(claimed)) {
                refuse_detail(check, "Header", STR("x-amz-content-sha256"));
                return refuse(check, AUTH_NOT_IMPLEMENTED,
                              "A header you provided implies functionality that is not implemented");
        }
        if (!is_hash(claimed))
                return refuse_value(check, claimed);
        result->payload = PAYLOAD_HASHED;
        result->is_body_signed = true;
        return 0;
}

/* A presigned request has no seed that chunks could go on from, and most operations take no chunks. */
static int check_stream(struct check *check)
{
        if (payload_is_streamed(check->result->payload) &&
            (check->claim.is_presigned || !check->expected->ret_stream))
                return refuse(check, AUTH_BAD_REQUEST,
                              "The value of x-amz-content-sha256 header is invalid.");
        return 0;
}

/* Nobody has a key that its chunks could be signed with; a hash is the sender's own affair. */
int payload_read_anonymous(struct check *check)
{
        struct str claimed = http_header_value(check->request, STR("X-Amz-Content-Sha256"));

        check->result->payload_hash = claimed;
        if (!str_is_set(claimed))
                return 0;
        TRY(recognise(check, claimed));
        check->result->is_body_signed = false;
        if (check->result->payload == PAYLOAD_CHUNKS || check->result->payload == PAYLOAD_CHUNKS_TRAILER)
                return refuse(check, AUTH_BAD_REQUEST,
                              "Anonymous requests don't support this x-amz-content-sha256 value. Please use "
                              "UNSIGNED-PAYLOAD or STREAMING-UNSIGNED-PAYLOAD-TRAILER.");
        return check_stream(check);
}

/* What a presigned request does not say of its body it leaves unsigned.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html */
static int read_s3(struct check *check)
{
        if (str_is_set(check->claim.payload_hash)) {
                TRY(recognise(check, check->claim.payload_hash));
                return check_stream(check);
        }
        if (check->claim.is_presigned)
                return 0;
        return refuse(check, AUTH_BAD_REQUEST,
                      "Missing required header for this request: x-amz-content-sha256");
}

/* Elsewhere the hash is always that of what came, so that a body changed on the way is found out whatever the
 * client says of it. */
int payload_read(struct check *check)
{
        struct str claimed = check->claim.payload_hash;

        check->result->payload_hash = claimed;
        if (check->expected->path_is_literal)
                return read_s3(check);
        if (str_is_set(claimed) && !str_eq(claimed, STR(UNSIGNED)))
                check->result->payload = PAYLOAD_HASHED;
        check->result->is_body_signed = true;
        return 0;
}

/* The client's own word if it gave one (payload_check() proves it), else the hash of what came. */
struct str payload_text(const struct check *check, char room[HEX_LEN])
{
        struct str claimed = check->claim.payload_hash;
        bool is_s3 = check->expected->path_is_literal;

        if (str_is_set(claimed) && (is_s3 || !str_eq(claimed, STR(UNSIGNED))))
                return claimed;
        if (is_s3)
                return STR(UNSIGNED);
        sha256_hex(check->request->body, room);
        return str_make(room, HEX_LEN);
}

int payload_check(struct check *check)
{
        char actual[HEX_LEN];

        if (check->result->payload != PAYLOAD_HASHED || check->expected->body_comes_later)
                return 0;
        sha256_hex(check->request->body, actual);
        if (!str_eq(check->claim.payload_hash, str_make(actual, HEX_LEN)))
                return refuse(check, AUTH_BAD_BODY_HASH,
                              "The provided 'x-amz-content-sha256' header does not match what was computed.");
        return 0;
}
