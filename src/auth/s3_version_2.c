#include "auth/s3_version_2.h"

#include "auth/cache.h"
#include "auth/internal.h"
#include "base/buf.h"
#include "base/text.h"
#include "crypto/digest.h"

#define SIGNED_MAX  ((size_t)64 * 1024)
#define HEADERS_MAX 64
#define SHA1_LEN    20

bool s3_is_version_2(const struct http_request *request)
{
        struct str value;

        return query_parameter(request, STR("AWSAccessKeyId"), &value) &&
               query_parameter(request, STR("Signature"), &value);
}

/* -- What it claims */

static int take(struct check *check, const char *name, struct str *ret)
{
        struct str raw;

        if (query_parameter(check->request, str_of(name), &raw) == 1 &&
            percent_decode(check->arena, raw, false, ret) == 0)
                return 0;
        return refuse(
                check, AUTH_DENIED,
                "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters");
}

int s3_version_2_read(struct check *check)
{
        struct claim *claim = &check->claim;
        struct str raw, expires = STR_NONE;
        int64_t end_s;

        check->result->signature_version = STR("AWS");
        claim->is_version_2 = claim->is_presigned = check->result->is_presigned = true;
        TRY(take(check, "AWSAccessKeyId", &claim->access_key_id));
        TRY(take(check, "Signature", &claim->signature));
        TRY(take(check, "Expires", &expires));
        check->result->access_key_id = claim->access_key_id;
        if (query_parameter(check->request, STR("x-amz-security-token"), &raw))
                TRY(take(check, "x-amz-security-token", &claim->token));
        if (str_to_i64(expires, &end_s) < 0 || end_s < 0 || end_s > INT32_MAX * INT64_C(8))
                return refuse(check, AUTH_DENIED, "Invalid date (should be seconds since epoch): %.*s",
                              SHOWN_ARG(expires));
        claim->end_ms = end_s * MS_PER_S;
        claim->payload_hash = STR("UNSIGNED-PAYLOAD");
        return 0;
}

/* -- What is signed */

struct header {
        struct str name, value;
};

static int compare(const void *a, const void *b)
{
        const struct header *x = a, *y = b;

        return str_cmp(x->name, y->name);
}

struct headers {
        struct header items[HEADERS_MAX];
        size_t count;
};

static int add_header(struct check *check, struct headers *headers, struct str name, struct str value)
{
        name = arena_lower(check->arena, name);
        for (size_t i = 0; i < headers->count; i++)
                if (str_eq(headers->items[i].name, name)) {
                        headers->items[i].value = arena_printf(
                                check->arena, "%.*s,%.*s", STR_ARG(headers->items[i].value), STR_ARG(value));
                        return 0;
                }
        if (headers->count == HEADERS_MAX)
                return -EMSGSIZE;
        headers->items[headers->count++] = (struct header){name, value};
        return 0;
}

/* Those of the request, and those that stand in the query in their place. */
static int gather_headers(struct check *check, struct headers *headers)
{
        const struct http_request *request = check->request;

        for (size_t i = 0; i < request->header_count; i++)
                if (str_starts_nocase(request->headers[i].name, STR("x-amz-")))
                        TRY(add_header(check, headers, request->headers[i].name, request->headers[i].value));
        for (struct str rest = request->query, pair, name, value; str_cut(&rest, '&', &pair);) {
                (void)str_cut(&pair, '=', &name);
                if (!str_starts_nocase(name, STR("x-amz-")))
                        continue;
                if (percent_decode(check->arena, str_is_set(pair) ? pair : STR(""), false, &value) < 0)
                        return -EBADMSG;
                TRY(add_header(check, headers, name, value));
        }
        qsort(headers->items, headers->count, sizeof(headers->items[0]), compare);
        return 0;
}

/* By itself, or in the query in its place. */
static struct str plain_header(struct check *check, const char *name)
{
        struct str value = http_header_value(check->request, str_of(name)), raw;
        struct str lower = arena_lower(check->arena, str_of(name));

        if (str_is_set(value))
                return value;
        if (query_parameter(check->request, lower, &raw) != 1 ||
            percent_decode(check->arena, raw, false, &value) < 0)
                return STR("");
        return value;
}

static bool is_sub_resource(struct str name)
{
        static const struct str NAMES[] = {STR_INIT("accelerate"),
                                           STR_INIT("acl"),
                                           STR_INIT("analytics"),
                                           STR_INIT("cors"),
                                           STR_INIT("defaultObjectAcl"),
                                           STR_INIT("delete"),
                                           STR_INIT("inventory"),
                                           STR_INIT("lifecycle"),
                                           STR_INIT("location"),
                                           STR_INIT("logging"),
                                           STR_INIT("metrics"),
                                           STR_INIT("notification"),
                                           STR_INIT("object-lock"),
                                           STR_INIT("partNumber"),
                                           STR_INIT("policy"),
                                           STR_INIT("replication"),
                                           STR_INIT("requestPayment"),
                                           STR_INIT("response-cache-control"),
                                           STR_INIT("response-content-disposition"),
                                           STR_INIT("response-content-encoding"),
                                           STR_INIT("response-content-language"),
                                           STR_INIT("response-content-type"),
                                           STR_INIT("response-expires"),
                                           STR_INIT("restore"),
                                           STR_INIT("select"),
                                           STR_INIT("select-type"),
                                           STR_INIT("storageClass"),
                                           STR_INIT("tagging"),
                                           STR_INIT("torrent"),
                                           STR_INIT("uploadId"),
                                           STR_INIT("uploads"),
                                           STR_INIT("versionId"),
                                           STR_INIT("versioning"),
                                           STR_INIT("versions"),
                                           STR_INIT("website")};

        for (size_t i = 0; i < ARRAY_LEN(NAMES); i++)
                if (str_eq(NAMES[i], name))
                        return true;
        return false;
}

/* What the signature does not cover, and may not: it pages and shapes listings, and names no operation. Of
 * any other parameter (a sub-resource that is younger than this version, such as "retention") whoever holds
 * the URL could make another call of it. */
static bool may_be_unsigned(struct str name)
{
        static const struct str NAMES[] = {STR_INIT("AWSAccessKeyId"),
                                           STR_INIT("Signature"),
                                           STR_INIT("Expires"),
                                           STR_INIT("content-md5"),
                                           STR_INIT("content-type"),
                                           STR_INIT("bucket-region"),
                                           STR_INIT("continuation-token"),
                                           STR_INIT("delimiter"),
                                           STR_INIT("encoding-type"),
                                           STR_INIT("fetch-owner"),
                                           STR_INIT("key-marker"),
                                           STR_INIT("list-type"),
                                           STR_INIT("marker"),
                                           STR_INIT("max-buckets"),
                                           STR_INIT("max-keys"),
                                           STR_INIT("max-parts"),
                                           STR_INIT("max-uploads"),
                                           STR_INIT("part-number-marker"),
                                           STR_INIT("prefix"),
                                           STR_INIT("start-after"),
                                           STR_INIT("upload-id-marker"),
                                           STR_INIT("version-id-marker")};

        for (size_t i = 0; i < ARRAY_LEN(NAMES); i++)
                if (str_eq(NAMES[i], name))
                        return true;
        return str_starts_nocase(name, STR("x-amz-")); /* signed in a header's place */
}

static int gather_sub_resources(struct check *check, struct headers *found)
{
        for (struct str rest = check->request->query, pair, name, value; str_cut(&rest, '&', &pair);) {
                (void)str_cut(&pair, '=', &name);
                if (!is_sub_resource(name) && !may_be_unsigned(name))
                        return -EBADMSG;
                if (!is_sub_resource(name))
                        continue;
                if (found->count == HEADERS_MAX)
                        return -EMSGSIZE;
                value = STR_NONE;
                if (str_is_set(pair) && percent_decode(check->arena, pair, false, &value) < 0)
                        return -EBADMSG;
                found->items[found->count++] = (struct header){name, value};
        }
        qsort(found->items, found->count, sizeof(found->items[0]), compare);
        return 0;
}

static int write_signed(struct check *check, struct buf *out)
{
        const struct http_request *request = check->request;
        struct headers headers = {}, subs = {};
        struct str md5 = plain_header(check, "Content-MD5"), type = plain_header(check, "Content-Type");

        TRY(gather_headers(check, &headers));
        TRY(gather_sub_resources(check, &subs));
        buf_addf(out, "%.*s\n%.*s\n%.*s\n%lld\n", STR_ARG(request->method), STR_ARG(md5), STR_ARG(type),
                 (long long)(check->claim.end_ms / MS_PER_S));
        for (size_t i = 0; i < headers.count; i++)
                buf_addf(out, "%.*s:%.*s\n", STR_ARG(headers.items[i].name), STR_ARG(headers.items[i].value));
        buf_add(out, str_is_set(check->expected->full_path) ? check->expected->full_path : request->path);
        for (size_t i = 0; i < subs.count; i++) {
                buf_add_byte(out, i ? '&' : '?');
                buf_add(out, subs.items[i].name);
                if (str_is_set(subs.items[i].value))
                        buf_addf(out, "=%.*s", STR_ARG(subs.items[i].value));
        }
        return buf_check(out);
}

/* -- Its end */

static int64_t first_seen(struct check *check, int64_t now_ms)
{
        uint8_t at[SHA256_LEN];
        struct str found;
        int64_t seen;

        sha256(check->claim.signature, at);
        if (cache_get(check->auth->first_seen, at, check->arena, &found) && found.len == sizeof(seen)) {
                memcpy(&seen, found.ptr, sizeof(seen));
                return seen;
        }
        cache_put(check->auth->first_seen, at, str_make(&now_ms, sizeof(now_ms)));
        return now_ms;
}

int64_t s3_version_2_now(struct check *check)
{
        const struct clock *clock = check->auth->clock;
        int64_t now_ms = clock_wall_ms(), seen_ms = first_seen(check, now_ms);

        /* An advance of the very millisecond came after it. */
        return clock_now_ms(clock) - (clock_at(clock, seen_ms - 1) - (seen_ms - 1));
}

static int check_end(struct check *check)
{
        int64_t now_ms = s3_version_2_now(check);

        if (now_ms <= check->claim.end_ms)
                return 0;
        refuse_detail(check, "Expires", time_iso(check->arena, check->claim.end_ms));
        refuse_detail(check, "ServerTime", time_iso(check->arena, now_ms));
        return refuse(check, AUTH_EXPIRED_REQUEST, "Request has expired");
}

/* -- The proof */

static int expected_signature(struct check *check, const struct key_secret *secret, struct str *ret)
{
        _cleanup_(buf_done) struct buf text = {};
        _cleanup_(secret_done) struct secret clear = {};
        uint8_t mac[DIGEST_MAX];

        buf_init(&text, SIGNED_MAX);
        TRY(write_signed(check, &text));
        TRY(secret->open(check, secret->arg, &clear));
        hmac_of(DIGEST_SHA1, secret_str(&clear), buf_str(&text), mac);
        *ret = base64_encode(check->arena, str_make(mac, SHA1_LEN));
        return str_is_set(*ret) ? 0 : -ENOMEM;
}

int s3_version_2_check(struct check *check, const struct key_secret *secret)
{
        struct str expected;
        int r = expected_signature(check, secret, &expected);

        if (r < 0 && r != -EBADMSG && r != -EMSGSIZE)
                return r;
        if (r < 0 || !secret_equal(expected, check->claim.signature))
                return refuse(
                        check, AUTH_BAD_SIGNATURE,
                        "The request signature we calculated does not match the signature you provided. "
                        "Check your key and signing method.");
        return check_end(check);
}
