#include "errors.h"

#include <assert.h>

#define SENDER(text, http)                                                                                   \
        {                                                                                                    \
                .name = STR_INIT(text), .code = STR_INIT(text), .status = (http), .is_sender = true          \
        }
#define RECEIVER(text, http)                                                                                 \
        {                                                                                                    \
                .name = STR_INIT(text), .code = STR_INIT(text), .status = (http)                             \
        }

/* With what the query protocol calls it, for services that speak both. */
#define SENDER_AS(text, http, query, query_http)                                                             \
        {                                                                                                    \
                .name = STR_INIT(text), .code = STR_INIT(text), .status = (http), .is_sender = true,         \
                .query_code = STR_INIT(query), .query_status = (query_http)                                  \
        }
#define RECEIVER_AS(text, http, query, query_http)                                                           \
        {                                                                                                    \
                .name = STR_INIT(text), .code = STR_INIT(text), .status = (http),                            \
                .query_code = STR_INIT(query), .query_status = (query_http)                                  \
        }

static const struct api_error QUERY[WIRE_ERROR_COUNT] = {
        [WIRE_ERROR_VALIDATION] = SENDER("ValidationError", 400),
        [WIRE_ERROR_MALFORMED] = SENDER("MalformedInput", 400),
        [WIRE_ERROR_MALFORMED_QUERY] = SENDER("MalformedQueryString", 404),
        [WIRE_ERROR_NO_ACTION] = SENDER("MissingAction", 400),
        [WIRE_ERROR_UNKNOWN_ACTION] = SENDER("InvalidAction", 400),
        [WIRE_ERROR_UNKNOWN_SERVICE] = SENDER("InvalidAction", 400),
        [WIRE_ERROR_NOT_IMPLEMENTED] = RECEIVER("NotImplemented", 501),
        [WIRE_ERROR_INTERNAL] = RECEIVER("InternalFailure", 500),
        [WIRE_ERROR_UNAVAILABLE] = RECEIVER("ServiceUnavailable", 503),
        [WIRE_ERROR_TOO_LARGE] = SENDER("RequestEntityTooLarge", 413),
        [WIRE_ERROR_ACCESS_DENIED] = SENDER("AccessDenied", 403),
};

/* https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html */
static const struct api_error EC2[WIRE_ERROR_COUNT] = {
        [WIRE_ERROR_VALIDATION] = SENDER("InvalidParameterValue", 400),
        [WIRE_ERROR_MALFORMED] = SENDER("InvalidParameterValue", 400),
        [WIRE_ERROR_MALFORMED_QUERY] = SENDER("MalformedQueryString", 400),
        [WIRE_ERROR_NO_ACTION] = SENDER("MissingAction", 400),
        [WIRE_ERROR_UNKNOWN_ACTION] = SENDER("InvalidAction", 400),
        [WIRE_ERROR_UNKNOWN_SERVICE] = SENDER("InvalidAction", 400),
        [WIRE_ERROR_NOT_IMPLEMENTED] = RECEIVER("NotImplemented", 501),
        [WIRE_ERROR_INTERNAL] = RECEIVER("InternalError", 500),
        [WIRE_ERROR_UNAVAILABLE] = RECEIVER("Unavailable", 503),
        [WIRE_ERROR_TOO_LARGE] = SENDER("RequestEntityTooLarge", 413),
        [WIRE_ERROR_ACCESS_DENIED] = SENDER("UnauthorizedOperation", 403),
};

static const struct api_error JSON[WIRE_ERROR_COUNT] = {
        [WIRE_ERROR_VALIDATION] = SENDER_AS("ValidationException", 400, "ValidationError", 400),
        [WIRE_ERROR_MALFORMED] = SENDER_AS("SerializationException", 400, "MalformedInput", 400),
        [WIRE_ERROR_MALFORMED_QUERY] = SENDER_AS("SerializationException", 400, "MalformedQueryString", 404),
        [WIRE_ERROR_NO_ACTION] = SENDER_AS("UnknownOperationException", 400, "MissingAction", 400),
        [WIRE_ERROR_UNKNOWN_ACTION] = SENDER_AS("UnknownOperationException", 400, "InvalidAction", 400),
        [WIRE_ERROR_UNKNOWN_SERVICE] = SENDER_AS("UnknownOperationException", 400, "InvalidAction", 400),
        [WIRE_ERROR_NOT_IMPLEMENTED] = RECEIVER_AS("NotImplementedException", 501, "NotImplemented", 501),
        [WIRE_ERROR_INTERNAL] = RECEIVER_AS("InternalFailure", 500, "InternalFailure", 500),
        [WIRE_ERROR_UNAVAILABLE] = RECEIVER_AS("ServiceUnavailableException", 503, "ServiceUnavailable", 503),
        [WIRE_ERROR_TOO_LARGE] =
                SENDER_AS("RequestEntityTooLargeException", 413, "RequestEntityTooLarge", 413),
        [WIRE_ERROR_ACCESS_DENIED] = SENDER_AS("AccessDeniedException", 400, "AccessDenied", 403),
};

static const struct api_error REST_JSON[WIRE_ERROR_COUNT] = {
        [WIRE_ERROR_VALIDATION] = SENDER("ValidationException", 400),
        [WIRE_ERROR_MALFORMED] = SENDER("SerializationException", 400),
        [WIRE_ERROR_MALFORMED_QUERY] = SENDER("SerializationException", 400),
        [WIRE_ERROR_NO_ACTION] = SENDER("UnknownOperationException", 404),
        [WIRE_ERROR_UNKNOWN_ACTION] = SENDER("UnknownOperationException", 404),
        [WIRE_ERROR_UNKNOWN_SERVICE] = SENDER("UnknownOperationException", 404),
        [WIRE_ERROR_NOT_IMPLEMENTED] = RECEIVER("NotImplementedException", 501),
        [WIRE_ERROR_INTERNAL] = RECEIVER("InternalFailure", 500),
        [WIRE_ERROR_UNAVAILABLE] = RECEIVER("ServiceUnavailableException", 503),
        [WIRE_ERROR_TOO_LARGE] = SENDER("RequestEntityTooLargeException", 413),
        [WIRE_ERROR_ACCESS_DENIED] = SENDER("AccessDeniedException", 403),
};

/* https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
static const struct api_error REST_XML[WIRE_ERROR_COUNT] = {
        [WIRE_ERROR_VALIDATION] = SENDER("InvalidArgument", 400),
        [WIRE_ERROR_MALFORMED] = SENDER("MalformedXML", 400),
        [WIRE_ERROR_MALFORMED_QUERY] = SENDER("InvalidURI", 400),
        [WIRE_ERROR_NO_ACTION] = SENDER("MethodNotAllowed", 405),
        [WIRE_ERROR_UNKNOWN_ACTION] = SENDER("MethodNotAllowed", 405),
        [WIRE_ERROR_UNKNOWN_SERVICE] = SENDER("InvalidURI", 400),
        [WIRE_ERROR_NOT_IMPLEMENTED] = RECEIVER("NotImplemented", 501),
        [WIRE_ERROR_INTERNAL] = RECEIVER("InternalError", 500),
        [WIRE_ERROR_UNAVAILABLE] = RECEIVER("ServiceUnavailable", 503),
        [WIRE_ERROR_TOO_LARGE] = SENDER("MaxMessageLengthExceeded", 400),
        [WIRE_ERROR_ACCESS_DENIED] = SENDER("AccessDenied", 403),
};

static const struct api_error *table_of(enum api_protocol protocol)
{
        switch (protocol) {
        case API_EC2:
                return EC2;
        case API_JSON_1_0:
        case API_JSON_1_1:
        case API_CBOR:
                return JSON;
        case API_REST_JSON:
                return REST_JSON;
        case API_REST_XML:
                return REST_XML;
        case API_QUERY:
                break;
        }
        return QUERY;
}

const struct api_error *wire_common_error(enum api_protocol protocol, enum wire_common which)
{
        assert(which < WIRE_ERROR_COUNT);
        return &table_of(protocol)[which];
}

const struct api_error *wire_invalid_error(const struct api_service *service, enum api_protocol protocol)
{
        return service->invalid ? service->invalid : wire_common_error(protocol, WIRE_ERROR_VALIDATION);
}

const struct api_error *wire_denied_error(const struct api_service *service, enum api_protocol protocol)
{
        return service && service->denied ? service->denied
                                          : wire_common_error(protocol, WIRE_ERROR_ACCESS_DENIED);
}

bool wire_error_is_common(enum api_protocol protocol, const struct api_error *error)
{
        const struct api_error *table = table_of(protocol);

        return error >= table && error < table + WIRE_ERROR_COUNT;
}

int wire_refuse(struct wire_fault *fault, struct arena *arena, const struct api_error *error,
                const char *format, ...)
{
        va_list args;

        va_start(args, format);
        *fault = (struct wire_fault){.error = error, .message = arena_vprintf(arena, format, args)};
        va_end(args);
        return -EBADMSG;
}
