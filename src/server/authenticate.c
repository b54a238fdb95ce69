#include "server/authenticate.h"

#include "server/as_service.h"
#include "server/form_upload.h"
#include "services/regions.h"
#include "services/iam/directory.h"

/* https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html (query),
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/CommonErrors.html and the SDKs' error lists
 * (JSON), https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (S3). */
struct names {
        struct api_error query, json, xml;
};

#define ERROR(text, http)                                                                                    \
        {                                                                                                    \
                .name = STR_INIT(text), .code = STR_INIT(text), .status = (http), .is_sender = true          \
        }
/* With what the query protocol calls it, for services that speak both. */
#define ERROR_AS(text, http, query, query_http)                                                              \
        {                                                                                                    \
                .name = STR_INIT(text), .code = STR_INIT(text), .status = (http), .is_sender = true,         \
                .query_code = STR_INIT(query), .query_status = (query_http)                                  \
        }
#define NAMES(in_query, in_query_http, in_json, in_xml, in_xml_http)                                         \
        {                                                                                                    \
                ERROR(in_query, in_query_http), ERROR_AS(in_json, 400, in_query, in_query_http),             \
                        ERROR(in_xml, in_xml_http)                                                           \
        }

static const struct names NAMES_BY_PROBLEM[] = {
        [AUTH_MISSING] = NAMES("MissingAuthenticationToken", 403, "MissingAuthenticationTokenException",
                               "AccessDenied", 403),
        [AUTH_INCOMPLETE] = NAMES("IncompleteSignature", 400, "IncompleteSignatureException",
                                  "AuthorizationHeaderMalformed", 400),
        [AUTH_UNKNOWN_KEY] =
                NAMES("InvalidClientTokenId", 403, "UnrecognizedClientException", "InvalidAccessKeyId", 403),
        [AUTH_BAD_TOKEN] =
                NAMES("InvalidClientTokenId", 403, "UnrecognizedClientException", "InvalidToken", 400),
        [AUTH_BAD_SIGNATURE] = NAMES("SignatureDoesNotMatch", 403, "InvalidSignatureException",
                                     "SignatureDoesNotMatch", 403),
        [AUTH_EXPIRED_TOKEN] = NAMES("ExpiredToken", 403, "ExpiredTokenException", "ExpiredToken", 400),
        [AUTH_EXPIRED_REQUEST] =
                NAMES("RequestExpired", 400, "InvalidSignatureException", "AccessDenied", 403),
        [AUTH_SKEWED] =
                NAMES("SignatureDoesNotMatch", 403, "InvalidSignatureException", "RequestTimeTooSkewed", 403),
        [AUTH_WRONG_SCOPE] = NAMES("SignatureDoesNotMatch", 403, "InvalidSignatureException",
                                   "AuthorizationHeaderMalformed", 400),
        [AUTH_BAD_BODY_HASH] = NAMES("SignatureDoesNotMatch", 403, "InvalidSignatureException",
                                     "XAmzContentSHA256Mismatch", 400),
        [AUTH_DENIED] = NAMES("AccessDenied", 403, "AccessDeniedException", "AccessDenied", 403),
        [AUTH_BAD_QUERY] = NAMES("IncompleteSignature", 400, "IncompleteSignatureException",
                                 "AuthorizationQueryParametersError", 400),
        [AUTH_BAD_REQUEST] =
                NAMES("IncompleteSignature", 400, "IncompleteSignatureException", "InvalidRequest", 400),
        [AUTH_BAD_ARGUMENT] =
                NAMES("IncompleteSignature", 400, "IncompleteSignatureException", "InvalidArgument", 400),
        [AUTH_NOT_IMPLEMENTED] =
                NAMES("IncompleteSignature", 400, "IncompleteSignatureException", "NotImplemented", 501),
        [AUTH_BAD_POLICY] = NAMES("IncompleteSignature", 400, "IncompleteSignatureException",
                                  "InvalidPolicyDocument", 400),
};

/* EC2 says no more than that the proof was none.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html#CommonErrors */
static const struct api_error *ec2_name(enum auth_problem problem, struct str *message)
{
        static const struct api_error FAILURE = ERROR("AuthFailure", 401),
                                      EXPIRED = ERROR("RequestExpired", 400);

        switch (problem) {
        case AUTH_UNKNOWN_KEY:
        case AUTH_BAD_TOKEN:
        case AUTH_BAD_SIGNATURE:
        case AUTH_BAD_BODY_HASH:
                *message = STR("AWS was not able to validate the provided access credentials");
                return &FAILURE;
        case AUTH_EXPIRED_TOKEN:
        case AUTH_EXPIRED_REQUEST:
        case AUTH_SKEWED:
                *message = STR("Request has expired.");
                return &EXPIRED;
        default:
                return &NAMES_BY_PROBLEM[problem].query;
        }
}

int authenticate_refuse(struct flight *flight, enum auth_problem problem, struct str message)
{
        const struct names *names = &NAMES_BY_PROBLEM[problem];

        switch (flight->call.protocol) {
        case API_QUERY:
                flight->call.error = &names->query;
                break;
        case API_EC2:
                flight->call.error = ec2_name(problem, &message);
                break;
        case API_JSON_1_0:
        case API_JSON_1_1:
        case API_REST_JSON:
        case API_CBOR:
                flight->call.error = &names->json;
                break;
        case API_REST_XML:
                flight->call.error = &names->xml;
                break;
        }
        flight->call.error_message = message;
        flight->call.error_details = flight->auth.details;
        return -ECALL;
}

/* Global services act in one place, whatever region a client signs for. */
static int settle_region(struct flight *flight)
{
        struct str scoped = flight->auth.scope_region;

        if (flight->service->is_global)
                flight->call.region = REGION_OF_GLOBAL_SERVICES;
        if (!str_is_set(scoped))
                return 0;
        if (!region_is_known(scoped))
                return authenticate_refuse(
                        flight, AUTH_WRONG_SCOPE,
                        arena_printf(&flight->call.arena, "Credential should be scoped to a valid region. "));
        if (!flight->service->is_global)
                flight->call.region = scoped;
        return 0;
}

/* Whom a policy may let in without a signature; the policies are asked later. */
static bool may_be_unsigned(const struct flight *flight)
{
        return flight->service->takes_anonymous ||
               (flight->call.operation && flight->call.operation->is_public);
}

static int settle_principal(struct flight *flight)
{
        struct call *call = &flight->call;

        call->principal = flight->auth.principal;
        call->account = call->principal.account;
        if (flight->auth.problem != AUTH_OK) {
                if (flight->auth.problem == AUTH_MISSING && may_be_unsigned(flight))
                        return 0;
                return authenticate_refuse(flight, flight->auth.problem, flight->auth.message);
        }
        if (call->principal.is_temporary &&
            (iam_check_session(call->txn, &call->arena, &call->principal) < 0 ||
             !iam_session_may_call(&call->principal, flight->service->signing_name)))
                return authenticate_refuse(flight, AUTH_BAD_TOKEN,
                                           STR("The security token included in the request is invalid."));
        call->account = call->principal.account;
        return 0;
}

int authenticate(struct flight *flight)
{
        struct call *call = &flight->call;
        struct iam_key_source keys = {.txn = call->txn, .keyring = call->host->keyring};
        struct auth_source source = {
                .find_key = iam_find_access_key, .open_secret = iam_open_secret, .arg = &keys};
        struct auth_expectation expected = {
                .service = flight->service->signing_name,
                .path_is_literal = str_eq(flight->service->signing_name, STR("s3")),
                .full_path = flight->path,
                .form = flight->upload ? &flight->upload->auth : NULL,
                .body_comes_later = flight->body_comes_later,
                .ret_stream = call->operation && call->operation->receive ? &flight->stream : NULL,
                .is_json = flight->call.protocol == API_JSON_1_0 || flight->call.protocol == API_JSON_1_1 ||
                           flight->call.protocol == API_CBOR,
        };

        if (flight->as_service)
                return as_service_authenticate(flight);
        if (call->operation && call->operation->is_sign_in)
                return 0; /* nobody, until the handler has looked at the proof */
        TRY(auth_check(call->host->auth, call->request, &expected, &source, &call->arena, &flight->auth));
        TRY(settle_principal(flight));
        return settle_region(flight);
}
