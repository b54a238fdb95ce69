/* What events of S3 and its kin say of how a request came, and of how much it carried.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-understanding-s3-entries.html */
#pragma once

#include "base/json_out.h"
#include "server/flight.h"

/* additionalEventData, of requests that came over the network; else nothing. */
void transfer_event_add(struct flight *flight, struct json_out *out);
