/* The event of a call, in CloudTrail's record format.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
#pragma once

#include "server/flight.h"

#define AUDIT_EVENT_VERSION "1.11"
/* "Starting with event version 1.05, events have a maximum size of 256 KB." */
#define AUDIT_EVENT_MAX ((size_t)256 * 1024)

/* "s3.us-east-1.amazonaws.com" as services are called in events and conditions: "s3.amazonaws.com". */
struct str audit_service_name(struct arena *arena, struct str via_service);

/* Appends the call's event (and its copy for the account that owns what was asked for) to the outbox: for
 * changes, in their transaction. -EMSGSIZE: it cannot be recorded, so it must not happen. */
must_check int audit_append(struct flight *flight, struct txn *txn);
/* The same through the recorder: for reads and refusals. */
must_check int audit_queue(struct flight *flight);

/* Of a call within another: makes its events as it stands now and keeps them in flight->kept, for what the
 * outer call comes to (server/invoke.c): appended, or through the recorder. */
must_check int audit_keep(struct flight *flight);
must_check int audit_append_kept(const struct flight *flight, struct txn *txn);
must_check int audit_queue_kept(const struct flight *flight);
