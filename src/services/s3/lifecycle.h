/* The lifecycle rules of a bucket.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html */
#pragma once

#include "services/s3/s3.h"

/* Is a rule sound by itself? */
must_check int s3_check_lifecycle_rule(struct call *call, const struct s3_lifecycle_rule *rule);

/* The prefix of a rule, in whatever form it is given; empty: it has none. */
struct str s3_lifecycle_prefix(const struct s3_lifecycle_rule *rule);

/* Does a rule that is enabled mean this? Markers and uploads have neither tags nor a size. */
bool s3_lifecycle_applies(const struct s3_lifecycle_rule *rule, struct str key,
                          const struct s3_object_record *row);
/* The midnight behind so many days from an hour on. */
int64_t s3_lifecycle_hour(int64_t from_ms, int64_t days);
/* What all keys begin with that rules which are enabled may do something with, uploads or objects; absent:
 * there is no such rule. */
struct str s3_lifecycle_range(const struct s3_lifecycle_rule_list *rules, bool is_of_uploads);

/* What a rule does when something has been lying for so long (lifecycle_transition.c): its transitions, of
 * current versions or of noncurrent ones, and the expiration behind them. */
must_check int s3_check_transitions(struct call *call, const struct s3_lifecycle_rule *rule);
must_check int s3_check_noncurrent(struct call *call, const struct s3_lifecycle_rule *rule);
/* May objects of one storage class be moved to the other by a lifecycle? */
bool s3_class_goes_down(struct str from, struct str to);
/* Which of two is chosen when both may be: the one that is greater. */
int s3_class_rank(struct str name);

/* -- What is to be done with a version (lifecycle_plan.c) */

struct s3_aged {
        struct str key;
        const struct s3_object_record *row;
        bool is_current;
        bool is_only;  /* nothing is behind it */
        int64_t since; /* of one that is noncurrent: when its successor was made */
        int64_t newer; /* noncurrent versions in front of it */
};

enum s3_lifecycle_action {
        S3_LIFECYCLE_STAY,
        S3_LIFECYCLE_REMOVE, /* this one, for good */
        S3_LIFECYCLE_EXPIRE, /* the current one, as DeleteObject does it */
        S3_LIFECYCLE_MOVE,   /* to another storage class */
};

struct s3_lifecycle_plan {
        enum s3_lifecycle_action action;
        struct str storage_class;
};

struct s3_lifecycle_plan s3_plan_lifecycle(const struct s3_bucket_lifecycle_record *lifecycle,
                                           const struct s3_bucket_record *bucket, const struct s3_aged *aged,
                                           int64_t now_ms);
/* When the first rule that means it expires a current version, or ends an upload. NULL: none does. */
const struct s3_lifecycle_rule *s3_find_expiry(const struct s3_lifecycle_rule_list *rules, struct str key,
                                               const struct s3_object_record *row, int64_t *ret_hour);
const struct s3_lifecycle_rule *s3_find_abort(const struct s3_lifecycle_rule_list *rules, struct str key,
                                              const struct s3_object_record *upload, int64_t *ret_hour);

/* -- At each midnight (lifecycle_run.c) */

/* As long as a bucket has a lifecycle, it has a timer. */
must_check int s3_start_lifecycle(struct call *call, struct str bucket);
must_check int s3_stop_lifecycle(struct call *call, struct str bucket);

/* -- What answers tell (lifecycle_told.c) */

/* When the current version of a key expires, and by which rule: x-amz-expiration. Left as it is where nothing
 * is to be told: of a version that is not current, or that no rule means. */
must_check int s3_tell_expiry(struct call *call, const struct s3_bucket_record *bucket, struct str key,
                              const struct s3_object_record *row, struct str *ret);
/* The same of an upload. */
must_check int s3_tell_abort(struct call *call, struct str bucket, struct str key,
                             const struct s3_object_record *upload, struct opt_int *ret_date,
                             struct str *ret_rule);
