/* A call that one of AWS's services makes in its own name, as it does in AWS: with its principal
 * (dynamodb.amazonaws.com), on behalf of a resource (aws:SourceArn). It passes the whole pipeline; only the
 * proof of who asks is replaced by the word of the operator on the machine. So key policies and grants for
 * services can be tried out. */
#pragma once

#include "server/flight.h"

struct as_service {
        struct str principal; /* "dynamodb.amazonaws.com" */
        struct str region;
        struct str source_arn, source_account; /* absent: not said */
        /* The answer, on any thread; valid during the call. */
        void (*answer)(void *arg, const struct http_response *response);
        void *arg;
};

/* as_service and request (with an X-Amz-Target) must live until the answer. -ENOMEM: no answer will come. */
must_check int as_service_call(struct server *server, const struct as_service *as_service,
                               const struct http_request *request);

/* Steps of the pipeline. */
must_check int as_service_authenticate(struct flight *flight);
void as_service_reply(struct flight *flight);
