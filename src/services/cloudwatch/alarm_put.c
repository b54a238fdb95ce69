/* Alarms are made and changed. "When you update an existing alarm, its state is left unchanged, but the
 * update completely overwrites the previous configuration of the alarm."
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
#include "services/cloudwatch/alarm.h"

static int count_up(struct call *call)
{
        struct cloudwatch_alarm_count_record count = {.account = call->account, .region = call->region};
        int r = call_get(call, &cloudwatch_alarm_count_record_type, &count);

        if (r < 0 && r != -ENOENT)
                return r;
        if (count.count.value >= CLOUDWATCH_ALARMS)
                return fail(call, &cloudwatch_limit_exceeded_fault,
                            "The maximum limit of %d alarms in this Region has been reached.",
                            CLOUDWATCH_ALARMS);
        count.count = OPT_INT(count.count.value + 1);
        return call_put(call, &cloudwatch_alarm_count_record_type, &count);
}

/* "If you are using this operation to update an existing alarm, any tags you specify in this parameter are
 * ignored." */
static int make(struct call *call, const struct cloudwatch_alarm_given *given,
                struct cloudwatch_alarm_record *alarm)
{
        TRY(count_up(call));
        *alarm = (struct cloudwatch_alarm_record){
                .account = call->account,
                .region = call->region,
                .name = given->name,
                .kind = given->kind,
                .state = CLOUDWATCH_STATE_UNKNOWN,
                .reason = STR("Unchecked: Initial alarm creation"),
                .updated = OPT_INT(call->now_ms),
                .transitioned = OPT_INT(call->now_ms),
        };
        TRY(cloudwatch_merge_tags(call, given->tags, &alarm->tags));
        TRY(cloudwatch_next_number(call, STR("alarms"), &alarm->number.value));
        alarm->number.is_set = true;
        return 0;
}

static int find_before(struct call *call, const struct cloudwatch_alarm_given *given,
                       struct cloudwatch_alarm_record *ret)
{
        int r = cloudwatch_find_alarm(call, given->name, ret);

        if (r == -ENOENT) {
                *ret = (struct cloudwatch_alarm_record){};
                return 0;
        }
        TRY(r);
        if (!str_eq(ret->kind, given->kind))
                return call_invalid(call, "An alarm of another type with the name %.*s already exists.",
                                    STR_ARG(given->name));
        return 0;
}

int cloudwatch_begin_put(struct call *call, const struct cloudwatch_alarm_given *given,
                         struct cloudwatch_alarm_record *ret_before, struct cloudwatch_alarm_record *ret)
{
        TRY(find_before(call, given, ret_before));
        *ret = *ret_before;
        if (!ret_before->number.is_set)
                TRY(make(call, given, ret));
        ret->description = given->description;
        ret->actions_enabled = OPT_BOOL(!given->actions_enabled.is_set || given->actions_enabled.value);
        ret->ok_actions = *given->ok;
        ret->alarm_actions = *given->alarm;
        ret->insufficient_data_actions = *given->unknown;
        ret->configured = OPT_INT(call->now_ms);
        return 0;
}

int cloudwatch_end_put(struct call *call, const struct cloudwatch_alarm_record *before,
                       struct cloudwatch_alarm_record *alarm)
{
        bool is_new = !before->number.is_set;

        call_touch(call, cloudwatch_alarm_arn(call, alarm), STR("AWS::CloudWatch::Alarm"));
        TRY(call_put(call, &cloudwatch_alarm_record_type, alarm));
        TRY(cloudwatch_log_configuration(call, is_new ? STR("created") : STR("updated"), alarm));
        return cloudwatch_tell_configuration(call, is_new ? STR("create") : STR("update"),
                                             is_new ? NULL : before, alarm);
}

int cloudwatch_put_metric_alarm(struct call *call, const struct cloudwatch_put_metric_alarm_in *in,
                                struct cloudwatch_put_metric_alarm_out *out)
{
        const struct cloudwatch_alarm_given given = {
                .name = in->alarm_name,
                .kind = CLOUDWATCH_METRIC_ALARM,
                .description = in->alarm_description,
                .actions_enabled = in->actions_enabled,
                .ok = &in->ok_actions,
                .alarm = &in->alarm_actions,
                .unknown = &in->insufficient_data_actions,
                .tags = &in->tags,
        };
        struct cloudwatch_metric_alarm metric = {
                .metric_name = in->metric_name,
                .namespace = in->namespace,
                .statistic = in->statistic,
                .extended_statistic = in->extended_statistic,
                .dimensions = in->dimensions,
                .period = in->period,
                .unit = in->unit,
                .evaluation_periods = in->evaluation_periods,
                .datapoints_to_alarm = in->datapoints_to_alarm,
                .threshold = in->threshold,
                .comparison_operator = in->comparison_operator,
                .treat_missing_data = in->treat_missing_data,
                .evaluate_low_sample_count_percentile = in->evaluate_low_sample_count_percentile,
                .metrics = in->metrics,
                .evaluation_window = in->evaluation_window,
        };
        struct cloudwatch_alarm_record before, alarm;

        (void)out;
        TRY(cloudwatch_check_metric_alarm(call, in));
        TRY(cloudwatch_begin_put(call, &given, &before, &alarm));
        alarm.metric = &metric;
        TRY(cloudwatch_end_put(call, &before, &alarm));
        TRY(cloudwatch_unwatch(call, alarm.number.value));
        return cloudwatch_watch(call, &alarm);
}
