/* Requests of AWS's services, as they would have come over the wire: from the service's own name, by TLS. */
#pragma once

#include "services/call.h"

/* What policies and the event see of a call that `service` ("sns.amazonaws.com") makes of an endpoint
 * ("sqs") of the call's region; NULL: the host is told to nobody. In the call's arena: -ENOMEM. */
must_check int service_request(struct call *call, struct str service, const char *endpoint,
                               const struct http_request **ret);
