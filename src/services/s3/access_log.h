/* Server access logs: what is noted of a request on its way, for the line that its bucket's log gets.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html */
#pragma once

#include "services/s3/s3.h"

/* What a request touched: a bucket whose requests are logged. call->accessed. */
struct s3_accessed {
        struct str bucket, account;
        int64_t space, stream;
        struct opt_int size;                /* of the object in question */
        struct s3_accessed_object *objects; /* of a batch, each with a line of its own; the newest first */
        struct s3_accessed *next;
};

struct s3_accessed_object {
        struct str key, version_id;
        const struct api_error *error; /* NULL: it went */
        struct opt_int size;
        struct s3_accessed_object *next;
};

/* A bucket that a request is about has been found. Nothing, if its requests are not logged. */
void s3_access_bucket(struct call *call, const struct s3_bucket_record *bucket);
/* The object in question; space: of the bucket. */
void s3_access_object(struct call *call, int64_t space, const struct s3_object_record *row);
/* One of a batch that is deleted: what became of it. */
void s3_access_deletion(struct call *call, const struct s3_bucket_record *bucket, struct str key,
                        struct str version_id, const struct api_error *error);
/* What S3 does of itself, by a rule of the bucket: "S3.EXPIRE.OBJECT". In the transaction in which it does.
 */
must_check int s3_log_own_action(struct call *call, const struct s3_bucket_record *bucket,
                                 struct str operation, struct str key, const struct s3_object_record *row);

/* -- Where lines go (log_stream.c) */

/* A line, as the subject of the note AccessLog. delay_ms: how long it may wait for its delivery. */
struct str s3_log_subject(struct arena *arena, int64_t stream, int64_t delay_ms, struct str line);
#define S3_LOG_DELAY_MS (60 * MS_PER_S)
/* Of what logs themselves bring about, in a bucket that is logged to itself or into one that is. */
#define S3_LOG_OWN_DELAY_MS (3600 * MS_PER_S)

/* From now on the bucket's requests are logged so; NULL: not at all. What has been logged goes where it was
 * to go. The bucket's record is the caller's to put. */
must_check int s3_log_change(struct call *call, struct s3_bucket_record *bucket,
                             struct s3_logging_enabled *logging);
