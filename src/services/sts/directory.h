/* What other services need of STS: to act in the name of a role that was given to them. */
#pragma once

#include "auth/auth.h"
#include "services/call.h"

/* Assumes a role as the service that the call is of (call->principal is it; call->source_arn says on whose
 * behalf): its trust policy is asked, and AssumeRole recorded. The session is for call->act(), and as good as
 * the role: what that may is found out at each question. It lives in the call's arena. -ECALL: refused; the
 * error is STS's. */
must_check int sts_assume_as_service(struct call *call, struct str role_arn, struct str session_name,
                                     struct principal *ret);
/* The same amid a call of somebody else's, by the service itself: see call->as_service(). */
must_check int sts_assume_by_service(struct call *call, const struct call_by_service *by, struct str role_arn,
                                     struct str session_name, struct principal *ret);
