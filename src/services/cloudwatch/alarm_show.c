/* Alarms as operations tell them. */
#include "services/cloudwatch/alarm.h"

static struct str_list given(struct str_list list)
{
        list.is_set = true;
        return list;
}

void cloudwatch_show_metric_alarm(struct call *call, const struct cloudwatch_alarm_record *alarm,
                                  struct cloudwatch_metric_alarm *ret)
{
        *ret = *alarm->metric;
        ret->dimensions.is_set = true;
        ret->alarm_name = alarm->name;
        ret->alarm_arn = cloudwatch_alarm_arn(call, alarm);
        ret->alarm_description = alarm->description;
        ret->alarm_configuration_updated_timestamp = alarm->configured;
        ret->actions_enabled = alarm->actions_enabled;
        ret->ok_actions = given(alarm->ok_actions);
        ret->alarm_actions = given(alarm->alarm_actions);
        ret->insufficient_data_actions = given(alarm->insufficient_data_actions);
        ret->state_value = alarm->state;
        ret->state_reason = alarm->reason;
        ret->state_reason_data = alarm->reason_data;
        ret->state_updated_timestamp = alarm->updated;
        ret->state_transitioned_timestamp = alarm->transitioned;
}

void cloudwatch_show_composite_alarm(struct call *call, const struct cloudwatch_alarm_record *alarm,
                                     struct cloudwatch_composite_alarm *ret)
{
        *ret = (struct cloudwatch_composite_alarm){
                .actions_enabled = alarm->actions_enabled,
                .alarm_actions = given(alarm->alarm_actions),
                .alarm_arn = cloudwatch_alarm_arn(call, alarm),
                .alarm_configuration_updated_timestamp = alarm->configured,
                .alarm_description = alarm->description,
                .alarm_name = alarm->name,
                .alarm_rule = alarm->rule,
                .insufficient_data_actions = given(alarm->insufficient_data_actions),
                .ok_actions = given(alarm->ok_actions),
                .state_reason = alarm->reason,
                .state_reason_data = alarm->reason_data,
                .state_updated_timestamp = alarm->updated,
                .state_value = alarm->state,
                .state_transitioned_timestamp = alarm->transitioned,
                .actions_suppressed_by = alarm->suppressed_by,
                .actions_suppressor = alarm->suppressor_name,
                .actions_suppressor_wait_period = alarm->wait_s,
                .actions_suppressor_extension_period = alarm->extension_s,
        };
        if (str_is_set(alarm->suppressed_by))
                ret->actions_suppressed_reason = arena_printf(&call->arena, "Actions suppressed by %.*s",
                                                              STR_ARG(alarm->suppressed_by));
}
