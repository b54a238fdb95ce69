/* What the event of a sign-in has of its own.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html
 */
#pragma once

#include "base/json_out.h"
#include "server/flight.h"

static inline bool sign_in_event_is(const struct flight *flight)
{
        return !flight->timer && flight->call.operation && flight->call.operation->is_sign_in;
}

/* Who the event is about: who wants to sign in; of all other calls, who calls. */
const struct principal *sign_in_event_who(const struct flight *flight);
/* In whose history it is; `usual`: of all other calls. */
struct str sign_in_event_account(const struct flight *flight, struct str usual);
struct str sign_in_event_name(const struct flight *flight);

/* Of what has call->sign_in. */
void sign_in_event_identity(const struct flight *flight, struct json_out *out);
void sign_in_event_error(const struct flight *flight, struct json_out *out);

/* {"ConsoleLogin":"Success"} */
void sign_in_event_elements(const struct flight *flight, struct json_out *out);
