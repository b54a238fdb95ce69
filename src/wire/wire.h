/* The wire protocols of AWS: what the pipeline calls. Each protocol is one file with one table of functions
 * (protocol.h); this header chooses by the service's protocol. Nothing here knows a service.
 *
 * Everything that is read lives in the arena or in the request; everything that is written goes to a buffer
 * with a maximum. */
#pragma once

#include "base/buf.h"
#include "net/http.h"
#include "wire/audit.h"
#include "wire/errors.h"
#include "wire/form.h"
#include "wire/validate.h"
#include "wire/value.h"

/* -- Naming the operation -----------------------------------------------------------------------------------
 */

/* Can this request be in the query protocol? GET without X-Amz-Target, or POST of a form; an Action is not
 * looked for. */
bool wire_is_form(const struct http_request *request);

/* Splits X-Amz-Target at its last '.': "CloudTrail_20131101", "LookupEvents". -EINVAL without a dot or with
 * an empty half. */
must_check int wire_target_split(struct str header, struct str *ret_prefix, struct str *ret_operation);
/* Does it say that it is in Smithy's RPC v2 in CBOR? */
bool wire_is_cbor(const struct http_request *request);
/* "/service/GraniteServiceVersion20100801/operation/PutMetricData": its names. -EINVAL: another path. */
must_check int wire_rpc_split(struct str path, struct str *ret_service, struct str *ret_operation);
/* Is this one of the service's target prefixes? */
bool wire_target_is(const struct api_service *service, struct str prefix);

/* By name, exact; NULL when the service has none. */
const struct api_operation *wire_find_operation(const struct api_service *service, struct str name);

/* Where a rest request goes. Path and query are as sent, their percent-encoding untouched; they need not be
 * the request's own: of a bucket in the host name its owner makes the first segment of the path. */
struct wire_address {
        struct str method, path, query;
};

#define WIRE_MAX_SEGMENTS 16

/* What an address turned out to name. */
struct wire_rest {
        const struct api_route *route;
        struct str labels[WIRE_MAX_SEGMENTS]; /* raw, by the segments of the route; absent for literals */
        struct wire_form query;               /* decoded */
};

/* The operation of a rest service that an address names, the most specific one that fits: by method, path,
 * literals of the query, and the query parameters and headers (of `http`, which is asked for nothing else)
 * that tell operations of one URI apart. A slash at the end of a path is passed over, but not in front of or
 * within what a greedy label takes.
 * -ENOENT: none. -EBADMSG: the query cannot be read; in *ret_fault. -ENOMEM. */
must_check int wire_find_rest_operation(const struct api_service *service, const struct wire_address *address,
                                        const struct http_request *http, struct arena *arena,
                                        struct wire_rest *ret, struct wire_fault *ret_fault);

bool wire_speaks(const struct api_service *service, enum api_protocol protocol);

/* -- Reading
 * ------------------------------------------------------------------------------------------------- */

struct wire_request {
        const struct http_request *http;
        const struct wire_form *form; /* query and ec2: from wire_form_parse(); else NULL */
        const struct wire_rest *rest; /* rest: from wire_find_rest_operation(); else NULL */
};

/* Fills in the input struct of the operation (operation->input->size bytes, zeroed by the caller).
 * -EBADMSG: the client's fault, in *ret_fault. -ENOMEM: the arena is full (the request is too large).
 * -ENOSYS: this protocol is not implemented. */
must_check int wire_decode(const struct api_operation *operation, enum api_protocol protocol,
                           const struct wire_request *request, struct arena *arena, void *ret_in,
                           struct wire_fault *ret_fault);

/* wire_validate_value() on the input of the operation, under the error name of the protocol. -EBADMSG: in
 * *ret_fault. */
must_check int wire_validate(const struct api_operation *operation, enum api_protocol protocol,
                             const void *in, struct wire_patterns *patterns, struct arena *arena,
                             struct wire_fault *ret_fault);

/* -- Answering
 * ----------------------------------------------------------------------------------------------- */

/* Both write the body into `body` (appended; give an empty one) and describe the whole answer: status,
 * headers (Content-Type and the protocol's request id header among them; in the arena) and the body, which is
 * valid as long as `body` is. -EMSGSIZE: the body does not fit; -ENOSYS. */
must_check int wire_encode(const struct api_operation *operation, enum api_protocol protocol, const void *out,
                           struct str request_id, struct arena *arena, struct buf *body,
                           struct http_response *ret);

/* The headers that name a request in its answer. Absent: none. */
struct str wire_request_id_header(const struct api_service *service, enum api_protocol protocol);
struct str wire_host_id_header(const struct api_service *service, enum api_protocol protocol);

struct wire_error {
        const struct api_error *error;
        struct str message;
        struct str request_id;
        struct str resource;    /* S3 only: <Resource>; absent: left out */
        struct str_map details; /* S3 only: elements behind the message, such as <BucketName> */
        bool is_head;           /* of a HEAD request: no body */
        struct str members;     /* JSON only: further ones, as JSON: "name":{...}; absent: none */
};

/* The service may be NULL when none was found: then only the protocol is used. Works for every protocol. */
must_check int wire_encode_error(const struct api_service *service, enum api_protocol protocol,
                                 const struct wire_error *error, struct arena *arena, struct buf *body,
                                 struct http_response *ret);
