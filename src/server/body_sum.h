/* Does the body of a request add up to what its headers say? For rest services with S3's errors, of bodies
 * that are gathered: streams are summed where they go. */
#pragma once

#include "server/flight.h"

/* A step of the pipeline, on the body as it came. */
must_check int body_sum_check(struct flight *flight);
