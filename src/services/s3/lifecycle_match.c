/* Which rules mean what, and when.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-filters.html */
#include "services/s3/lifecycle.h"
#include "services/s3/tags.h"

/* "Adding the number of days specified in the rule to the object creation time and rounding up the resulting
 * time to the next day at midnight UTC."
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html#intro-lifecycle-rules-number-of-days
 */
int64_t s3_lifecycle_hour(int64_t from_ms, int64_t days)
{
        return (from_ms / MS_PER_DAY + days + 1) * MS_PER_DAY;
}

static bool is_enabled(const struct s3_lifecycle_rule *rule)
{
        return str_eq(rule->status, STR("Enabled"));
}

static bool has_tags(const struct s3_tag_list *tags, const struct s3_tag_list *wanted)
{
        for (size_t i = 0; i < wanted->count; i++)
                if (!s3_has_tag(tags, &wanted->items[i]))
                        return false;
        return true;
}

/* Both sizes are excluded. */
static bool is_between(struct opt_int size, struct opt_int above, struct opt_int below)
{
        return (!above.is_set || size.value > above.value) && (!below.is_set || size.value < below.value);
}

bool s3_lifecycle_applies(const struct s3_lifecycle_rule *rule, struct str key,
                          const struct s3_object_record *row)
{
        const struct s3_lifecycle_rule_filter *filter = rule->filter;

        if (!is_enabled(rule) || !str_starts(key, s3_lifecycle_prefix(rule)))
                return false;
        if (!filter)
                return true;
        if (filter->tag && !s3_has_tag(&row->tags, filter->tag))
                return false;
        if (!is_between(row->size, filter->object_size_greater_than, filter->object_size_less_than))
                return false;
        return !filter->and || (has_tags(&row->tags, &filter->and->tags) &&
                                is_between(row->size, filter->and->object_size_greater_than,
                                           filter->and->object_size_less_than));
}

/* -- What has to be looked at */

static bool acts_on(const struct s3_lifecycle_rule *rule, bool is_of_uploads)
{
        if (is_of_uploads)
                return rule->abort_incomplete_multipart_upload != NULL;
        return rule->expiration || rule->transitions.count || rule->noncurrent_version_expiration ||
               rule->noncurrent_version_transitions.count;
}

static struct str common(struct str a, struct str b)
{
        size_t len = 0;

        while (len < a.len && len < b.len && a.ptr[len] == b.ptr[len])
                len++;
        return str_part(a, 0, len);
}

struct str s3_lifecycle_range(const struct s3_lifecycle_rule_list *rules, bool is_of_uploads)
{
        struct str range = STR_NONE;

        for (size_t i = 0; i < rules->count; i++) {
                const struct s3_lifecycle_rule *rule = &rules->items[i];
                struct str prefix = s3_lifecycle_prefix(rule);

                if (!is_enabled(rule) || !acts_on(rule, is_of_uploads))
                        continue;
                if (!str_is_set(prefix))
                        return STR("");
                range = str_is_set(range) ? common(range, prefix) : prefix;
        }
        return range;
}
