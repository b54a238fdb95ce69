#include "auth/signature.h"

#include "auth/canonical.h"
#include "auth/payload.h"
#include "auth/s3.h"
#include "base/text.h"

#define CANONICAL_MAX   ((size_t)256 * 1024)
#define CANONICAL_FIRST ((size_t)2048)
#define HEX_LEN         ((size_t)2 * SHA256_LEN)

/* What is not signed could be changed on the way: the host, and every header that means something to AWS. */
static int check_signed_headers(struct check *check)
{
        const struct http_request *request = check->request;

        if (check->expected->path_is_literal)
                return s3_signed_headers_check(check);
        if (!is_signed_header(check->claim.signed_headers, STR("host")))
                return refuse(check, AUTH_BAD_SIGNATURE,
                              "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
        for (size_t i = 0; i < request->header_count; i++)
                if (str_starts_nocase(request->headers[i].name, STR("x-amz-")) &&
                    !is_signed_header(check->claim.signed_headers, request->headers[i].name))
                        return refuse(
                                check, AUTH_BAD_SIGNATURE,
                                "There were headers present in the request which were not signed: '%.*s'",
                                SHOWN_ARG(request->headers[i].name));
        return 0;
}

static int make_canonical(struct check *check, struct buf *canonical)
{
        char room[HEX_LEN];

        buf_init(canonical, CANONICAL_MAX);
        if (!buf_extend(canonical, CANONICAL_FIRST)) /* most requests then need no second allocation */
                return -ENOMEM;
        buf_clear(canonical);
        return canonical_request(check->request, &check->claim, check->expected->path_is_literal,
                                 payload_text(check, room), check->arena, canonical);
}

/* The hash of the canonical request in hexadecimal. */
static int canonical_hash(struct check *check, char ret[HEX_LEN])
{
        _cleanup_(buf_done) struct buf canonical = {};

        TRY(make_canonical(check, &canonical));
        sha256_hex(buf_str(&canonical), ret);
        return 0;
}

static void expected_signature(const struct check *check, const uint8_t key[SHA256_LEN],
                               const char hash[HEX_LEN], char ret[HEX_LEN])
{
        const struct claim *claim = &check->claim;
        const struct str pieces[] = {
                STR(SIGNING_ALGORITHM "\n"), claim->timestamp, STR("\n"), claim->scope, STR("\n"),
                str_make(hash, HEX_LEN)};
        uint8_t mac[SHA256_LEN];

        hmac_sha256_pieces(str_make(key, SHA256_LEN), pieces, ARRAY_LEN(pieces), mac);
        hex_write(ret, mac, sizeof(mac));
}

/* "e1 2f": as S3 shows bytes of which some cannot be seen. */
static struct str in_bytes(struct check *check, struct str text)
{
        char *out = text.len ? arena_alloc(check->arena, 3 * text.len) : NULL;

        if (!out)
                return STR("");
        for (size_t i = 0; i < text.len; i++) {
                hex_write(out + 3 * i, (const uint8_t *)text.ptr + i, 1);
                out[3 * i + 2] = ' ';
        }
        return str_make(out, 3 * text.len - 1);
}

/* With these S3 lets whoever signs find where the two differ. All of it came with the request. */
static void explain(struct check *check)
{
        _cleanup_(buf_done) struct buf canonical = {};
        const struct claim *claim = &check->claim;
        struct str text, to_sign;
        char hash[HEX_LEN];

        if (make_canonical(check, &canonical) < 0)
                return;
        text = arena_dup(check->arena, buf_str(&canonical));
        sha256_hex(text, hash);
        to_sign = arena_printf(check->arena, SIGNING_ALGORITHM "\n%.*s\n%.*s\n%.*s",
                               STR_ARG(claim->timestamp), STR_ARG(claim->scope), (int)HEX_LEN, hash);
        refuse_detail(check, "AWSAccessKeyId", claim->access_key_id);
        refuse_detail_whole(check, "StringToSign", to_sign);
        refuse_detail(check, "SignatureProvided", claim->signature);
        refuse_detail_whole(check, "StringToSignBytes", in_bytes(check, to_sign));
        refuse_detail_whole(check, "CanonicalRequest", text);
        refuse_detail_whole(check, "CanonicalRequestBytes", in_bytes(check, text));
}

static int refuse_signature(struct check *check)
{
        if (check->expected->path_is_literal) {
                explain(check);
                return refuse(
                        check, AUTH_BAD_SIGNATURE,
                        "The request signature we calculated does not match the signature you provided. "
                        "Check your key and signing method.");
        }
        return refuse(check, AUTH_BAD_SIGNATURE,
                      "The request signature we calculated does not match the signature you provided. Check "
                      "your AWS "
                      "Secret Access Key and signing method. Consult the service documentation for details.");
}

/* What a decoder of the body's chunks goes on from. */
static int hand_out_stream(struct check *check, const uint8_t key[SHA256_LEN])
{
        struct auth_stream *stream = check->expected->ret_stream;

        if (!payload_is_streamed(check->result->payload) || !check->result->is_body_signed)
                return 0;
        TRY(secret_copy(&stream->signing_key, str_make(key, SHA256_LEN)));
        stream->seed = check->claim.signature;
        stream->timestamp = check->claim.timestamp;
        stream->scope = check->claim.scope;
        return 0;
}

static int prove(struct check *check, const struct key_secret *secret, const char hash[HEX_LEN])
{
        char expected[HEX_LEN];
        uint8_t key[SHA256_LEN];
        int r;

        TRY(signing_key(check, secret, key));
        expected_signature(check, key, hash, expected);
        r = secret_equal(str_make(expected, HEX_LEN), check->claim.signature) ? hand_out_stream(check, key)
                                                                              : refuse_signature(check);
        secret_wipe(key, sizeof(key));
        return r;
}

int signature_check(struct check *check, const struct key_secret *secret)
{
        char hash[HEX_LEN];
        int r;

        TRY(check_signed_headers(check));
        r = canonical_hash(check, hash);
        if (r == -EBADMSG || r == -EMSGSIZE) /* no canonical form that an honest signer could have had */
                return refuse_signature(check);
        TRY(r);
        return prove(check, secret, hash);
}
