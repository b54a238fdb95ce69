/* What becomes of a denial (promise 3): AWS's text for the client, the whole reasoning for those who may see
 * it. */
#pragma once

#include "server/flight.h"

/* Keeps the reasoning in flight->trace, for `merlon explain`. */
void denial_trace(struct flight *flight, const struct policy_question *question);

/* Sets the AWS error, and keeps the encoded message that DecodeAuthorizationMessage opens in
 * flight->encoded_message. Gives -ECALL. */
must_check int denial_tell(struct flight *flight, const struct policy_question *question,
                           const struct policy_decision *decision, const struct resource *resource);

/* The answer's header that carries the encoded message. AWS gives it only in the text of some services'
 * errors (EC2); a header reaches the client of any service and disturbs none. */
#define DENIAL_MESSAGE_HEADER STR("x-merlon-authorization-message")
