/* The lifecycle rules of a bucket.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html */
#pragma once

#include "services/s3/s3.h"

/* Is a rule sound by itself? */
must_check int s3_check_lifecycle_rule(struct call *call, const struct s3_lifecycle_rule *rule);

/* The prefix of a rule, in whatever form it is given; empty: it has none. */
struct str s3_lifecycle_prefix(const struct s3_lifecycle_rule *rule);

/* What a rule does when something has been lying for so long (lifecycle_transition.c): its transitions, of
 * current versions or of noncurrent ones, and the expiration behind them. */
must_check int s3_check_transitions(struct call *call, const struct s3_lifecycle_rule *rule);
must_check int s3_check_noncurrent(struct call *call, const struct s3_lifecycle_rule *rule);
