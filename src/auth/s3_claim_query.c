/* https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html */
#include "auth/s3.h"

#include "base/text.h"

static int refuse_query(struct check *check, const char *message)
{
        return refuse(check, AUTH_BAD_QUERY, "%s", message);
}

/* All of them must come; with one that comes twice it would be anybody's guess which was meant. */
static int take(struct check *check, struct str name, struct str *ret)
{
        struct str raw;

        *ret = STR_NONE;
        if (query_parameter(check->request, name, &raw) != 1 ||
            percent_decode(check->arena, raw, false, ret) < 0 || ret->len == 0)
                return refuse_query(check,
                                    "Query-string authentication version 4 requires the X-Amz-Algorithm, "
                                    "X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and "
                                    "X-Amz-Expires parameters.");
        return 0;
}

static int take_optional(struct check *check, struct str name, struct str *ret)
{
        struct str raw;

        *ret = STR_NONE;
        return query_parameter(check->request, name, &raw) ? take(check, name, ret) : 0;
}

static int read_date(struct check *check, struct str date)
{
        int64_t ms;

        if (time_parse_basic(date, &ms) < 0)
                return refuse_query(check,
                                    "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
        return claim_set_timestamp(check, date);
}

static int read_lifetime(struct check *check, struct str text)
{
        int64_t seconds;
        int r = str_to_i64(text, &seconds);

        if (r == -EINVAL)
                return refuse_query(check, "X-Amz-Expires should be a number");
        if (r == 0 && seconds < 0)
                return refuse_query(check, "X-Amz-Expires must be non-negative");
        if (r < 0 || seconds > LIFETIME_MAX_S)
                return refuse_query(check,
                                    "X-Amz-Expires must be less than a week (in seconds); that is, the given "
                                    "X-Amz-Expires must be less than 604800 seconds");
        check->claim.lifetime_s = seconds;
        return 0;
}

int s3_claim_read_query(struct check *check)
{
        struct claim *claim = &check->claim;
        struct str credential, date, expires;

        claim->is_presigned = check->result->is_presigned = true;
        TRY(take(check, STR("X-Amz-Algorithm"), &check->result->signature_version));
        TRY(take(check, STR("X-Amz-Credential"), &credential));
        TRY(take(check, STR("X-Amz-Signature"), &claim->signature));
        TRY(take(check, STR("X-Amz-Date"), &date));
        TRY(take(check, STR("X-Amz-SignedHeaders"), &claim->signed_headers));
        TRY(take(check, STR("X-Amz-Expires"), &expires));
        TRY(take_optional(check, STR("X-Amz-Security-Token"), &claim->token));
        TRY(take_optional(check, STR("X-Amz-Content-Sha256"), &claim->payload_hash));
        if (!str_eq(check->result->signature_version, STR(SIGNING_ALGORITHM)))
                return refuse_query(check, "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256 and "
                                           "AWS4-ECDSA-P256-SHA256\"");
        TRY(read_date(check, date));
        TRY(read_lifetime(check, expires));
        if (!str_is_set(claim->payload_hash))
                claim->payload_hash = http_header_value(check->request, STR("X-Amz-Content-Sha256"));
        return s3_split_credential(check, credential);
}
