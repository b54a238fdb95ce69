/* What the rules of a lifecycle, all together, want of one version at an hour.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-conflicts.html */
#include "services/s3/lifecycle.h"
#include "services/s3/version.h"

#define SMALL ((int64_t)128 * 1024)

struct question {
        const struct s3_bucket_lifecycle_record *lifecycle;
        const struct s3_aged *aged;
        int64_t now_ms;
};

#define FOR_EACH_RULE(rule, rules)                                                                           \
        for (const struct s3_lifecycle_rule *rule = (rules)->items; rule < (rules)->items + (rules)->count;  \
             rule++)

/* -- Expiry of what is current */

static bool find_hour(const struct s3_lifecycle_expiration *expiration, int64_t modified, int64_t *ret)
{
        if (expiration->days.is_set)
                *ret = s3_lifecycle_hour(modified, expiration->days.value);
        else
                *ret = expiration->date.value;
        return expiration->days.is_set || expiration->date.is_set;
}

const struct s3_lifecycle_rule *s3_find_expiry(const struct s3_lifecycle_rule_list *rules, struct str key,
                                               const struct s3_object_record *row, int64_t *ret_hour)
{
        const struct s3_lifecycle_rule *found = NULL;
        int64_t hour;

        FOR_EACH_RULE(rule, rules)
        {
                if (!rule->expiration || !find_hour(rule->expiration, row->modified.value, &hour) ||
                    (found && hour >= *ret_hour) || !s3_lifecycle_applies(rule, key, row))
                        continue;
                found = rule;
                *ret_hour = hour;
        }
        return found;
}

static bool is_expired(const struct question *question)
{
        int64_t hour;

        return s3_find_expiry(&question->lifecycle->rules, question->aged->key, question->aged->row, &hour) &&
               hour <= question->now_ms;
}

/* Behind which there is nothing any more: an "expired object delete marker". */
static bool is_marker_expired(const struct question *question)
{
        const struct s3_aged *aged = question->aged;

        if (!aged->is_only)
                return false;
        FOR_EACH_RULE(rule, &question->lifecycle->rules)
        if (rule->expiration && rule->expiration->expired_object_delete_marker.value &&
            s3_lifecycle_applies(rule, aged->key, aged->row))
                return true;
        return is_expired(question);
}

/* -- What is noncurrent */

static bool is_long_noncurrent(const struct question *question, struct opt_int days, struct opt_int kept)
{
        return s3_lifecycle_hour(question->aged->since, days.value) <= question->now_ms &&
               question->aged->newer >= (kept.is_set ? kept.value : 0);
}

static bool is_noncurrent_expired(const struct question *question)
{
        FOR_EACH_RULE(rule, &question->lifecycle->rules)
        {
                const struct s3_noncurrent_version_expiration *end = rule->noncurrent_version_expiration;

                if (end &&
                    is_long_noncurrent(question, end->noncurrent_days, end->newer_noncurrent_versions) &&
                    s3_lifecycle_applies(rule, question->aged->key, question->aged->row))
                        return true;
        }
        return false;
}

/* -- Transitions */

/* Small objects move only where a rule speaks of sizes, or, if it is so configured, to where it is cold.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html */
static bool is_large_enough(const struct question *question, const struct s3_lifecycle_rule *rule,
                            struct str to)
{
        const struct s3_lifecycle_rule_filter *filter = rule->filter;

        if (question->aged->row->size.value >= SMALL)
                return true;
        if (filter && (filter->object_size_greater_than.is_set || filter->object_size_less_than.is_set))
                return true;
        if (filter && filter->and
            &&(filter->and->object_size_greater_than.is_set || filter->and->object_size_less_than.is_set))
                return true;
        return str_eq(question->lifecycle->minimum_size, STR("varies_by_storage_class")) &&
               (str_eq(to, STR("GLACIER")) || str_eq(to, STR("DEEP_ARCHIVE")));
}

static void offer(const struct question *question, const struct s3_lifecycle_rule *rule, struct str to,
                  struct str *best)
{
        if (s3_class_goes_down(question->aged->row->storage_class, to) &&
            s3_class_rank(to) > s3_class_rank(*best) && is_large_enough(question, rule, to))
                *best = to;
}

static void offer_current(const struct question *question, const struct s3_lifecycle_rule *rule,
                          struct str *best)
{
        int64_t modified = question->aged->row->modified.value;

        for (size_t i = 0; i < rule->transitions.count; i++) {
                const struct s3_transition *to = &rule->transitions.items[i];
                int64_t hour = to->date.is_set ? to->date.value : s3_lifecycle_hour(modified, to->days.value);

                if (hour <= question->now_ms)
                        offer(question, rule, to->storage_class, best);
        }
}

static void offer_noncurrent(const struct question *question, const struct s3_lifecycle_rule *rule,
                             struct str *best)
{
        for (size_t i = 0; i < rule->noncurrent_version_transitions.count; i++) {
                const struct s3_noncurrent_version_transition *to =
                        &rule->noncurrent_version_transitions.items[i];

                if (is_long_noncurrent(question, to->noncurrent_days, to->newer_noncurrent_versions))
                        offer(question, rule, to->storage_class, best);
        }
}

static struct s3_lifecycle_plan move(const struct question *question)
{
        struct str best = STR_NONE;

        FOR_EACH_RULE(rule, &question->lifecycle->rules)
        {
                if (!s3_lifecycle_applies(rule, question->aged->key, question->aged->row))
                        continue;
                if (question->aged->is_current)
                        offer_current(question, rule, &best);
                else
                        offer_noncurrent(question, rule, &best);
        }
        return (struct s3_lifecycle_plan){str_is_set(best) ? S3_LIFECYCLE_MOVE : S3_LIFECYCLE_STAY, best};
}

/* -- All together: to go for good comes first, then to move, then to be hidden behind a marker */

static struct s3_lifecycle_plan plan_current(const struct question *question,
                                             const struct s3_bucket_record *bucket)
{
        const struct s3_lifecycle_plan expire = {.action = S3_LIFECYCLE_EXPIRE};
        bool goes =
                !s3_versioning_is_enabled(bucket) && str_eq(question->aged->row->version_id, S3_NULL_VERSION);
        struct s3_lifecycle_plan moved;

        if (!is_expired(question))
                return move(question);
        if (goes)
                return expire;
        moved = move(question);
        return moved.action == S3_LIFECYCLE_MOVE ? moved : expire;
}

/* "S3 Lifecycle blocks expiration and transition actions on objects with PENDING or FAILED replication
 * status." */
static bool is_replicating(const struct s3_object_record *row)
{
        return str_eq(row->replication, STR("PENDING")) || str_eq(row->replication, STR("FAILED"));
}

struct s3_lifecycle_plan s3_plan_lifecycle(const struct s3_bucket_lifecycle_record *lifecycle,
                                           const struct s3_bucket_record *bucket, const struct s3_aged *aged,
                                           int64_t now_ms)
{
        const struct question question = {lifecycle, aged, now_ms};
        const struct s3_lifecycle_plan stay = {}, remove = {.action = S3_LIFECYCLE_REMOVE};

        if (is_replicating(aged->row))
                return stay;
        if (!aged->is_current && is_noncurrent_expired(&question))
                return remove;
        if (s3_is_marker(aged->row))
                return aged->is_current && is_marker_expired(&question) ? remove : stay;
        return aged->is_current ? plan_current(&question, bucket) : move(&question);
}

/* -- Uploads */

const struct s3_lifecycle_rule *s3_find_abort(const struct s3_lifecycle_rule_list *rules, struct str key,
                                              const struct s3_object_record *upload, int64_t *ret_hour)
{
        const struct s3_lifecycle_rule *found = NULL;

        FOR_EACH_RULE(rule, rules)
        {
                const struct s3_abort_incomplete_multipart_upload *end =
                        rule->abort_incomplete_multipart_upload;
                int64_t hour =
                        end ? s3_lifecycle_hour(upload->modified.value, end->days_after_initiation.value) : 0;

                if (!end || (found && hour >= *ret_hour) || !s3_lifecycle_applies(rule, key, upload))
                        continue;
                found = rule;
                *ret_hour = hour;
        }
        return found;
}
