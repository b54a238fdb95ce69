#include "services/s3/filter.h"
#include "services/s3/replication.h"
#include "services/s3/settings.h"

#define ID_MAX 255

static int of_other_version(struct call *call, const char *element, const char *verb)
{
        return fail(
                call, &s3_invalid_request,
                "%s %s for this version of Cross Region Replication configuration schema. Please refer to S3 "
                "Developer Guide for more information.",
                element, verb);
}

static int check_v1(struct call *call, const struct s3_replication_rule *rule)
{
        if (!str_is_set(rule->prefix))
                return s3_malformed(call);
        if (rule->priority.is_set)
                return of_other_version(call, "Priority", "cannot be used");
        if (rule->delete_marker_replication)
                return of_other_version(call, "DeleteMarkerReplication", "cannot be used");
        return 0;
}

static int check_v2(struct call *call, const struct s3_replication_rule *rule)
{
        struct s3_filter filter = S3_FILTER_OF(rule->filter);

        if (str_is_set(rule->prefix))
                return s3_malformed(call);
        TRY(s3_check_filter(call, &filter, true));
        if (!rule->priority.is_set)
                return of_other_version(call, "Priority", "must be specified");
        if (rule->priority.value < 0)
                return s3_malformed(call);
        if (!rule->delete_marker_replication)
                return of_other_version(call, "DeleteMarkerReplication", "must be specified");
        if (!str_is_set(rule->delete_marker_replication->status))
                return s3_malformed(call);
        if (str_eq(rule->delete_marker_replication->status, STR("Enabled")) && s3_filter_has_tags(&filter))
                return fail(
                        call, &s3_invalid_request,
                        "Delete marker replication is not supported if any Tag filter is specified. Please "
                        "refer to S3 Developer Guide for more information.");
        return 0;
}

int s3_check_replication_rule(struct call *call, const struct s3_bucket_record *bucket,
                              const struct s3_replication_rule *rule)
{
        if (rule->id.len > ID_MAX)
                return s3_bad_argument(call, STR("ID"), rule->id,
                                       "ID length should not exceed allowed limit of %d", ID_MAX);
        TRY(s3_is_replication_v2(rule) ? check_v2(call, rule) : check_v1(call, rule));
        return s3_check_replication_destination(call, bucket, rule);
}
