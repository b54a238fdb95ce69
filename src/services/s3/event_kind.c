#include "services/s3/event.h"

#define CREATED  "Object Created"
#define DELETED  "Object Deleted"
#define FOR_GOOD STR_INIT("Permanently Deleted")
#define HIDDEN   STR_INIT("Delete Marker Created")

/* https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-mapping-troubleshooting.html
 * "Some object attributes (such as etag and size) are present only when a delete marker is created." */
static const struct s3_event_kind_row KINDS[] = {
        [S3_OBJECT_CREATED_PUT] = {STR_INIT("ObjectCreated:Put"), STR_INIT(CREATED), STR_INIT("PutObject"),
                                   .has_sequencer = true, .has_size = true, .has_etag = true},
        [S3_OBJECT_CREATED_POST] = {STR_INIT("ObjectCreated:Post"), STR_INIT(CREATED),
                                    STR_INIT("POST Object"), .has_sequencer = true, .has_size = true,
                                    .has_etag = true},
        [S3_OBJECT_CREATED_COPY] = {STR_INIT("ObjectCreated:Copy"), STR_INIT(CREATED), STR_INIT("CopyObject"),
                                    .has_sequencer = true, .has_size = true, .has_etag = true},
        [S3_OBJECT_CREATED_COMPLETE] = {STR_INIT("ObjectCreated:CompleteMultipartUpload"), STR_INIT(CREATED),
                                        STR_INIT("CompleteMultipartUpload"), .has_sequencer = true,
                                        .has_size = true, .has_etag = true},
        [S3_OBJECT_REMOVED_DELETE] = {STR_INIT("ObjectRemoved:Delete"), STR_INIT(DELETED),
                                      STR_INIT("DeleteObject"), FOR_GOOD, .has_sequencer = true},
        [S3_OBJECT_REMOVED_MARKER] = {STR_INIT("ObjectRemoved:DeleteMarkerCreated"), STR_INIT(DELETED),
                                      STR_INIT("DeleteObject"), HIDDEN, .has_sequencer = true,
                                      .has_etag = true},
        [S3_OBJECT_RESTORE_POST] = {STR_INIT("ObjectRestore:Post"), STR_INIT("Object Restore Initiated"),
                                    .has_size = true, .has_etag = true},
        [S3_OBJECT_RESTORE_COMPLETED] = {STR_INIT("ObjectRestore:Completed"),
                                         STR_INIT("Object Restore Completed"), .has_size = true,
                                         .has_etag = true},
        [S3_OBJECT_RESTORE_DELETE] = {STR_INIT("ObjectRestore:Delete"), STR_INIT("Object Restore Expired"),
                                      .has_size = true, .has_etag = true},
        [S3_OBJECT_TAGGING_PUT] = {STR_INIT("ObjectTagging:Put"), STR_INIT("Object Tags Added"),
                                   .has_etag = true},
        [S3_OBJECT_TAGGING_DELETE] = {STR_INIT("ObjectTagging:Delete"), STR_INIT("Object Tags Deleted"),
                                      .has_etag = true},
        [S3_OBJECT_ACL_PUT] = {STR_INIT("ObjectAcl:Put"), STR_INIT("Object ACL Updated"), .has_etag = true},
        [S3_OBJECT_RETENTION_PUT] = {STR_INIT("ObjectRetention:Put"), STR_INIT("Object Retention Updated"),
                                     .has_sequencer = true, .has_etag = true},
        [S3_LIFECYCLE_EXPIRATION_DELETE] = {STR_INIT("LifecycleExpiration:Delete"), STR_INIT(DELETED),
                                            STR_INIT("Lifecycle Expiration"), FOR_GOOD,
                                            .has_sequencer = true},
        [S3_LIFECYCLE_EXPIRATION_MARKER] = {STR_INIT("LifecycleExpiration:DeleteMarkerCreated"),
                                            STR_INIT(DELETED), STR_INIT("Lifecycle Expiration"), HIDDEN,
                                            .has_sequencer = true, .has_etag = true},
        [S3_LIFECYCLE_TRANSITION] = {STR_INIT("LifecycleTransition"),
                                     STR_INIT("Object Storage Class Changed"), .has_size = true,
                                     .has_etag = true},
        [S3_REPLICATION_FAILED] = {STR_INIT("Replication:OperationFailedReplication"), .has_size = true,
                                   .has_etag = true},
        [S3_REPLICATION_MISSED_THRESHOLD] = {STR_INIT("Replication:OperationMissedThreshold"),
                                             .has_size = true, .has_etag = true},
        [S3_REPLICATION_AFTER_THRESHOLD] = {STR_INIT("Replication:OperationReplicatedAfterThreshold"),
                                            .has_size = true, .has_etag = true},
        [S3_REPLICATION_NOT_TRACKED] = {STR_INIT("Replication:OperationNotTracked"), .has_size = true,
                                        .has_etag = true},
};
_Static_assert(ARRAY_LEN(KINDS) == S3_EVENT_KINDS, "a row for each");

const struct s3_event_kind_row *s3_event_kind_of(enum s3_event_kind kind)
{
        return &KINDS[kind];
}
