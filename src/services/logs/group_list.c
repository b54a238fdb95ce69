/* DescribeLogGroups: "ASCII-sorted by log group name".
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html */
#include "services/logs/logs.h"
#include "services/marker.h"

#define PAGE       50
#define LOOKED_AT  5000 /* groups in one call; then the page is what it is */
#define PREFIX_MAX 256

static bool is_wanted(const struct logs_describe_log_groups_in *in, const struct logs_log_group_record *group)
{
        if (str_is_set(in->log_group_class) && !str_eq(in->log_group_class, group->class))
                return false;
        if (str_is_set(in->log_group_name_prefix) && !str_starts(group->name, in->log_group_name_prefix))
                return false;
        return !str_is_set(in->log_group_name_pattern) ||
               str_find(group->name, in->log_group_name_pattern) >= 0;
}

/* "If you specify logGroupNamePattern in your request, then only arn, creationTime, and logGroupName are
 * included in the response." */
static int show(struct call *call, const struct logs_log_group_record *group, bool is_short,
                struct logs_log_group *ret)
{
        struct logs_tally_record tally;
        struct str arn = logs_group_arn(call, group);

        *ret = (struct logs_log_group){
                .log_group_name = group->name,
                .creation_time = group->created,
                .arn = arena_printf(&call->arena, "%.*s:*", STR_ARG(arn)),
        };
        if (is_short)
                return 0;
        TRY(logs_get_tally(call, group->number.value, &tally));
        ret->log_group_arn = arn;
        ret->retention_in_days = group->retention_days;
        ret->metric_filter_count = group->metric_filters;
        ret->stored_bytes = tally.stored_bytes;
        ret->kms_key_id = group->kms_key;
        ret->log_group_class = group->class;
        ret->deletion_protection_enabled = group->is_protected;
        return 0;
}

/* Names of an ARN of another account are none of ours. */
static int list_named(struct call *call, const struct logs_describe_log_groups_in *in,
                      struct logs_log_group_list *ret)
{
        for (size_t i = 0; i < in->log_group_identifiers.count; i++) {
                struct logs_log_group_record group;
                struct logs_name name;
                int r;

                if (logs_read_name(call, in->log_group_identifiers.items[i], &name) < 0 ||
                    !str_eq(name.account, call->account))
                        continue;
                r = logs_find_group(call, &name, &group);
                if (r == -ENOENT)
                        continue;
                TRY(r);
                TRY(show(call, &group, false, &ret->items[ret->count]));
                ret->count++;
        }
        return 0;
}

static int list_all(struct call *call, const struct logs_describe_log_groups_in *in, struct str after,
                    size_t limit, struct logs_describe_log_groups_out *out)
{
        _cleanup_(record_scan_end) struct record_scan scan = {};
        const struct logs_log_group_record like = {.account = call->account, .region = call->region};
        struct logs_log_group_list *list = &out->log_groups;
        bool is_short = str_is_set(in->log_group_name_pattern);
        struct logs_log_group_record group;
        struct str place = STR_NONE;
        int r = 0;

        TRY(record_scan_begin(&scan, call->txn, &call->arena, &logs_log_group_record_type,
                              logs_log_group_by_name, &like, 2, after));
        for (size_t seen = 0; (r = record_scan_next(&scan, &group)) == 0; seen++) {
                if (list->count == limit || seen == LOOKED_AT)
                        return marker_make(call, STR("groups"), place, &out->next_token);
                if (str_is_set(in->log_group_name_prefix) &&
                    str_cmp(group.name, in->log_group_name_prefix) > 0 &&
                    !str_starts(group.name, in->log_group_name_prefix))
                        return 0;
                place = record_scan_token(&scan, &call->arena);
                if (is_wanted(in, &group))
                        TRY(show(call, &group, is_short, &list->items[list->count++]));
                group = (struct logs_log_group_record){};
        }
        return r == -ENOENT ? 0 : r;
}

static int check(struct call *call, const struct logs_describe_log_groups_in *in)
{
        if (str_is_set(in->log_group_name_prefix) && str_is_set(in->log_group_name_pattern))
                return call_invalid(call, "LogGroup name prefix and LogGroup name pattern are mutually "
                                          "exclusive parameters.");
        if (in->log_group_identifiers.is_set &&
            (str_is_set(in->log_group_name_prefix) || str_is_set(in->log_group_name_pattern) ||
             str_is_set(in->log_group_class)))
                return call_invalid(call, "logGroupIdentifiers can be specified with no other filter.");
        return 0;
}

int logs_describe_log_groups(struct call *call, const struct logs_describe_log_groups_in *in,
                             struct logs_describe_log_groups_out *out)
{
        size_t limit = in->limit.is_set ? (size_t)in->limit.value : PAGE;
        struct str after;

        TRY(check(call, in));
        TRY(logs_read_token(call, STR("groups"), in->next_token, &after));
        out->log_groups.is_set = true;
        out->log_groups.items = arena_new_array(&call->arena, struct logs_log_group, PAGE);
        if (!out->log_groups.items)
                return -ENOMEM;
        if (in->log_group_identifiers.is_set)
                return list_named(call, in, &out->log_groups);
        if (!str_is_set(after) && str_is_set(in->log_group_name_prefix))
                after = str_part(in->log_group_name_prefix, 0,
                                 PREFIX_MAX); /* stands before all that begin so */
        return list_all(call, in, after, limit, out);
}
