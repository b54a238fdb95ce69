/* Replication rules. https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-add-config.html */
#pragma once

#include "services/s3/s3.h"

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
