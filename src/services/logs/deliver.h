/* What one of AWS's services puts into a log group of a customer: CloudTrail its events, others theirs. It is
 * a CreateLogStream, when the stream is not there, and a PutLogEvents: in the service's own name, as resource
 * policies of the group's account let it, or in the name of a role that was given to it; they are recorded,
 * and refused, like any other. */
#pragma once

#include "services/logs/logs.h"

struct logs_deposit {
        /* A session of the role (sts_assume_as_service()); NULL: the service asks in its own name. */
        const struct principal *role;
        struct str service; /* "delivery.logs.amazonaws.com" */
        struct str source_arn,
                source_account; /* on whose behalf, of its own name; the group is that account's */
        struct str region;      /* of the group */
        struct str group, stream;
        struct logs_input_log_event_list events; /* in order of time, with all limits of PutLogEvents */
};

/* From what falls due, in its transaction. -ECALL: refused, with AWS's error, which is on record; what was
 * made before the refusal (the stream) stays. */
must_check int logs_deliver(struct call *call, const struct logs_deposit *deposit);
