/* What the body of a request says, when it came compressed: SDKs compress what they put by the thousand.
 * Operations with the word `compressed` take that, which are those of which the models say so.
 * https://smithy.io/2.0/spec/behavior-traits.html#requestcompression-trait */
#pragma once

#include "server/flight.h"

/* The request with its body as it is to be read: as it came, unless its operation takes it compressed, or is
 * not known yet. It is hashed and signed as it came. -ECALL: it cannot be read, or would be too long. */
must_check int content_of(struct flight *flight, const struct http_request **ret);
