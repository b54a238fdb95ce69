/* Replication rules. https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-add-config.html */
#pragma once

#include "services/s3/s3.h"

#define S3_REPLICATION_RULES_MAX 1000

/* Rules with a filter are of the second version, V2; those of V1 have a prefix. */
static inline bool s3_is_replication_v2(const struct s3_replication_rule *rule)
{
        return rule->filter != NULL;
}

/* One by itself (replication_rule.c). bucket: whose objects are replicated. */
must_check int s3_check_replication_rule(struct call *call, const struct s3_bucket_record *bucket,
                                         const struct s3_replication_rule *rule);
/* Where it replicates to (replication_destination.c). */
must_check int s3_check_replication_destination(struct call *call, const struct s3_bucket_record *bucket,
                                                const struct s3_replication_rule *rule);

/* -- Which rules mean what (replication_match.c) */

/* Enabled, and its filter fits. */
bool s3_replication_means(const struct s3_replication_rule *rule, struct str key,
                          const struct s3_object_record *row);
/* By this rule, which is one of them, the new version is replicated. */
bool s3_replication_takes(const struct s3_replication_rule_list *rules,
                          const struct s3_replication_rule *rule, struct str key,
                          const struct s3_object_record *row);
/* By which changes of a version go there that went there when it was new, whatever its tags are now; NULL:
 * none. */
const struct s3_replication_rule *s3_replication_rule_to(const struct s3_replication_rule_list *rules,
                                                         struct str arn, struct str key);
/* Changes of replicas go back to their sources. */
bool s3_replication_syncs(const struct s3_replication_rule *rule);

/* -- What is to be replicated (replication_note.c). All of these cost nothing where versioning is not
 * enabled. */

struct s3_version;

/* For a new version whose place is settled and that is to be put: sets its status. */
must_check int s3_note_replication(struct call *call, const struct s3_bucket_record *bucket,
                                   struct s3_version *version);
/* For a delete marker that somebody's request has put in front, not a lifecycle. */
must_check int s3_note_marker(struct call *call, const struct s3_bucket_record *bucket, struct str key);

enum s3_changed {
        S3_CHANGED_TAGS = 1,
        S3_CHANGED_ACL = 2,
        S3_CHANGED_RETENTION = 4,
        S3_CHANGED_HOLD = 8,
};
/* For a version of which this has changed and that is to be put: sets its status. */
must_check int s3_note_change(struct call *call, const struct s3_bucket_record *bucket, unsigned int changes,
                              struct s3_version *version);
