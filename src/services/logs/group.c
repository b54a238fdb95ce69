/* Groups, made and deleted.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html */
#include "services/logs/data_key.h"
#include "services/logs/metric_filter.h"
#include "services/logs/resource_policy.h"

/* "To assign tags when you create a log group, you must have either the logs:TagResource or logs:TagLogGroup
 * permission." */
static int may_tag(struct call *call, const struct logs_log_group_record *group)
{
        const struct resource resource = {
                .arn = logs_group_arn(call, group),
                .account = group->account,
                .type = STR("AWS::Logs::LogGroup"),
        };
        int r = call->authorise(call, STR("logs:TagResource"), &resource);

        if (r != -ECALL || call->was_denied_explicitly)
                return r;
        call_forgive(call);
        return call->authorise(call, STR("logs:TagLogGroup"), &resource);
}

static int check_name(struct call *call, struct str name)
{
        if (str_starts(name, STR("aws/")))
                return call_invalid(call, "Log groups starting with aws/ are reserved for AWS.");
        return 0;
}

static int fill(struct call *call, const struct logs_create_log_group_in *in,
                struct logs_log_group_record *group)
{
        group->created = OPT_INT(call->now_ms);
        group->class = str_is_set(in->log_group_class) ? in->log_group_class : LOGS_STANDARD;
        group->is_protected = OPT_BOOL(in->deletion_protection_enabled.value);
        group->metric_filters = OPT_INT(0);
        if (str_eq(group->class, LOGS_DELIVERY))
                group->retention_days = OPT_INT(1); /* "kept in CloudWatch Logs for only one day" */
        if (in->tags.count) {
                TRY(may_tag(call, group));
                TRY(logs_add_tags(call, &in->tags, &logs_invalid_parameter_exception, &group->tags));
        }
        return str_is_set(in->kms_key_id) ? logs_take_key(call, group, in->kms_key_id) : 0;
}

int logs_create_log_group(struct call *call, const struct logs_create_log_group_in *in,
                          struct logs_create_log_group_out *out)
{
        const struct logs_name name = {
                .account = call->account, .region = call->region, .group = in->log_group_name};
        struct logs_log_group_record group;
        int r;

        (void)out;
        TRY(check_name(call, in->log_group_name));
        r = logs_find_group(call, &name, &group);
        if (r == 0)
                return fail(call, &logs_resource_already_exists_exception,
                            "The specified log group already exists");
        if (r != -ENOENT)
                return r;
        group = (struct logs_log_group_record){
                .account = call->account, .region = call->region, .name = in->log_group_name};
        TRY(logs_next_number(call, STR("groups"), &group.number.value));
        group.number.is_set = true;
        TRY(fill(call, in, &group));
        return call_insert(call, &logs_log_group_record_type, &group);
}

/* What is in it goes some at a time: nobody finds it any more. */
int logs_delete_log_group(struct call *call, const struct logs_delete_log_group_in *in,
                          struct logs_delete_log_group_out *out)
{
        struct logs_log_group_record group;

        (void)out;
        TRY(logs_need_group(call, in->log_group_name, &group));
        if (group.is_protected.value)
                return fail(
                        call, &logs_validation_exception,
                        "The log group is protected against deletion: disable deletion protection first.");
        TRY(call_delete(call, &logs_log_group_record_type, &group));
        TRY(logs_drop_policy(call, &group));
        TRY(logs_drop_metric_filters(call, group.number.value));
        return logs_set_timer(call, STR("DropGroup"), call->now_ms, group.number.value);
}

int logs_put_log_group_deletion_protection(struct call *call,
                                           const struct logs_put_log_group_deletion_protection_in *in,
                                           struct logs_put_log_group_deletion_protection_out *out)
{
        struct logs_log_group_record group;

        (void)out;
        TRY(logs_need_either(call, STR_NONE, in->log_group_identifier, &group));
        group.is_protected = OPT_BOOL(in->deletion_protection_enabled.value);
        return call_put(call, &logs_log_group_record_type, &group);
}
