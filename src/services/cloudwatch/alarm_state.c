/* A change of state: stored, in the history, an event, and what the alarm does then, all in one transaction.
 * SetAlarmState.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html */
#include <jansson.h>

#include "services/cloudwatch/alarm.h"
#include "services/cloudwatch/composite.h"

int cloudwatch_change_state(struct call *call, struct cloudwatch_alarm_record *alarm,
                            const struct cloudwatch_state *state)
{
        const struct cloudwatch_alarm_record before = *alarm;

        alarm->state = state->value;
        alarm->reason = state->reason;
        alarm->reason_data = state->data;
        alarm->updated = alarm->transitioned = OPT_INT(call->now_ms);
        TRY(cloudwatch_hold_actions(call, alarm));
        TRY(call_put(call, &cloudwatch_alarm_record_type, alarm));
        TRY(cloudwatch_log_state(call, &before, alarm));
        TRY(cloudwatch_tell_state(call, &before, alarm));
        if (!str_is_set(alarm->suppressed_by))
                TRY(cloudwatch_act(call, &before, alarm));
        return cloudwatch_tell_parents(call, &before, alarm);
}

/* -- SetAlarmState */

static int check_data(struct call *call, struct str data)
{
        json_t *json;

        if (!data.len)
                return 0;
        json = json_loadb(data.ptr, data.len, 0, NULL);
        if (!json)
                return fail(call, &cloudwatch_invalid_format_fault, "StateReasonData is not valid JSON.");
        json_decref(json);
        return 0;
}

/* "This temporary state change lasts only until the next alarm comparison occurs." */
static int await_comparison(struct call *call, const struct cloudwatch_alarm_record *alarm)
{
        int64_t period_s;

        if (cloudwatch_is_composite(alarm))
                return 0;
        TRY(cloudwatch_alarm_period(call, alarm->metric, &period_s));
        return cloudwatch_stir(call, alarm->number.value,
                               cloudwatch_alarm_step_s(period_s, alarm->metric->evaluation_periods.value));
}

int cloudwatch_set_alarm_state(struct call *call, const struct cloudwatch_set_alarm_state_in *in,
                               struct cloudwatch_set_alarm_state_out *out)
{
        const struct cloudwatch_state state = {in->state_value, in->state_reason, in->state_reason_data};
        struct cloudwatch_alarm_record alarm;
        int r = cloudwatch_find_alarm(call, in->alarm_name, &alarm);

        (void)out;
        if (r == -ENOENT)
                return fail(call, &cloudwatch_resource_not_found, "Alarm with name %.*s was not found.",
                            STR_ARG(in->alarm_name));
        TRY(r);
        TRY(check_data(call, in->state_reason_data));
        TRY(await_comparison(call, &alarm));
        if (!str_eq(alarm.state, in->state_value))
                return cloudwatch_change_state(call, &alarm, &state);
        alarm.reason = state.reason;
        alarm.reason_data = state.data;
        alarm.updated = OPT_INT(call->now_ms);
        return call_put(call, &cloudwatch_alarm_record_type, &alarm);
}
