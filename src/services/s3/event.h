/* Event notifications: what happened to objects, told to whom a bucket's configuration names. A message is
 * stored in the transaction of the change: it is there if the change is, once for each receiver.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventNotifications.html */
#pragma once

#include "base/buf.h"
#include "services/s3/s3.h"

enum s3_event_kind {
        S3_OBJECT_CREATED_PUT,
        S3_OBJECT_CREATED_POST,
        S3_OBJECT_CREATED_COPY,
        S3_OBJECT_CREATED_COMPLETE,
        S3_OBJECT_REMOVED_DELETE,
        S3_OBJECT_REMOVED_MARKER,
        S3_OBJECT_RESTORE_POST,
        S3_OBJECT_RESTORE_COMPLETED,
        S3_OBJECT_RESTORE_DELETE,
        S3_OBJECT_TAGGING_PUT,
        S3_OBJECT_TAGGING_DELETE,
        S3_OBJECT_ACL_PUT,
        S3_OBJECT_RETENTION_PUT, /* for EventBridge alone */
        S3_LIFECYCLE_EXPIRATION_DELETE,
        S3_LIFECYCLE_EXPIRATION_MARKER,
        S3_LIFECYCLE_TRANSITION,
        S3_REPLICATION_FAILED,
        S3_REPLICATION_MISSED_THRESHOLD,
        S3_REPLICATION_AFTER_THRESHOLD,
        S3_REPLICATION_NOT_TRACKED,
        S3_EVENT_KINDS
};

/* What events of replication say besides. */
struct s3_replication_event {
        struct str rule, destination; /* the bucket's ARN */
        struct str operation;         /* "OBJECT_PUT", "OBJECT_DELETE", ... */
        int64_t requested_ms;
        struct str failure; /* "AssumeRoleNotPermitted"; absent: it did not fail */
};

struct s3_event {
        enum s3_event_kind kind;
        const struct s3_bucket_record *bucket;
        struct str key;
        const struct s3_object_record *row; /* as it is now; of what went, as it was */
        const struct s3_replication_event *replication;

        int64_t number; /* set when it is told: greater than that of any event before */
};

/* In the transaction of the change. Nothing, where nobody wants to know. */
must_check int s3_tell_event(struct call *call, struct s3_event *event);
must_check int s3_event(struct call *call, const struct s3_bucket_record *bucket, struct str key,
                        const struct s3_object_record *row, enum s3_event_kind kind);
/* "s3:TestEvent", to a receiver that has just been named. */
must_check int s3_tell_test(struct call *call, const struct s3_bucket_record *bucket, struct str receiver);

/* -- What is said of kinds (event_kind.c) */

struct s3_event_kind_row {
        struct str name;   /* "ObjectCreated:Put" */
        struct str detail; /* EventBridge's detail-type; absent: it does not get these */
        struct str reason, deletion;
        bool has_sequencer, has_size, has_etag;
};
const struct s3_event_kind_row *s3_event_kind_of(enum s3_event_kind kind);

/* -- Messages */

/* https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html */
void s3_write_event(struct call *call, const struct s3_event *event, struct str configuration,
                    struct buf *json);
/* https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html */
void s3_write_bridge_event(struct call *call, const struct s3_event *event, struct buf *json);

/* Of a deleted object, or a delete marker: what clients get of a body of no bytes. */
#define S3_EMPTY_ETAG STR("d41d8cd98f00b204e9800998ecf8427e")
struct str s3_event_etag(const struct s3_event *event);
struct str s3_event_sequencer(struct call *call, const struct s3_event *event);

/* -- On their way (event_queue.c) */

#define S3_EVENT_BRIDGE STR("eventbridge")

/* Greater than all before, and in the order of time: as long as no other is asked for. */
must_check int s3_next_event_number(struct call *call, int64_t *ret);
/* Delivers at once, in S3's own name. -ECALL: the receiver refuses, with its service's error. -ENOENT: nobody
 * delivers to receivers of this kind. */
must_check int s3_try_receiver(struct call *call, const struct s3_bucket_record *bucket, struct str receiver,
                               struct str text);
/* receiver: an ARN, or S3_EVENT_BRIDGE. */
must_check int s3_queue_message(struct call *call, const struct s3_bucket_record *bucket, struct str receiver,
                                struct str event, struct str message);
