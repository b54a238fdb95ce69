/* One lifecycle rule.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html */
#include "services/s3/filter.h"
#include "services/s3/lifecycle.h"
#include "services/s3/settings.h"

#define DAY_MS ((int64_t)24 * 60 * 60 * 1000)

struct str s3_lifecycle_prefix(const struct s3_lifecycle_rule *rule)
{
        if (!rule->filter)
                return rule->prefix;
        return rule->filter->and ? rule->filter->and->prefix : rule->filter->prefix;
}

/* -- Which objects */

static int check_sizes(struct call *call, struct opt_int above, struct opt_int below)
{
        if ((above.is_set && above.value < 0) || (below.is_set && below.value < 0))
                return fail(call, &s3_invalid_argument, "Object sizes of a filter must be nonnegative");
        if (above.is_set && below.is_set && above.value >= below.value)
                return fail(call, &s3_invalid_request,
                            "'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.");
        return 0;
}

static struct s3_filter filter_of(const struct s3_lifecycle_rule_filter *given)
{
        struct s3_filter filter = S3_FILTER_OF(given);

        filter.more = (size_t)given->object_size_greater_than.is_set + given->object_size_less_than.is_set;
        if (given->and)
                filter.joined_more = (size_t)given->and->object_size_greater_than.is_set +
                                     given->and->object_size_less_than.is_set;
        return filter;
}

static int check_objects(struct call *call, const struct s3_lifecycle_rule *rule)
{
        const struct s3_lifecycle_rule_filter *given = rule->filter;
        struct s3_filter filter;

        if (str_is_set(rule->prefix) == (given != NULL))
                return s3_malformed(call);
        if (!given)
                return 0;
        filter = filter_of(given);
        TRY(s3_check_filter(call, &filter, true));
        TRY(check_sizes(call, given->object_size_greater_than, given->object_size_less_than));
        return given->and ? check_sizes(call, given->and->object_size_greater_than,
                                        given->and->object_size_less_than)
                          : 0;
}

/* -- What is done with them */

static int check_expiration(struct call *call, const struct s3_lifecycle_expiration *expiration)
{
        if (expiration->date.is_set + expiration->days.is_set +
                    expiration->expired_object_delete_marker.is_set !=
            1)
                return s3_malformed(call);
        if (expiration->days.is_set && expiration->days.value <= 0)
                return fail(call, &s3_invalid_argument,
                            "'Days' for Expiration action must be a positive integer");
        if (expiration->date.is_set && expiration->date.value % DAY_MS != 0)
                return fail(call, &s3_invalid_argument, "'Date' must be at midnight GMT");
        return 0;
}

static int check_abort(struct call *call, const struct s3_lifecycle_rule *rule,
                       const struct s3_filter *filter)
{
        struct opt_int days = rule->abort_incomplete_multipart_upload->days_after_initiation;

        if (!days.is_set)
                return s3_malformed(call);
        if (days.value <= 0)
                return fail(
                        call, &s3_invalid_argument,
                        "'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a positive "
                        "integer");
        if (s3_filter_has_tags(filter))
                return fail(call, &s3_invalid_request,
                            "AbortIncompleteMultipartUpload cannot be specified with Tags.");
        if (filter->more || filter->joined_more)
                return fail(call, &s3_invalid_request,
                            "AbortIncompleteMultipartUpload cannot be specified with Object Size.");
        return 0;
}

static bool has_actions(const struct s3_lifecycle_rule *rule)
{
        return rule->expiration || rule->transitions.count || rule->noncurrent_version_expiration ||
               rule->noncurrent_version_transitions.count || rule->abort_incomplete_multipart_upload;
}

int s3_check_lifecycle_rule(struct call *call, const struct s3_lifecycle_rule *rule)
{
        struct s3_filter filter = {};

        TRY(check_objects(call, rule));
        if (rule->filter)
                filter = filter_of(rule->filter);
        if (!has_actions(rule))
                return fail(call, &s3_invalid_request, "At least one action needs to be specified in a rule");
        if (rule->expiration)
                TRY(check_expiration(call, rule->expiration));
        if (rule->expiration && rule->expiration->expired_object_delete_marker.is_set &&
            s3_filter_has_tags(&filter))
                return fail(call, &s3_invalid_request,
                            "ExpiredObjectDeleteMarker cannot be specified with Tags.");
        if (rule->abort_incomplete_multipart_upload)
                TRY(check_abort(call, rule, &filter));
        TRY(s3_check_transitions(call, rule));
        return s3_check_noncurrent(call, rule);
}
