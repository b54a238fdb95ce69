/* A log object: lines of one stream put together, and where it goes.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html */
#pragma once

#include "services/s3/s3.h"

#define S3_LOG_ORDER_BITS 20 /* of the order of a line, below its milliseconds */

struct s3_log_object {
        const struct s3_access_log_stream_record *stream;
        int64_t *orders; /* of its lines */
        size_t count;
        struct str body;
        bool is_all; /* that wait, or waited when they were gathered */
};

/* As many lines as one may hold, the oldest first. */
must_check int s3_log_object_gather(struct call *call, const struct s3_access_log_stream_record *stream,
                                    struct s3_log_object *ret);
/* In the name of logging.s3.amazonaws.com, as s3_deliver() does it: called before the transaction too, and
 * with the same body. -ECALL: the target does not take it. */
must_check int s3_log_object_deliver(struct call *call, const struct s3_log_object *object);
