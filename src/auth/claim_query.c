/* The presigned form: the parts of the signature are query parameters.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
#include "auth/claim.h"

#include "base/text.h"

size_t query_parameter(const struct http_request *request, struct str name, struct str *ret_raw)
{
        size_t count = 0;

        *ret_raw = STR_NONE;
        for (struct str rest = request->query, pair; str_cut(&rest, '&', &pair);) {
                ptrdiff_t equals = str_find_byte(pair, '=');
                struct str key = equals < 0 ? pair : str_part(pair, 0, (size_t)equals);

                if (!str_eq(key, name))
                        continue;
                if (count++ == 0)
                        *ret_raw = equals < 0 ? STR("") : str_from(pair, (size_t)equals + 1);
        }
        return count;
}

/* The decoded value of a parameter that may come once; absent when it did not. Twice is refused: which of the
 * two was meant would be anybody's guess. */
static int take(struct check *check, struct str name, struct str *ret)
{
        struct str raw;
        size_t count = query_parameter(check->request, name, &raw);

        *ret = STR_NONE;
        if (count == 0)
                return 0;
        if (count > 1 || percent_decode(check->arena, raw, false, ret) < 0)
                return refuse(check, AUTH_INCOMPLETE,
                              "AWS query-string parameters must include '%.*s' once, in percent-encoding. "
                              "Re-examine the "
                              "query-string parameters.",
                              STR_ARG(name));
        return 0;
}

struct parameters {
        struct str algorithm, credential, signature, signed_headers, date, expires, token, payload_hash;
};

static int take_all(struct check *check, struct parameters *ret)
{
        TRY(take(check, STR("X-Amz-Algorithm"), &ret->algorithm));
        TRY(take(check, STR("X-Amz-Credential"), &ret->credential));
        TRY(take(check, STR("X-Amz-Signature"), &ret->signature));
        TRY(take(check, STR("X-Amz-SignedHeaders"), &ret->signed_headers));
        TRY(take(check, STR("X-Amz-Date"), &ret->date));
        TRY(take(check, STR("X-Amz-Expires"), &ret->expires));
        TRY(take(check, STR("X-Amz-Content-Sha256"), &ret->payload_hash));
        return take(check, STR("X-Amz-Security-Token"), &ret->token);
}

static int check_complete(struct check *check, const struct parameters *given)
{
        const struct {
                const char *name;
                struct str value;
        } needed[] = {
                {"X-Amz-Algorithm", given->algorithm}, {"X-Amz-Credential", given->credential},
                {"X-Amz-Signature", given->signature}, {"X-Amz-SignedHeaders", given->signed_headers},
                {"X-Amz-Date", given->date},
        };
        struct str missing = STR("");

        for (size_t i = 0; i < ARRAY_LEN(needed); i++)
                if (needed[i].value.len == 0)
                        missing = arena_printf(check->arena,
                                               "%.*sAWS query-string parameters must include '%s'. ",
                                               STR_ARG(missing), needed[i].name);
        if (missing.len == 0)
                return 0;
        return refuse(check, AUTH_INCOMPLETE, "%.*sRe-examine the query-string parameters.",
                      STR_ARG(missing));
}

static int read_lifetime(struct check *check, struct str text)
{
        uint64_t seconds;

        if (!str_is_set(text))
                return 0;
        if (str_starts(text, STR("-")) || str_eq(text, STR("0")))
                return refuse(check, AUTH_INCOMPLETE, "X-Amz-Expires must be non-negative");
        if (str_to_u64(text, &seconds) < 0)
                return refuse(check, AUTH_INCOMPLETE, "X-Amz-Expires should be a number");
        if (seconds > LIFETIME_MAX_S)
                return refuse(check, AUTH_INCOMPLETE,
                              "X-Amz-Expires must be less than a week (in seconds) that is 604800");
        if (seconds == 0)
                return refuse(check, AUTH_INCOMPLETE, "X-Amz-Expires must be non-negative");
        check->claim.lifetime_s = (int64_t)seconds;
        return 0;
}

int claim_read_query(struct check *check)
{
        struct claim *claim = &check->claim;
        struct parameters given;

        claim->is_presigned = check->result->is_presigned = true;
        TRY(take_all(check, &given));
        check->result->signature_version = given.algorithm;
        TRY(check_complete(check, &given));
        TRY(claim_set_timestamp(check, given.date));
        TRY(read_lifetime(check, given.expires));
        if (!str_eq(given.algorithm, STR(SIGNING_ALGORITHM)))
                return refuse(check, AUTH_INCOMPLETE, "Unsupported AWS 'algorithm': '%.*s'.",
                              SHOWN_ARG(given.algorithm));
        claim->signed_headers = given.signed_headers;
        claim->signature = given.signature;
        claim->token = given.token;
        claim->payload_hash = str_is_set(given.payload_hash)
                                      ? given.payload_hash
                                      : http_header_value(check->request, STR("X-Amz-Content-Sha256"));
        return claim_split_credential(check, given.credential);
}
