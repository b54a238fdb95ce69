/* https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html */
#include "auth/payload.h"
#include "auth/s3.h"
#include "auth/s3_form.h"
#include "auth/s3_version_2.h"

/* AWS gives the header back as <ArgumentValue>; clients put all kinds of secrets there by mistake. */
static int refuse_argument(struct check *check, const char *message)
{
        refuse_detail(check, "ArgumentName", STR("Authorization"));
        return refuse(check, AUTH_BAD_ARGUMENT, "%s", message);
}

int s3_refuse_credential(struct check *check, struct str what)
{
        if (check->claim.is_form)
                return s3_form_refuse(check, STR("X-Amz-Credential"),
                                      "Error parsing the X-Amz-Credential field; %.*s", STR_ARG(what));
        if (check->claim.is_presigned)
                return refuse(check, AUTH_BAD_QUERY, "Error parsing the X-Amz-Credential parameter; %.*s",
                              STR_ARG(what));
        return refuse(check, AUTH_INCOMPLETE, "The authorization header is malformed; %.*s", STR_ARG(what));
}

int s3_split_credential(struct check *check, struct str credential)
{
        if (claim_parse_credential(check, credential))
                return 0;
        return s3_refuse_credential(check, STR("the Credential is mal-formed; expecting "
                                               "\"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\"."));
}

/* X-Amz-Date goes before Date, which may have any of HTTP's forms. */
static int read_date(struct check *check)
{
        struct str amz_date = http_header_value(check->request, STR("X-Amz-Date"));
        struct str date = http_header_value(check->request, STR("Date"));
        int64_t ms;

        if (str_is_set(amz_date) ? time_parse_basic(amz_date, &ms) < 0 : time_parse(date, &ms) < 0)
                return refuse(check, AUTH_DENIED,
                              "AWS authentication requires a valid Date or x-amz-date header");
        return claim_set_timestamp(check, str_is_set(amz_date) ? amz_date : time_basic(check->arena, ms));
}

static int read_header(struct check *check, struct str authorization)
{
        struct claim *claim = &check->claim;
        struct authorization parts;

        authorization_split(authorization, &parts);
        check->result->signature_version = parts.algorithm;
        if (!str_eq(parts.algorithm, STR(SIGNING_ALGORITHM)))
                return refuse_argument(check, "Unsupported Authorization Type");
        if (str_is_set(parts.malformed) || parts.credential.len == 0 || parts.signed_headers.len == 0 ||
            parts.signature.len == 0)
                return refuse(
                        check, AUTH_INCOMPLETE,
                        "The authorization header is malformed; the authorization header requires three "
                        "components: Credential, SignedHeaders, and Signature.");
        TRY(read_date(check));
        claim->signed_headers = parts.signed_headers;
        claim->signature = parts.signature;
        claim->token = http_header_value(check->request, STR("X-Amz-Security-Token"));
        claim->payload_hash = http_header_value(check->request, STR("X-Amz-Content-Sha256"));
        return s3_split_credential(check, parts.credential);
}

/* "Authorization: AWS AKID:signature": not taken, as it is not by any region since 2014; in a query it is,
 * where SDKs still make it. */
static bool is_version_2(struct str authorization)
{
        return str_starts(authorization, STR("AWS "));
}

int s3_claim_read(struct check *check)
{
        struct str authorization = http_header_value(check->request, STR("Authorization"));
        bool in_query = claim_is_in_query(check->request);

        if (check->expected->form)
                return s3_form_read(check);
        if ((authorization.len && in_query) || claim_has_two_headers(check->request))
                return refuse_argument(check, CLAIM_ONE_MECHANISM);
        if (in_query)
                return s3_claim_read_query(check);
        if (!authorization.len && s3_is_version_2(check->request))
                return s3_version_2_read(check);
        if (is_version_2(authorization)) {
                check->result->signature_version = STR("AWS");
                return refuse(check, AUTH_BAD_REQUEST,
                              "The authorization mechanism you have provided is not supported. Please use "
                              "AWS4-HMAC-SHA256.");
        }
        if (authorization.len)
                return read_header(check, authorization);
        TRY(payload_read_anonymous(check));
        return refuse(check, AUTH_MISSING, "Access Denied");
}
