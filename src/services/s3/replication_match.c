/* Which rules mean a version.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-add-config.html */
#include "services/s3/encryption.h"
#include "services/s3/filter.h"
#include "services/s3/replication.h"
#include "services/s3/version.h"

static bool is_enabled(struct str status)
{
        return str_eq(status, STR("Enabled"));
}

static bool has_prefix(const struct s3_replication_rule *rule, struct str key)
{
        struct s3_filter filter;

        if (!s3_is_replication_v2(rule))
                return str_starts(key, rule->prefix);
        filter = S3_FILTER_OF(rule->filter);
        return str_starts(key, filter.prefix) && str_starts(key, filter.joined_prefix);
}

static bool has_tags(const struct s3_replication_rule *rule, const struct s3_tag_list *tags)
{
        struct s3_filter filter;

        if (!s3_is_replication_v2(rule))
                return true;
        filter = S3_FILTER_OF(rule->filter);
        return s3_filter_fits_tags(&filter, tags);
}

bool s3_replication_means(const struct s3_replication_rule *rule, struct str key,
                          const struct s3_object_record *row)
{
        return is_enabled(rule->status) && has_prefix(rule, key) && has_tags(rule, &row->tags);
}

/* "if there are 2 or more rules with the same destination bucket, then objects are replicated according to
 * the rule with the highest priority. The higher the number, the higher the priority." */
static bool is_outranked(const struct s3_replication_rule_list *rules, const struct s3_replication_rule *rule,
                         struct str key, const struct s3_object_record *row)
{
        for (size_t i = 0; i < rules->count; i++) {
                const struct s3_replication_rule *other = &rules->items[i];

                if (str_eq(other->destination->bucket, rule->destination->bucket) &&
                    other->priority.value > rule->priority.value && s3_replication_means(other, key, row))
                        return true;
        }
        return false;
}

/* "By default, Amazon S3 doesn't replicate objects that are encrypted with SSE-KMS or DSSE-KMS."
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html */
static bool takes_encryption(const struct s3_replication_rule *rule, const struct s3_object_record *row)
{
        const struct s3_source_selection_criteria *criteria = rule->source_selection_criteria;

        return !s3_is_kms(row) || (criteria && criteria->sse_kms_encrypted_objects &&
                                   is_enabled(criteria->sse_kms_encrypted_objects->status));
}

/* https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-what-is-isnot-replicated.html#replication-delete-op
 */
static bool takes_markers(const struct s3_replication_rule *rule)
{
        return !s3_is_replication_v2(rule) ||
               (rule->delete_marker_replication && is_enabled(rule->delete_marker_replication->status));
}

bool s3_replication_takes(const struct s3_replication_rule_list *rules,
                          const struct s3_replication_rule *rule, struct str key,
                          const struct s3_object_record *row)
{
        if (!s3_replication_means(rule, key, row) || is_outranked(rules, rule, key, row))
                return false;
        return s3_is_marker(row) ? takes_markers(rule) : takes_encryption(rule, row);
}

const struct s3_replication_rule *s3_replication_rule_to(const struct s3_replication_rule_list *rules,
                                                         struct str arn, struct str key)
{
        const struct s3_replication_rule *found = NULL;

        for (size_t i = 0; i < rules->count; i++) {
                const struct s3_replication_rule *rule = &rules->items[i];

                if (is_enabled(rule->status) && str_eq(rule->destination->bucket, arn) &&
                    has_prefix(rule, key) && (!found || rule->priority.value > found->priority.value))
                        found = rule;
        }
        return found;
}

bool s3_replication_syncs(const struct s3_replication_rule *rule)
{
        const struct s3_source_selection_criteria *criteria = rule->source_selection_criteria;

        return criteria && criteria->replica_modifications &&
               is_enabled(criteria->replica_modifications->status);
}
