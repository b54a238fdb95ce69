#include "auth/signature.h"

#include "auth/canonical.h"
#include "base/text.h"

#define CANONICAL_MAX   ((size_t)256 * 1024)
#define CANONICAL_FIRST ((size_t)2048)
#define HEX_LEN         ((size_t)2 * SHA256_LEN)

/* What is not signed could be changed on the way: the host, and every header that means something to AWS. */
static int check_signed_headers(struct check *check)
{
        const struct http_request *request = check->request;

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

/* S3 takes bodies that are not signed. Elsewhere the hash is always that of what came, so that a body changed
 * on the way is found out whatever the client says of it. */
static bool is_unsigned_body(const struct check *check)
{
        return str_eq(check->claim.payload_hash, STR(UNSIGNED_PAYLOAD));
}

/* The client's own word if it gave one (body_check() proves it), else the hash of what came. */
static struct str payload_hash(const struct check *check, char room[HEX_LEN])
{
        bool is_refused = is_unsigned_body(check) && !check->expected->path_is_literal;

        if (str_is_set(check->claim.payload_hash) && !is_refused)
                return check->claim.payload_hash;
        if (check->claim.is_presigned && check->expected->path_is_literal)
                return STR(UNSIGNED_PAYLOAD);
        sha256_hex(check->request->body, room);
        return str_make(room, HEX_LEN);
}

/* The hash of the canonical request in hexadecimal. */
static int canonical_hash(struct check *check, char ret[HEX_LEN])
{
        _cleanup_(buf_done) struct buf canonical = {};
        char room[HEX_LEN];

        buf_init(&canonical, CANONICAL_MAX);
        if (!buf_extend(&canonical, CANONICAL_FIRST)) /* most requests then need no second allocation */
                return -ENOMEM;
        buf_clear(&canonical);
        TRY(canonical_request(check->request, &check->claim, check->expected->path_is_literal,
                              payload_hash(check, room), check->arena, &canonical));
        sha256_hex(buf_str(&canonical), ret);
        return 0;
}

static int expected_signature(struct check *check, const struct key_secret *secret, const char hash[HEX_LEN],
                              char ret[HEX_LEN])
{
        const struct claim *claim = &check->claim;
        const struct str pieces[] = {
                STR(SIGNING_ALGORITHM "\n"), claim->timestamp, STR("\n"), claim->scope, STR("\n"),
                str_make(hash, HEX_LEN)};
        uint8_t key[SHA256_LEN], mac[SHA256_LEN];

        TRY(signing_key(check, secret, key));
        hmac_sha256_pieces(str_make(key, sizeof(key)), pieces, ARRAY_LEN(pieces), mac);
        secret_wipe(key, sizeof(key));
        hex_write(ret, mac, sizeof(mac));
        return 0;
}

static int refuse_signature(struct check *check)
{
        return refuse(check, AUTH_BAD_SIGNATURE,
                      "The request signature we calculated does not match the signature you provided. Check "
                      "your AWS "
                      "Secret Access Key and signing method. Consult the service documentation for details.");
}

int signature_check(struct check *check, const struct key_secret *secret)
{
        char hash[HEX_LEN], expected[HEX_LEN];
        int r;

        TRY(check_signed_headers(check));
        r = canonical_hash(check, hash);
        if (r == -EBADMSG || r == -EMSGSIZE) /* no canonical form that an honest signer could have had */
                return refuse_signature(check);
        TRY(r);
        TRY(expected_signature(check, secret, hash, expected));
        if (!secret_equal(str_make(expected, HEX_LEN), check->claim.signature))
                return refuse_signature(check);
        return 0;
}

int body_check(struct check *check)
{
        struct str claimed = check->claim.payload_hash;
        char actual[HEX_LEN];

        if (!str_is_set(claimed) || is_unsigned_body(check))
                return 0;
        sha256_hex(check->request->body, actual);
        if (!str_eq(claimed, str_make(actual, HEX_LEN)))
                return refuse(check, AUTH_BAD_BODY_HASH,
                              "The provided 'x-amz-content-sha256' header does not match what was computed.");
        return 0;
}
