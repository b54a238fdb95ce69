/* The errors that no service declares for itself, under the names that each protocol gives them.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html and its kin in the other references.
 */
#pragma once

#include "base/arena.h"
#include "wire/descriptor.h"

/* Why a request was refused before a handler saw it. The message lives in the arena. */
struct wire_fault {
        const struct api_error *error; /* static */
        struct str message;
        struct str_map details; /* S3: what its error says besides, such as ArgumentName; else absent */
};

enum wire_common {
        WIRE_ERROR_VALIDATION,      /* ValidationError | ValidationException */
        WIRE_ERROR_MALFORMED,       /* MalformedInput | SerializationException */
        WIRE_ERROR_MALFORMED_QUERY, /* MalformedQueryString | SerializationException */
        WIRE_ERROR_NO_ACTION,       /* MissingAction | UnknownOperationException */
        WIRE_ERROR_UNKNOWN_ACTION,  /* InvalidAction | UnknownOperationException */
        WIRE_ERROR_UNKNOWN_SERVICE, /* the same names */
        WIRE_ERROR_NOT_IMPLEMENTED, /* 501 NotImplemented | NotImplementedException */
        WIRE_ERROR_INTERNAL,        /* 500 InternalFailure | InternalServerError */
        WIRE_ERROR_UNAVAILABLE,     /* 503 ServiceUnavailable | ServiceUnavailableException */
        WIRE_ERROR_TOO_LARGE,       /* 413 RequestEntityTooLarge | RequestEntityTooLargeException */
        WIRE_ERROR_ACCESS_DENIED,   /* 403 AccessDenied | 400 AccessDeniedException */
        WIRE_ERROR_COUNT,
};

/* Never NULL. */
const struct api_error *wire_common_error(enum api_protocol protocol, enum wire_common which);

/* What the service refuses with what limits of shapes do not allow. */
const struct api_error *wire_invalid_error(const struct api_service *service, enum api_protocol protocol);
/* What a missing permission is refused with; service may be NULL. */
const struct api_error *wire_denied_error(const struct api_service *service, enum api_protocol protocol);

/* Was this error given by wire_common_error()? */
bool wire_error_is_common(enum api_protocol protocol, const struct api_error *error);

/* Fills in the fault and gives -EBADMSG. */
must_check int wire_refuse(struct wire_fault *fault, struct arena *arena, const struct api_error *error,
                           const char *format, ...) _printf_(4, 5);
